// How a process ended.
#pragma once

#include <sys/wait.h>

#include <iosfwd>
#include <optional>
#include <string>

namespace child_process {

/// How a process ended: by itself with a code, or by a signal. Never both.
/// @source waitid(2); Node's 'exit' event has the same two arguments, one of them null
class exit_status {
  public:
    /// Ended by itself: what main returned, 0…255.
    [[nodiscard]] static exit_status exited(int code) { return {code, 0, false}; }
    /// Ended by a signal.
    [[nodiscard]] static exit_status killed(int signal, bool core = false) {
        return {-1, signal, core};
    }
    /// From what waitid(2) filled in.
    [[nodiscard]] static exit_status from(const siginfo_t& info);

    /// The exit code 0…255; empty if a signal ended it.
    [[nodiscard]] std::optional<int> code() const;
    /// The signal's number; empty if it ended by itself.
    [[nodiscard]] std::optional<int> signal() const;
    /// Whether the kernel wrote a core file, or would have if it were allowed to.
    [[nodiscard]] bool core_dumped() const { return core_; }
    /// Exit code 0.
    [[nodiscard]] bool success() const { return code_ == 0; }

    friend bool operator==(const exit_status&, const exit_status&) = default;
    /// "code 7" or "signal SIGKILL"
    friend std::ostream& operator<<(std::ostream& out, const exit_status& status);

  private:
    exit_status(int code, int signal, bool core) : code_(code), signal_(signal), core_(core) {}

    int code_;  // -1: ended by a signal
    int signal_;
    bool core_;
};

/// The name of a signal, "SIGTERM"; "signal 77" for a number without one.
[[nodiscard]] std::string signal_name(int signal);

}  // namespace child_process
