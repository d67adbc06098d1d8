// The state directory of the full cluster: owned by one, full, and shared.
#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/07-state-sharing/whole_cluster.hpp"

using namespace tests;

namespace {

/// A file system of its own, as small as can be; needs root.
class tiny_disk {
  public:
    explicit tiny_disk(const std::string& path, const char* options = "size=256k") : path_(path) {
        std::filesystem::create_directory(path_);
        mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, options) == 0;
    }
    tiny_disk(const tiny_disk&) = delete;
    tiny_disk& operator=(const tiny_disk&) = delete;
    ~tiny_disk() {
        if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
    }
    [[nodiscard]] bool is_there() const { return mounted_; }

  private:
    std::string path_;
    bool mounted_ = false;
};

// All the room is somebody else's now, to the last page.
void fill_disk(const std::string& with) {
    std::ofstream file(with, std::ios::app);
    while (file << std::string(4096, 'x') << std::flush) {
    }
}

}  // namespace

TEST_CASE("a second cluster on one state directory is refused, and told whose it is",
          "[07][full_cluster][state]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const temporary_folder folder;
        whole_cluster first(executor, folder.file("state"), 1);
        co_await first.until_up();
        whole_cluster second(executor, folder.file("state"), 1);
        const auto refused = co_await second.program().end();
        CHECK(refused.code() == 1);
        const auto said = second.program().output();
        CHECK(said.find("in use by process " + std::to_string(first.program().pid())) != said.npos);
        CHECK(said.find("--state") != said.npos);
        const auto seen = co_await first.get("/whoami");
        CHECK(seen.status == 200);
        co_await first.stop();
    });
}

TEST_CASE("a full disk costs no reader anything, is told to writers, and is got over",
          "[07][full_cluster][state]") {
    for (const std::string store : {"lmdb", "file"}) {
        INFO(store);
        tests::run([store]() -> asio::awaitable<void> {
            const temporary_folder folder;
            const tiny_disk disk(folder.file("disk"));
            if (!disk.is_there()) {
                std::cout << "SKIPPED: a file system of its own needs root" << std::endl;
                co_return;
            }
            const auto state = folder.file("disk") + "/state";
            const whole_cluster::words more = {"--store", store, "--job-interval", "3600000"};
            whole_cluster site(co_await asio::this_coro::executor, state, 2, more);
            co_await site.until_up();
            co_await site.post("/counter", "x");
            const auto filler = folder.file("disk") + "/filler";
            answer refused;
            for (int n = 0; n < 200 && refused.status != 507; ++n) {
                fill_disk(filler);
                refused = co_await site.post("/setting", "value=" + std::string(90, 'a'));
                CHECK((refused.status == 200 || refused.status == 507));
            }
            CHECK(refused.status == 507);
            CHECK(refused.json().at("error") != "");
            const auto read = co_await site.get("/counter");
            CHECK(read.json().at("value") == 1);
            std::filesystem::remove(filler);
            const auto written = co_await site.post("/setting", "value=again");
            CHECK(written.status == 200);
            const auto counted = co_await site.post("/counter", "x");
            CHECK(counted.json().at("value") == 2);
            CHECK(site.program().count("exit: worker") == 0);
            co_await site.stop();
        });
    }
}

TEST_CASE("the job is done by one worker, and by another when that one dies",
          "[07][full_cluster][state]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        const whole_cluster::words more = {"--job-interval", "20"};
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 3, more);
        co_await site.until_up();
        auto job = co_await site.get("/job");
        while (job.json().value("runs", 0) < 5) job = co_await site.get("/job");
        const int holder = job.json().at("worker").get<int>();
        for (int looked = 0; looked < 20; ++looked) {
            job = co_await site.get("/job");
            CHECK(job.json().at("worker") == holder);
        }
        ::kill(job.json().at("pid").get<pid_t>(), SIGKILL);
        const int runs = job.json().at("runs").get<int>();
        while (job.json().at("worker") == holder) job = co_await site.get("/job");
        CHECK(job.json().at("runs").get<int>() >= runs);
        co_await site.stop();
    });
}
