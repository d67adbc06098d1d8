// Starting a program.
#pragma once

#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "01-spawn-exec/child.hpp"
#include "01-spawn-exec/spawn_options.hpp"
#include "support/asio.hpp"

namespace child_process {

/// Why a program could not be started: the program, the step that failed, and its errno.
class spawn_error : public std::system_error {
  public:
    /// `step` is a string literal.
    spawn_error(std::error_code error, const char* step, const std::string& program);

    /// "pipe", "open /dev/null" or "clone" before the process existed; then "setsid", "setpgid",
    /// "chdir", "dup", "dup2", "setgid", "setuid", "prctl", "exec" inside it.
    [[nodiscard]] const char* step() const { return step_; }
    [[nodiscard]] const std::string& program() const { return program_; }

  private:
    const char* step_;
    std::string program_;
};

/// Starts `file` with `arguments`, without a shell: every argument arrives as it stands.
///
/// A name without a slash is looked for in the PATH of the child's environment. The child starts
/// with default signals, an empty signal mask and exactly the descriptors of the options. When
/// spawn returns, the program runs.
/// @throws spawn_error  with errno: ENOENT, EACCES, ENOTDIR, E2BIG, EMFILE, EAGAIN (process limit),
/// EPERM …;
///                      nothing is left behind then: no process, no zombie, no descriptor
/// @throws std::invalid_argument  for an empty file name, or a zero byte in any text
/// @source clone(2), execve(2); Node's child_process.spawn
[[nodiscard]] child spawn(const asio::any_io_executor& executor, const std::string& file,
                          const std::vector<std::string>& arguments = {},
                          const spawn_options& options = {});

/// The same with the failure in `error`, for callers that branch on it; the result is empty then.
[[nodiscard]] std::optional<child> spawn(const asio::any_io_executor& executor,
                                         const std::string& file,
                                         const std::vector<std::string>& arguments,
                                         const spawn_options& options, std::error_code& error);

}  // namespace child_process
