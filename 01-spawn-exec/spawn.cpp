#include "01-spawn-exec/spawn.hpp"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <utility>

#include "01-spawn-exec/child_descriptors.hpp"
#include "01-spawn-exec/exec_steps.hpp"
#include "01-spawn-exec/program_text.hpp"
#include "support/syscall.hpp"

namespace child_process {
namespace {

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

// Who ignores SIGCHLD, perhaps because it was started so, has the kernel reap its children, and
// never learns how they ended. A handler of the program's own stays.
void want_to_know_of_ends() {
    struct sigaction now {};
    ::sigaction(SIGCHLD, nullptr, &now);
    if (now.sa_handler != SIG_IGN) return;
    now.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &now, nullptr);
}

// The memory that the new process uses as its stack until it becomes the program.
class child_stack {
  public:
    // Stacks grow downwards, and the processor wants their start on a multiple of 16.
    [[nodiscard]] void* top() { return blocks_.get() + block_count; }

  private:
    struct alignas(16) block {
        std::byte bytes[16];
    };
    static constexpr std::size_t block_count = 4096;  // 64 KiB
    std::unique_ptr<block[]> blocks_{new block[block_count]};
};

struct started {
    pid_t pid;
    support::unique_fd pidfd;
};

// The one place where a process is made. CLONE_VM | CLONE_VFORK: the child runs in our memory, on a
// stack of its own, and we stand still until it has become the program or ended. Nothing is copied,
// so that starting a program from a process of many gigabytes costs no more than from a small one.
started clone_and_exec(exec_plan& plan, const std::string& program) {
    child_stack stack;
    int pidfd = -1;
    pid_t pid = -1;
    {
        const signals_blocked guard;
        pid = ::clone(become_program, stack.top(), CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD,
                      &plan, &pidfd);
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

exec_plan make_plan(program_text& text, const child_descriptors& descriptors,
                    const spawn_options& options) {
    exec_plan plan;
    plan.files = text.file_pointers();
    plan.argv = text.argv();
    plan.envp = text.envp();
    plan.sources = descriptors.sources();
    plan.lifted.resize(plan.sources.size());
    plan.cwd = options.cwd ? options.cwd->c_str() : nullptr;
    plan.new_session = options.detached;
    plan.process_group = options.process_group;
    plan.uid = options.uid;
    plan.gid = options.gid;
    plan.parent_death_signal = options.parent_death_signal;
    plan.parent = ::getpid();
    return plan;
}

}  // namespace

child spawn(const asio::any_io_executor& executor, const std::string& file,
            const std::vector<std::string>& arguments, const spawn_options& options) {
    program_text text(file, arguments, options);
    child_descriptors descriptors(executor, options.descriptors, file);
    exec_plan plan = make_plan(text, descriptors, options);
    reap_detached();
    want_to_know_of_ends();
    started process = clone_and_exec(plan, file);
    try {
        return {executor, process.pid, std::move(process.pidfd), descriptors.take_parent_ends()};
    } catch (const std::system_error& error) {
        throw spawn_error(error.code(), "watch", file);
    }
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
