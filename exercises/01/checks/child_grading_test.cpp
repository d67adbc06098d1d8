// Grading: what a program finds when it begins: its descriptors, and no signal ignored or blocked.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <sstream>

#include "01-spawn-exec/exec_steps.hpp"
#include "01-spawn-exec/spawn.hpp"
#include "exercises/01/checks/observing.hpp"
#include "support/timeout.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

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

volatile std::sig_atomic_t* handled = nullptr;  // in memory that a copy of this process shares

// A signal is on its way when a copy of this process becomes a program: no handler of ours may run
// there.
void judge_a_pending_signal() {
    void* shared =
        ::mmap(nullptr, sizeof *handled, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(shared != MAP_FAILED);
    handled = static_cast<volatile std::sig_atomic_t*>(shared);
    std::string name = "true";
    exec_plan plan;
    plan.files = {"/bin/true"};
    plan.argv = {name.data(), nullptr};
    plan.envp = {nullptr};
    const pid_t pid = ::fork();
    if (pid == 0) {
        sigset_t all;
        ::sigfillset(&all);
        ::sigprocmask(SIG_SETMASK, &all, nullptr);
        std::signal(SIGUSR1, [](int) { *handled = 1; });
        std::raise(SIGUSR1);
        ::_exit(become_program(&plan));
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    const bool ran = *handled != 0;
    ::munmap(shared, sizeof *handled);
    if (ran) {
        FAIL_CHECK(
            "observed: SIGUSR1 came while the child became the program, and a handler of its "
            "parent's ran there, in the parent's memory: signals were let through before their "
            "handlers were gone");
    } else if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGUSR1) {
        FAIL_CHECK("observed: SIGUSR1 came while the child became the program, and was lost");
    }
}

}  // namespace

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
    judge_a_pending_signal();
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
