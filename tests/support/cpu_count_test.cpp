#include "support/cpu_count.hpp"

#include <sched.h>

#include <fstream>

#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using support::available_cpus;
using support::cpus_of_quota;

namespace {

// A root folder with the few files of /proc and /sys that are looked at.
class fake_root : public tests::temporary_folder {
  public:
    fake_root& with(const std::string& name, const std::string& text) {
        const std::string file = this->file(name);
        std::filesystem::create_directories(std::filesystem::path(file).parent_path());
        std::ofstream(file) << text << "\n";
        return *this;
    }
};

int affinity() {
    cpu_set_t set;
    CPU_ZERO(&set);
    ::sched_getaffinity(0, sizeof set, &set);
    return CPU_COUNT(&set);
}

}  // namespace

TEST_CASE("a quota grants whole cpus, at least one", "[support][cpu_count]") {
    CHECK(cpus_of_quota("200000 100000") == 2);
    CHECK(cpus_of_quota("250000 100000") == 2);
    CHECK(cpus_of_quota("50000 100000") == 1);
    for (const char* no_limit : {"max 100000", "-1 100000", "", "200000", "200000 0", "words"}) {
        CHECK(cpus_of_quota(no_limit) == std::nullopt);
    }
}

TEST_CASE("without cgroups the affinity counts", "[support][cpu_count]") {
    CHECK(available_cpus(fake_root().path()) == affinity());
}

TEST_CASE("a quota of cgroup v2 bounds the count", "[support][cpu_count]") {
    fake_root root;
    root.with("proc/self/cgroup", "0::/pod/container")
        .with("sys/fs/cgroup/pod/container/cpu.max", "100000 100000");
    CHECK(available_cpus(root.path()) == 1);
    root.with("sys/fs/cgroup/pod/container/cpu.max", "max 100000");
    CHECK(available_cpus(root.path()) == affinity());
}

TEST_CASE("a quota of a group further up counts, too", "[support][cpu_count]") {
    fake_root root;
    root.with("proc/self/cgroup", "0::/pod/container")
        .with("sys/fs/cgroup/pod/container/cpu.max", "6400000 100000")
        .with("sys/fs/cgroup/pod/cpu.max", "150000 100000");
    CHECK(available_cpus(root.path()) == 1);
}

TEST_CASE("inside a container the mount itself is the group", "[support][cpu_count]") {
    fake_root root;
    root.with("proc/self/cgroup", "0::/").with("sys/fs/cgroup/cpu.max", "100000 100000");
    CHECK(available_cpus(root.path()) == 1);
}

TEST_CASE("a quota of cgroup v1 bounds the count", "[support][cpu_count]") {
    fake_root root;
    root.with("proc/self/cgroup", "11:memory:/m\n4:cpu,cpuacct:/docker/1\n0::/")
        .with("sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us", "120000")
        .with("sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us", "100000");
    CHECK(available_cpus(root.path()) == 1);
    root.with("sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us", "-1");
    CHECK(available_cpus(root.path()) == affinity());
}

TEST_CASE("cpuset and other groups are not mistaken for cpu", "[support][cpu_count]") {
    fake_root root;
    root.with("proc/self/cgroup", "3:cpuset:/x\n4:cpuacct:/x")
        .with("sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "100000")
        .with("sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000");
    CHECK(available_cpus(root.path()) == affinity());
}

TEST_CASE("the affinity bounds the count", "[support][cpu_count]") {
    cpu_set_t before;
    ::sched_getaffinity(0, sizeof before, &before);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu) {
        if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
    }
    ::sched_setaffinity(0, sizeof one, &one);
    CHECK(available_cpus(fake_root().path()) == 1);
    ::sched_setaffinity(0, sizeof before, &before);
}
