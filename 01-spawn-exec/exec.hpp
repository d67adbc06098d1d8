// Running a command to its end and collecting what it said.
#pragma once

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "01-spawn-exec/exit_status.hpp"
#include "01-spawn-exec/spawn_options.hpp"
#include "support/asio.hpp"

namespace child_process {

struct exec_options {
    std::optional<std::string> cwd;
    std::optional<environment> env;  ///< replaces ours, as in spawn_options
    std::string input;               ///< what the command reads; it sees the end of file after it
    std::chrono::milliseconds timeout{};  ///< how long it may take until kill_signal; 0 is no limit
    int kill_signal = SIGTERM;  ///< sent at the timeout, or when an output grows past max_buffer
    std::chrono::milliseconds kill_after{5000};  ///< how long after kill_signal SIGKILL follows
    std::size_t max_buffer = 1024 * 1024;        ///< most that is kept of each output [bytes]
};

/// What came of a command.
struct exec_result {
    std::string command;  ///< as it was asked for
    exit_status status = exit_status::exited(0);
    std::string out;  ///< standard output, cut exactly at max_buffer
    std::string err;  ///< standard error, the same
    bool timed_out = false;
    bool out_cut = false;  ///< there was more standard output than max_buffer, and the command was
                           ///< killed for it
    bool err_cut = false;

    /// Exit code 0, in time, and complete.
    [[nodiscard]] bool success() const;
    /// What went wrong in words, "command failed: rm gone: code 1" and what it said on standard
    /// error; empty on success.
    [[nodiscard]] std::string problem() const;
};

/// Has /bin/sh run `command`: pipes, quotes, `$NAME` and `;` mean what they mean in a shell. Never
/// put text from outside into it unless it went through quote(); or use exec_file.
///
/// Both outputs are read at the same time, whatever comes first. The command has ended when it
/// completes; a process that it left behind with the outputs in its hands delays that until the
/// timeout. Command and what it starts are a process group of their own: the signals of `options`
/// reach all of it, Ctrl-C at the terminal does not.
/// @throws spawn_error if it could not be started; an exit code other than 0 is a result, not an
///         exception
/// @cancel kills the group (SIGKILL)
/// @source Node's child_process.exec
[[nodiscard]] asio::awaitable<exec_result> exec(std::string command,
                                                exec_options options = exec_options());

/// Runs `file` without a shell: every argument arrives as it stands, `$HOME`, `;` and all. Else as
/// exec.
[[nodiscard]] asio::awaitable<exec_result> exec_file(std::string file,
                                                     std::vector<std::string> arguments = {},
                                                     exec_options options = exec_options());

/// `word` in quotes, so that a shell takes it for one literal word.
[[nodiscard]] std::string quote(std::string_view word);

}  // namespace child_process
