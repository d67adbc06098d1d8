// A process that we started.
#pragma once

#include <sys/types.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <optional>
#include <system_error>

#include "01-spawn-exec/exit_status.hpp"
#include "01-spawn-exec/pipes.hpp"
#include "support/asio.hpp"
#include "support/unique_fd.hpp"

namespace child_process {

/// What became of a signal.
enum class kill_result {
    sent,   ///< delivered to the living process
    gone,   ///< the process had ended; nothing was signalled, and never another process with its
            ///< number
    error,  ///< refused by the kernel
};

/// What a process used until its end, with the children that it waited for.
/// @source getrusage(2)
struct resource_usage {
    std::chrono::microseconds user;    ///< of processor time, in its own code
    std::chrono::microseconds system;  ///< of processor time, in the kernel
    /// The most memory it held at one time; never less than we held when we started it, since it
    /// runs in our memory until it becomes the program.   [bytes]
    std::size_t max_rss;
};

/// A process that we started, watched through its pidfd, and the parent's ends of its pipes.
///
/// Owns the process: the destructor kills (SIGKILL) and reaps it unless it has ended or was
/// detached; one that we may not signal, since it has become another user, is let go instead. A pid
/// can be given to another process once ours was reaped; a pidfd cannot, so every question and
/// every signal goes through it.
/// @source pidfd_open(2), waitid(2), pidfd_send_signal(2)
class child {
  public:
    /// For spawn(): takes over a process that runs. It is ended if it cannot be watched.
    /// @throws std::system_error "watch"
    child(const asio::any_io_executor& executor, pid_t pid, support::unique_fd pidfd,
          parent_ends ends);
    child(child&&) = default;
    child& operator=(child&& other) noexcept;
    child(const child&) = delete;
    child& operator=(const child&) = delete;
    ~child();

    /// The process's number. Only a name: it may belong to another process once this one has ended.
    [[nodiscard]] pid_t pid() const { return pid_; }

    /// Waits until the process has ended, and reaps it: Node's 'exit'.
    ///
    /// Completes at once if it has ended already. Its outputs may still hold unread data.
    /// @throws std::system_error "waitid" ECHILD if something else reaped the child
    /// @lifetime the child must neither be destroyed nor moved before the awaitable completes
    /// @cancel safe: the process goes on
    [[nodiscard]] asio::awaitable<exit_status> wait();

    /// Waits until the process has ended and its outputs have, too: Node's 'close'.
    ///
    /// Reads and drops what is left in the outputs, so that a child that nobody listens to can
    /// finish. Any process that inherited an output, such as a grandchild, delays this, but not
    /// wait().
    /// @throws as wait()
    /// @lifetime as wait()
    /// @cancel as wait()
    [[nodiscard]] asio::awaitable<exit_status> wait_closed();

    /// How it ended, once wait() has found out; empty before that.
    [[nodiscard]] std::optional<exit_status> status() const { return status_; }

    /// What it used, known as soon as status() is.
    [[nodiscard]] std::optional<resource_usage> usage() const { return usage_; }

    /// Sends a signal.
    /// @throws std::system_error "kill" EINVAL for a number that is no signal, EPERM
    kill_result kill(int signal = SIGTERM);
    /// The same with the failure in `error`, for callers that branch on it.
    kill_result kill(int signal, std::error_code& error);

    /// Lets the process go: it is neither killed nor waited for by us any more. Our ends of its
    /// pipes close.
    ///
    /// When it ends while we still run, a later spawn() reaps it.
    void detach();

    /// Our ends of the pipes at the child's descriptors 0, 1 and 2.
    /// @throws std::logic_error if that descriptor is no pipe of this direction
    [[nodiscard]] pipe_writer& in() { return writer(0); }
    [[nodiscard]] pipe_reader& out() { return reader(1); }
    [[nodiscard]] pipe_reader& err() { return reader(2); }
    /// The same at any descriptor of the child.
    [[nodiscard]] pipe_reader& reader(int descriptor);
    [[nodiscard]] pipe_writer& writer(int descriptor);

  private:
    bool reap_if_ended();
    void end_now() noexcept;

    pid_t pid_;
    asio::posix::stream_descriptor pidfd_;
    std::optional<exit_status> status_;
    std::optional<resource_usage> usage_;
    parent_ends ends_;
};

/// Reaps the detached children that have ended. spawn() calls it, so that the zombies of
/// long-running programs stay few.
void reap_detached();

}  // namespace child_process
