// Grading: the way of a program from spawn() to its first instruction.
#include <sys/resource.h>

#include "01-spawn-exec/spawn.hpp"
#include "exercises/01/checks/observing.hpp"
#include "exercises/kit/faulty_calls.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/text.hpp"

using namespace child_process;

namespace {

// What spawn says of a program that cannot be started: "exec: No such file or directory".
std::string failure_of(const std::string& file, const spawn_options& options) {
    std::string said;
    tests::run([&]() -> asio::awaitable<void> {
        try {
            child process = spawn(co_await asio::this_coro::executor, file, {}, options);
            const pid_t pid = process.pid();
            const auto status = co_await support::with_timeout(process.wait(), grading::soon);
            said = "no failure: spawn returned a child with the number " + std::to_string(pid) +
                   ", which ended with " + (status ? tests::printed(*status) : "nothing in 5 s");
        } catch (const spawn_error& error) {
            said = std::string(error.step()) + ": " + error.code().message();
        } catch (const std::exception& error) {
            said = std::string("no spawn_error, but ") + error.what();
        }
    });
    return said;
}

// Makes every process that is started from here on slow to end: it has so many descriptors to close
// before its parent can wait for it, and the parent of a clone with CLONE_VFORK goes on before
// that.
class slow_ends {
  public:
    slow_ends() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit all{before_.rlim_max, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &all);
        const support::unique_fd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        constexpr std::size_t enough = 20'000;  // about a millisecond
        while (held_.size() < enough) {
            support::unique_fd copy(::fcntl(first.get(), F_DUPFD_CLOEXEC, 0));
            if (!copy) break;  // the limit of this machine is lower
            held_.push_back(std::move(copy));
        }
        if (held_.size() > 20) held_.resize(held_.size() - 20);  // some are needed for the start
    }
    slow_ends(const slow_ends&) = delete;
    slow_ends& operator=(const slow_ends&) = delete;
    ~slow_ends() {
        held_.clear();
        ::setrlimit(RLIMIT_NOFILE, &before_);
    }

  private:
    rlimit before_{};
    std::vector<support::unique_fd> held_;
};

// Tries to start `true` in a folder that is not there: it fails before it has closed anything.
void fail_to_start() {
    asio::io_context io(1);
    spawn_options nowhere = grading::without_pipes();
    nowhere.cwd = "/no/such/folder";
    try {
        const child process = spawn(io.get_executor(), "true", {}, nowhere);
    } catch (const spawn_error&) {  // others judge what it says
    }
}

void judge_a_slow_end() {
    const slow_ends slowly;
    for (int start = 1; start <= 10; ++start) {
        fail_to_start();
        for (const pid_t pid : grading::reap_all()) {
            FAIL("observed: process " << pid
                                      << " could not enter its folder and took a millisecond "
                                      << "to end; spawn had given up before: it is a zombie now, "
                                      << "and nobody waits for it");
        }
    }
}

void judge_an_interrupted_wait() {
    {
        kit::faulty_calls calls;
        calls.fail("waitid", EINTR);
        fail_to_start();
    }
    for (const pid_t pid : grading::reap_all()) {
        FAIL_CHECK("observed: waitid(2) was interrupted by a signal (EINTR) and not called again: "
                   << "process " << pid << " is a zombie");
    }
}

}  // namespace

TEST_CASE("grading: the program runs in a child of ours, and how it ended is told", "[01]") {
    const grading::cleared_away later;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments{"-c", "exit 7"};
        try {
            child process = spawn(executor, "sh", arguments, grading::without_pipes());
            siginfo_t info{};  // until it has ended: others judge the waiting
            ::waitid(P_PID, static_cast<id_t>(process.pid()), &info, WEXITED | WNOWAIT);
            const auto status = co_await support::with_timeout(process.wait(), grading::soon);
            if (!status) FAIL("observed: the end of `sh -c 'exit 7'` was not told within 5 s");
            if (status->code() != 7) {
                FAIL("observed: `sh -c 'exit 7'` ended with " << *status << ", not with code 7");
            }
        } catch (const std::system_error& error) {
            FAIL("observed: starting `sh` and waiting for it failed: " << error.what());
        }
    });
}

TEST_CASE("grading: a start that fails is told with its step and its errno", "[01]") {
    const grading::cleared_away later;
    const std::string missing = failure_of("/no/such/program", grading::without_pipes());
    if (missing != "exec: No such file or directory") {
        FAIL_CHECK("observed: the start of /no/such/program gave \""
                   << missing << "\", not \"exec: No such file or directory\"");
    }
    spawn_options elsewhere = grading::without_pipes();
    elsewhere.cwd = "/no/such/folder";
    const std::string no_folder = failure_of("true", elsewhere);
    if (no_folder != "chdir: No such file or directory") {
        FAIL_CHECK("observed: the start of `true` in /no/such/folder gave \""
                   << no_folder << "\", not \"chdir: No such file or directory\"");
    }
}

TEST_CASE("grading: a start that fails leaves neither a zombie nor a descriptor", "[01]") {
    const grading::cleared_away later;
    asio::io_context io(1);
    const auto before = tests::open_descriptors();
    try {
        const child process =
            spawn(io.get_executor(), "/no/such/program", {}, grading::without_pipes());
    } catch (const spawn_error&) {
        for (const pid_t pid : grading::reap_all()) {
            FAIL_CHECK("observed: process " << pid << ", which was to become /no/such/program, is "
                                            << "a zombie: it has ended and was not waited for");
        }
        for (const auto& [fd, target] : grading::opened_since(before)) {
            FAIL_CHECK("observed: after the failed start descriptor " << fd << " (" << target
                                                                      << ") stays open");
        }
    }
    judge_an_interrupted_wait();
    judge_a_slow_end();
}

TEST_CASE("grading: without descriptors a start fails as a spawn_error, and leaves nothing",
          "[01]") {
    const grading::cleared_away later;
    asio::io_context io(1);
    { const child warm_up = spawn(io.get_executor(), "true"); }
    const auto before = tests::open_descriptors();
    bool started = false;
    for (int free = 0; !started; ++free) {
        if (free == 50) FAIL("observed: with 50 descriptors free `true` is not started");
        std::string problem;
        try {
            const tests::few_descriptors limit(free);
            const child process = spawn(io.get_executor(), "true");
            started = true;
        } catch (const spawn_error& error) {
            if (error.code() != std::errc::too_many_files_open) problem = error.what();
        } catch (const std::exception& error) {
            problem = std::string("no spawn_error, but ") + error.what();
        }
        if (!problem.empty()) {
            FAIL_CHECK("observed: with " << free << " descriptors free the failure is \"" << problem
                                         << "\", not a spawn_error with EMFILE");
        }
        for (const auto& [fd, target] : grading::opened_since(before)) {
            FAIL("observed: a start with " << free << " descriptors free left descriptor " << fd
                                           << " (" << target << ") open");
        }
        for (const pid_t pid : grading::reap_all()) {
            FAIL("observed: a start with " << free << " descriptors free left the zombie " << pid);
        }
    }
}
