// Grading: the way of a program from spawn() to its first instruction.
#include <sys/resource.h>

#include <csignal>
#include <sstream>

#include "01-spawn-exec/spawn.hpp"
#include "exercises/01/checks/observing.hpp"
#include "exercises/kit/faulty_calls.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

std::string in_words(const exit_status& status) {
    std::ostringstream text;
    text << status;
    return text.str();
}

// What spawn says of a program that cannot be started: "exec: No such file or directory".
std::string failure_of(const std::string& file, const spawn_options& options) {
    std::string said;
    tests::run([&]() -> asio::awaitable<void> {
        try {
            child process = spawn(co_await asio::this_coro::executor, file, {}, options);
            const pid_t pid = process.pid();
            const auto status = co_await support::with_timeout(process.wait(), grading::soon);
            said = "no failure: spawn returned a child with the number " + std::to_string(pid) +
                   ", which ended with " + (status ? in_words(*status) : "nothing in 5 s");
        } catch (const spawn_error& error) {
            said = std::string(error.step()) + ": " + error.code().message();
        } catch (const std::exception& error) {
            said = std::string("no spawn_error, but ") + error.what();
        }
    });
    return said;
}

// All that a program says on its standard output; what it was given at further numbers is there.
std::string output_of(const std::string& file, std::vector<std::string> arguments,
                      spawn_options options) {
    std::string text;
    tests::run([&]() -> asio::awaitable<void> {
        child process = spawn(co_await asio::this_coro::executor, file, arguments, options);
        const bool in_time = co_await support::with_timeout(
            [](pipe_reader& from, std::string& into) -> asio::awaitable<void> {
                while (auto chunk = co_await from.read()) {
                    if (chunk->empty()) break;
                    into += *chunk;
                }
            }(process.out(), text),
            grading::soon);
        if (!in_time) FAIL("observed: the output of " << file << " did not end within 5 s");
    });
    return text;
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

TEST_CASE("grading: programs that somebody else starts get none of our pipes", "[01]") {
    const grading::cleared_away later;
    asio::io_context io(1);
    const auto before = tests::open_descriptors();
    child process = spawn(io.get_executor(), "cat");
    for (const auto& [fd, target] : grading::opened_since(before)) {
        const int flags = ::fcntl(fd, F_GETFD);
        if (flags != -1 && (flags & FD_CLOEXEC) == 0) {
            FAIL_CHECK("observed: descriptor "
                       << fd << " (" << target << ") of this process is not close-on-exec: every "
                       << "program that a library of ours starts, by popen(3) say, holds it open");
        }
    }
}

TEST_CASE("grading: the child finds its descriptors at their numbers, and no other", "[01]") {
    const grading::cleared_away later;
    const tests::temporary_folder folder;
    const auto create = [&](const char* name) {
        const int fd = ::open(folder.file(name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        return support::unique_fd(support::check("open", fd));
    };
    const support::unique_fd first = create("first");
    const support::unique_fd second = create("second");
    const support::unique_fd same = create("same");
    // As a careless library leaves one: it survives an exec.
    const support::unique_fd stray(
        ::fcntl(same.get(), F_DUPFD, 90));  // NOLINT(android-cloexec-dup)

    // Each of the first two goes to the other's number, and the third stays where it stands.
    const std::map<int, std::string> wanted{
        {first.get(), "second"}, {second.get(), "first"}, {same.get(), "same"}};
    spawn_options options;
    options.descriptors.assign(static_cast<std::size_t>(wanted.rbegin()->first) + 1,
                               stdio::ignore());
    const auto at = [&](const support::unique_fd& fd) -> stdio& {
        return options.descriptors[static_cast<std::size_t>(fd.get())];
    };
    options.descriptors[1] = stdio::pipe();
    at(first) = stdio::descriptor(second.get());
    at(second) = stdio::descriptor(first.get());
    at(same) = stdio::descriptor(same.get());
    for (const auto& [number, file] : wanted) {
        const std::string link = "/proc/self/fd/" + std::to_string(number);
        std::string found = output_of("readlink", {link}, options);
        found = found.empty() ? "(none: it is closed)" : found.substr(found.rfind('/') + 1);
        found = found.substr(0, found.find('\n'));
        if (found != file) {
            FAIL_CHECK("observed: descriptor " << number << " of the child is the file \"" << found
                                               << "\", not the declared one, \"" << file << "\"");
        }
    }
    spawn_options three;
    three.descriptors = {stdio::ignore(), stdio::pipe(), stdio::ignore()};
    std::string numbers = output_of(tests::program("reports_its_descriptors"), {}, three);
    numbers = numbers.substr(0, numbers.find_last_not_of(" \n") + 1);
    if (numbers != "0 1 2") {
        FAIL_CHECK("observed: the child has the descriptors " << numbers
                                                              << "; declared were 0 1 2");
    }
}

TEST_CASE("grading: no signal is ignored or blocked when the program begins", "[01]") {
    const grading::cleared_away later;
    struct sigaction pipe_before {};
    ::sigaction(SIGPIPE, nullptr, &pipe_before);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGUSR1, SIG_IGN);
    std::signal(SIGRTMIN, SIG_IGN);
    std::signal(SIGRTMAX, SIG_IGN);
    sigset_t blocked;
    sigset_t mask_before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR2);
    ::sigaddset(&blocked, SIGRTMAX - 1);
    ::sigprocmask(SIG_BLOCK, &blocked, &mask_before);
    spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::ignore()};
    std::istringstream status(output_of("cat", {"/proc/self/status"}, options));
    ::sigprocmask(SIG_SETMASK, &mask_before, nullptr);
    for (const int signal : {SIGUSR1, SIGRTMIN, SIGRTMAX}) std::signal(signal, SIG_DFL);
    ::sigaction(SIGPIPE, &pipe_before, nullptr);

    int looked = 0;
    for (std::string line; std::getline(status, line);) {
        const bool blocks = line.rfind("SigBlk:", 0) == 0;
        if (!blocks && line.rfind("SigIgn:", 0) != 0) continue;
        ++looked;
        const auto bits = std::stoull(line.substr(7), nullptr, 16);
        for (int signal = 1; signal <= SIGRTMAX; ++signal) {
            const bool of_the_c_library = signal >= 32 && signal < SIGRTMIN;
            if (of_the_c_library || (bits >> (signal - 1) & 1U) == 0) continue;
            FAIL_CHECK("observed: the program begins with "
                       << signal_name(signal) << (blocks ? " blocked" : " ignored")
                       << (signal < SIGRTMIN ? "" : ", a real-time signal"));
        }
    }
    if (looked != 2) FAIL_CHECK("observed: `cat /proc/self/status` said nothing of its signals");
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
