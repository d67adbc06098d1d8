// Starting a program.
#pragma once

#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "01-spawn-exec/child.hpp"
#include "01-spawn-exec/spawn_error.hpp"
#include "01-spawn-exec/spawn_options.hpp"
#include "support/asio.hpp"

namespace child_process {

/// Starts `file` with `arguments`, without a shell: every argument arrives as it stands.
///
/// A name without a slash is looked for in the PATH of the child's environment. The child starts
/// with default signals, the real-time ones too, an empty signal mask and exactly the descriptors
/// of the options. When spawn returns, the program runs.
/// @throws spawn_error  with errno: ENOENT, EACCES, ENOTDIR, E2BIG, EMFILE, EAGAIN (process limit),
///         EPERM …; nothing is left behind then: no process, no zombie, no descriptor
/// @throws std::invalid_argument  for an empty file name, a name in the environment that is empty
///         or holds '=', or a zero byte in any text
/// @source clone(2), execve(2); Node's child_process.spawn
[[nodiscard]] child spawn(const asio::any_io_executor& executor, const std::string& file,
                          const std::vector<std::string>& arguments = {},
                          const spawn_options& options = spawn_options());

/// The same with the failure in `error`, for callers that branch on it; the result is empty then.
[[nodiscard]] std::optional<child> spawn(const asio::any_io_executor& executor,
                                         const std::string& file,
                                         const std::vector<std::string>& arguments,
                                         const spawn_options& options, std::error_code& error);

}  // namespace child_process
