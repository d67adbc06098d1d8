#include "01-spawn-exec/exec.hpp"

#include <sstream>
#include <utility>

#include "01-spawn-exec/spawn.hpp"
#include "support/timeout.hpp"

namespace child_process {
namespace {

// One command from its start to its end.
//
// It leads a process group of its own (see as_spawn_options): a shell's death alone would not end
// what the shell runs. The group's number cannot belong to another before the command is reaped.
class running_command {
  public:
    running_command(child process, std::string command, exec_options options)
        : process_(std::move(process)), options_(std::move(options)) {
        result_.command = std::move(command);
    }
    running_command(const running_command&) = delete;
    running_command& operator=(const running_command&) = delete;
    /// When the coroutine that waits for it is destroyed where it waits.
    ~running_command() { signal_group(SIGKILL); }

    asio::awaitable<exec_result> finish() {
        if (options_.timeout.count() == 0) {
            co_await talk();
        } else {
            const bool in_time = co_await support::with_timeout(talk(), options_.timeout);
            result_.timed_out = !in_time;
            if (!in_time) signal_group(options_.kill_signal);
        }
        result_.status = co_await end();
        co_return std::move(result_);
    }

  private:
    void signal_group(int signal) {
        if (!process_.status()) ::kill(-process_.pid(), signal);
    }

    // All three streams at once (the && of asio::experimental::awaitable_operators waits for both
    // sides): whichever the command turns to, somebody is there.
    asio::awaitable<void> talk() {
        using namespace asio::experimental::awaitable_operators;
        co_await (feed() && collect(process_.out(), result_.out, result_.out_cut) &&
                  collect(process_.err(), result_.err, result_.err_cut));
        if (!killed()) co_await process_.wait();
    }

    asio::awaitable<void> feed() {
        // A command that does not want all of it (false) is no failure: think of `head -1`.
        static_cast<void>(co_await process_.in().write(options_.input));
        process_.in().end();
    }

    // Keeps what fits. At the first byte more the command is told to end, and we stop talking to
    // it: closing the three streams also ends the coroutines that wait on the other two.
    asio::awaitable<void> collect(pipe_reader& from, std::string& into, bool& cut) {
        while (auto chunk = co_await from.read()) {
            into += *chunk;
            if (into.size() <= options_.max_buffer) continue;
            into.resize(options_.max_buffer);
            cut = true;
            signal_group(options_.kill_signal);
            process_.in().end();
            process_.out().close();
            process_.err().close();
        }
    }

    [[nodiscard]] bool killed() const {
        return result_.timed_out || result_.out_cut || result_.err_cut;
    }

    // Waits for a command that was told to end, and forces it if it takes too long. wait_closed
    // reaps it only when its outputs have ended; until then those who hold them can be signalled.
    asio::awaitable<exit_status> end() {
        if (killed()) {
            const bool ended =
                (co_await support::with_timeout(process_.wait_closed(), options_.kill_after))
                    .has_value();
            if (!ended) signal_group(SIGKILL);
        }
        co_return co_await process_.wait();
    }

    child process_;
    exec_options options_;
    exec_result result_;
};

asio::awaitable<exec_result> finish(child process, std::string command, exec_options options) {
    running_command running(std::move(process), std::move(command), std::move(options));
    co_return co_await running.finish();
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
    if (!err.empty()) text << "\n" << err.substr(0, err.find_last_not_of('\n') + 1);
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
