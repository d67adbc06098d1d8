// Why a program could not be started.
#pragma once

#include <string>
#include <system_error>

namespace child_process {

/// Why a program could not be started: the program, the step that failed, and its errno.
class spawn_error : public std::system_error {
  public:
    /// `step` is a string literal.
    spawn_error(std::error_code error, const char* step, const std::string& program)
        : std::system_error(error, "spawn " + program + ": " + step),
          step_(step),
          program_(program) {}

    /// "pipe", "open /dev/null" or "clone" before the process existed; "setsid", "setpgid",
    /// "chdir", "dup", "dup2", "setgid", "setuid", "prctl" or "exec" inside it; "watch" when it had
    /// begun and could not be watched, and was ended for that.
    [[nodiscard]] const char* step() const { return step_; }
    [[nodiscard]] const std::string& program() const { return program_; }

  private:
    const char* step_;
    std::string program_;
};

}  // namespace child_process
