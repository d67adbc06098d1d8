#include "01-spawn-exec/exec.hpp"

#include <sstream>
#include <utility>

#include "01-spawn-exec/spawn.hpp"
#include "support/timeout.hpp"

namespace child_process {
namespace {

// Keeps what fits. At the first byte more we stop talking to the command: all three streams are
// closed, which also ends the coroutines that wait on the other two.
asio::awaitable<void> collect(pipe_reader& from, std::string& into, bool& cut, std::size_t limit,
                              child& process) {
    while (auto chunk = co_await from.read()) {
        into += *chunk;
        if (into.size() <= limit) continue;
        into.resize(limit);
        cut = true;
        process.in().end();
        process.out().close();
        process.err().close();
    }
}

asio::awaitable<void> feed(child& process, const std::string& input) {
    // A command that does not want all of it (false) is no failure: think of `head -1`.
    static_cast<void>(co_await process.in().write(input));
    process.in().end();
}

// All three streams at once: whichever the command turns to, somebody is there.
asio::awaitable<void> talk(child& process, exec_result& result, const exec_options& options) {
    using namespace asio::experimental::awaitable_operators;
    co_await (feed(process, options.input) &&
              collect(process.out(), result.out, result.out_cut, options.max_buffer, process) &&
              collect(process.err(), result.err, result.err_cut, options.max_buffer, process));
    if (!result.out_cut && !result.err_cut) result.status = co_await process.wait();
}

// The command leads a process group of its own (see as_spawn_options): a shell's death alone would
// not end what it runs. The group's number cannot belong to another before the command is reaped.
void signal_group(const child& process, int signal) {
    if (!process.status()) ::kill(-process.pid(), signal);
}

// Ends the group when the coroutine is destroyed where it waits.
struct group_guard {
    explicit group_guard(const child& leader) : process(leader) {}
    group_guard(const group_guard&) = delete;
    group_guard& operator=(const group_guard&) = delete;
    ~group_guard() { signal_group(process, SIGKILL); }
    const child& process;
};

// Asks, then forces. wait_closed reaps the command only when its outputs have ended, so that until
// then those who hold them can still be signalled.
asio::awaitable<exit_status> stop(child& process, const exec_options& options) {
    signal_group(process, options.kill_signal);
    const auto status = co_await support::with_timeout(process.wait_closed(), options.kill_after);
    if (status) co_return *status;
    signal_group(process, SIGKILL);
    co_return co_await process.wait();
}

asio::awaitable<exec_result> finish(child process, std::string command, exec_options options) {
    const group_guard guard(process);
    exec_result result;
    result.command = std::move(command);
    if (options.timeout.count() == 0) {
        co_await talk(process, result, options);
    } else {
        const bool in_time =
            co_await support::with_timeout(talk(process, result, options), options.timeout);
        result.timed_out = !in_time;
    }
    if (result.timed_out || result.out_cut || result.err_cut) {
        result.status = co_await stop(process, options);
    }
    co_return result;
}

spawn_options as_spawn_options(const exec_options& options) {
    spawn_options result;
    result.cwd = options.cwd;
    result.env = options.env;
    result.process_group = 0;
    return result;
}

}  // namespace

bool exec_result::success() const {
    return status.success() && !timed_out && !out_cut && !err_cut;
}

std::string exec_result::problem() const {
    if (success()) return "";
    std::ostringstream text;
    text << "command failed: " << command << ": ";
    if (timed_out) text << "timed out, ";
    if (out_cut) text << "standard output longer than max_buffer, ";
    if (err_cut) text << "standard error longer than max_buffer, ";
    text << status;
    if (!err.empty()) text << "\n" << err;
    return text.str();
}

asio::awaitable<exec_result> exec(std::string command, exec_options options) {
    spawn_options how = as_spawn_options(options);
    how.shell = true;
    const auto executor = co_await asio::this_coro::executor;
    child process = spawn(executor, command, {}, how);
    co_return co_await finish(std::move(process), std::move(command), std::move(options));
}

asio::awaitable<exec_result> exec_file(std::string file, std::vector<std::string> arguments,
                                       exec_options options) {
    child process =
        spawn(co_await asio::this_coro::executor, file, arguments, as_spawn_options(options));
    std::string command = file;
    for (const std::string& argument : arguments) command += " " + argument;
    co_return co_await finish(std::move(process), std::move(command), std::move(options));
}

std::string quote(std::string_view word) {
    std::string result = "'";
    for (const char c : word) {
        if (c == '\'') {
            result += "'\\''";
        } else {
            result += c;
        }
    }
    return result + "'";
}

}  // namespace child_process
