// Running out of descriptors and processes, on purpose.
#include <sys/resource.h>
#include <unistd.h>

#include <set>

#include "01-spawn-exec/spawn.hpp"
#include "support/syscall.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/leaks.hpp"

using namespace child_process;

namespace {

// The kernel lets root start as many processes as it likes, so that this limit has to be met as
// somebody else. With no process allowed the very next one is too many.
class no_more_processes {
  public:
    no_more_processes() {
        ::getrlimit(RLIMIT_NPROC, &before_);
        rlimit none = before_;
        none.rlim_cur = 0;
        support::check("setrlimit", ::setrlimit(RLIMIT_NPROC, &none));
        constexpr uid_t nobody = 65534;
        if (::geteuid() == 0) support::check("setresuid", ::setresuid(nobody, nobody, 0));
    }
    ~no_more_processes() {
        if (::geteuid() != 0) static_cast<void>(::setresuid(0, 0, 0));
        ::setrlimit(RLIMIT_NPROC, &before_);
    }
    no_more_processes(const no_more_processes&) = delete;
    no_more_processes& operator=(const no_more_processes&) = delete;

  private:
    rlimit before_{};
};

}  // namespace

TEST_CASE("spawn with too few descriptors fails typed at every point, and leaves nothing",
          "[01][limits]") {
    asio::io_context io(1);
    { const child warm_up = spawn(io.get_executor(), "true"); }
    const auto before = tests::open_descriptors();
    std::set<std::string> failed_steps;
    int free = 0;
    for (bool started = false; !started; ++free) {
        REQUIRE(free < 50);
        try {
            const tests::few_descriptors limit(free);
            const child process = spawn(io.get_executor(), "true");
            started = true;
        } catch (const spawn_error& error) {
            CHECK(error.code() == std::errc::too_many_files_open);
            failed_steps.insert(error.step());
        }
        CHECK(tests::open_descriptors() == before);
    }
    CHECK(failed_steps == std::set<std::string>{"pipe", "clone", "dup"});
}

TEST_CASE("without descriptors even the event loop's own failure is a spawn_error",
          "[01][limits]") {
    spawn_options options;
    options.descriptors = {stdio::descriptor(0), stdio::descriptor(1), stdio::descriptor(2)};
    for (int free = 0; free < 8; ++free) {
        asio::io_context io(1);  // its epoll is made by its first user
        const tests::few_descriptors limit(free);
        try {
            const child process = spawn(io.get_executor(), "true", {}, options);
        } catch (const spawn_error& error) {
            CHECK(error.code() == std::errc::too_many_files_open);
        }
    }
}

TEST_CASE("spawn at the limit of processes fails with EAGAIN at clone, and leaves nothing",
          "[01][limits]") {
    asio::io_context io(1);
    {
        const no_more_processes limit;
        std::string step;
        std::error_code code;
        try {
            const child process = spawn(io.get_executor(), "true");
        } catch (const spawn_error& error) {
            step = error.step();
            code = error.code();
        }
        CHECK(step == "clone");
        CHECK(code == std::errc::resource_unavailable_try_again);
    }
    CHECK_NOTHROW(spawn(io.get_executor(), "true"));
}
