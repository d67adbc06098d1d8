#include "01-spawn-exec/spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "01-spawn-exec/exec_steps.hpp"
#include "support/syscall.hpp"

namespace child_process {
namespace {

void reject_bad_text(const std::string& text, const char* what) {
    if (text.find('\0') == std::string::npos) return;
    throw std::invalid_argument(std::string(what) + " must not contain a zero byte");
}

// The paths that a shell would try for `file`.
std::vector<std::string> candidates(const std::string& file, const environment& env) {
    if (file.find('/') != std::string::npos) return {file};
    const auto path = env.find("PATH");
    std::istringstream folders(path != env.end() ? path->second : "/usr/local/bin:/bin:/usr/bin");
    std::vector<std::string> result;
    for (std::string folder; std::getline(folders, folder, ':');) {
        result.push_back((folder.empty() ? "." : folder) + "/" + file);
    }
    return result;
}

std::vector<std::string> as_entries(const environment& env) {
    std::vector<std::string> entries;
    entries.reserve(env.size());
    for (const auto& [name, value] : env) entries.push_back(name + "=" + value);
    return entries;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) {
        reject_bad_text(text, "arguments and environment");
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

// No signal may be handled while two processes run in one memory.
class signals_blocked {
  public:
    signals_blocked() {
        sigset_t all;
        ::sigfillset(&all);
        ::sigprocmask(SIG_SETMASK, &all, &before_);
    }
    signals_blocked(const signals_blocked&) = delete;
    signals_blocked& operator=(const signals_blocked&) = delete;
    ~signals_blocked() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_{};
};

struct started {
    pid_t pid;
    support::unique_fd pidfd;
};

// The one place where a process is made. CLONE_VM | CLONE_VFORK: the child runs in our memory, on a
// stack of its own, and we stand still until it has become the program or ended. Nothing is copied,
// so that starting a program from a process of many gigabytes costs no more than from a small one.
started clone_and_exec(exec_plan& plan, const std::string& program) {
    constexpr std::size_t stack_size = 64 * 1024;
    constexpr std::size_t stack_alignment = 16;
    const auto stack = std::make_unique<std::byte[]>(stack_size + stack_alignment);
    void* top = stack.get() + stack_size;
    std::size_t room = stack_alignment + 1;
    top = std::align(stack_alignment, 1, top, room);
    int pidfd = -1;
    pid_t pid = -1;
    {
        const signals_blocked guard;
        pid = ::clone(become_program, top, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan,
                      &pidfd);
    }
    if (pid == -1) throw spawn_error(support::last_error(), "clone", program);
    support::unique_fd owned(pidfd);
    if (plan.failed_step != nullptr) {
        siginfo_t info{};
        support::retry([&] { return ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED); });
        throw spawn_error({plan.failed_errno, std::system_category()}, plan.failed_step, program);
    }
    return {pid, std::move(owned)};
}

}  // namespace

// Collects what the child needs, starts it, and hands its pipes over.
class spawner {
  public:
    spawner(const asio::any_io_executor& executor, const std::string& file,
            const std::vector<std::string>& arguments, const spawn_options& options)
        : executor_(executor), options_(options), program_(file) {
        if (file.empty()) throw std::invalid_argument("the program's file name must not be empty");
        reject_bad_text(file, "the program's file name");
        const environment env = options.env ? *options.env : current_environment();
        name_program(file, arguments, env);
        entries_ = as_entries(env);
        if (options.cwd) reject_bad_text(*options.cwd, "the working folder");
    }

    child start() {
        open_descriptors();
        exec_plan plan;
        for (const std::string& file : files_) plan.files.push_back(file.c_str());
        plan.argv = pointers(arguments_);
        plan.envp = pointers(entries_);
        plan.sources = sources_;
        plan.lifted.resize(sources_.size());
        plan.cwd = options_.cwd ? options_.cwd->c_str() : nullptr;
        plan.new_session = options_.detached;
        plan.process_group = options_.process_group;
        plan.uid = options_.uid;
        plan.gid = options_.gid;
        plan.parent_death_signal = options_.parent_death_signal;
        plan.parent = ::getpid();
        reap_detached();
        started process = clone_and_exec(plan, program_);
        child result(executor_, process.pid, std::move(process.pidfd));
        for (auto& [n, end] : readers_) result.readers_.try_emplace(n, executor_, std::move(end));
        for (auto& [n, end] : writers_) result.writers_.try_emplace(n, executor_, std::move(end));
        return result;
    }

  private:
    void name_program(const std::string& file, const std::vector<std::string>& arguments,
                      const environment& env) {
        if (options_.shell) {
            std::string command = file;
            for (const std::string& argument : arguments) command += " " + argument;
            files_ = {"/bin/sh"};
            arguments_ = {options_.argv0.value_or("/bin/sh"), "-c", command};
            return;
        }
        files_ = candidates(file, env);
        arguments_ = {options_.argv0.value_or(file)};
        arguments_.insert(arguments_.end(), arguments.begin(), arguments.end());
    }

    void open_descriptors() {
        std::vector<stdio> wanted = options_.descriptors;
        while (wanted.size() < 3) wanted.push_back(stdio::pipe());
        for (const stdio& what : wanted) {
            sources_.push_back(open_source(static_cast<int>(sources_.size()), what));
        }
    }

    // The descriptor of ours that becomes the child's number n.
    int open_source(int n, const stdio& what) {
        switch (what.what()) {
            case stdio::kind::pipe:
                return open_pipe(n, n == 0);
            case stdio::kind::input_pipe:
                return open_pipe(n, true);
            case stdio::kind::inherit:
                return ::fcntl(n, F_GETFD) != -1 ? n : null_device();
            case stdio::kind::descriptor:
                return what.fd();
            case stdio::kind::ignore:
                break;
        }
        return null_device();
    }

    int open_pipe(int n, bool child_reads) try {
        support::pipe_ends ends = support::make_pipe();
        (child_reads ? writers_ : readers_)[n] = std::move(child_reads ? ends.write : ends.read);
        return keep(std::move(child_reads ? ends.read : ends.write));
    } catch (const std::system_error& error) {
        throw spawn_error(error.code(), "pipe", program_);
    }

    int null_device() {
        const int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd == -1) throw spawn_error(support::last_error(), "open /dev/null", program_);
        return keep(support::unique_fd(fd));
    }

    int keep(support::unique_fd fd) { return ours_.emplace_back(std::move(fd)).get(); }

    const asio::any_io_executor& executor_;
    const spawn_options& options_;
    std::string program_;
    std::vector<std::string> files_;
    std::vector<std::string> arguments_;
    std::vector<std::string> entries_;
    std::vector<int> sources_;
    std::vector<support::unique_fd> ours_;  // the child's ends, closed here once it has its copies
    std::map<int, support::unique_fd> readers_;
    std::map<int, support::unique_fd> writers_;
};

spawn_error::spawn_error(std::error_code error, const char* step, const std::string& program)
    : std::system_error(error, "spawn " + program + ": " + step), step_(step), program_(program) {}

child spawn(const asio::any_io_executor& executor, const std::string& file,
            const std::vector<std::string>& arguments, const spawn_options& options) {
    return spawner(executor, file, arguments, options).start();
}

std::optional<child> spawn(const asio::any_io_executor& executor, const std::string& file,
                           const std::vector<std::string>& arguments, const spawn_options& options,
                           std::error_code& error) try {
    error.clear();
    return spawn(executor, file, arguments, options);
} catch (const spawn_error& failure) {
    error = failure.code();
    return std::nullopt;
}

}  // namespace child_process
