#include "tests/04-auto-restart/primary_program.hpp"

#include <algorithm>

namespace tests {
namespace {

std::vector<std::string> with_port(std::vector<std::string> flags) {
    if (std::find(flags.begin(), flags.end(), "--port") == flags.end()) {
        flags.insert(flags.begin(), {"--port", "0"});
    }
    return flags;
}

child_process::spawn_options read_outputs() {
    using child_process::stdio;
    child_process::spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::pipe()};
    options.process_group = 0;
    return options;
}

// The number behind `text`.
long number_after(const std::string& line, const std::string& text) {
    const auto at = line.find(text);
    return at == line.npos ? 0 : std::strtol(line.c_str() + at + text.size(), nullptr, 10);
}

}  // namespace

primary_program::primary_program(const asio::any_io_executor& executor, words flags)
    : primary_program(executor, stage_program("04-auto-restart", "restart_primary"),
                      with_port(std::move(flags))) {}

primary_program::primary_program(const asio::any_io_executor& executor, const std::string& program,
                                 words arguments)
    : executor_(executor),
      process_(child_process::spawn(executor, program, arguments, read_outputs())),
      news_(executor) {
    asio::co_spawn(executor, hear(), support::rethrow);
    asio::co_spawn(executor, hear_errors(), support::rethrow);
}

asio::awaitable<void> primary_program::hear() {
    const support::weak_ref self(anchor_);
    for (;;) {
        auto chunk = co_await process_.out().read();
        if (!self) co_return;
        if (!chunk) break;
        rest_ += *chunk;
        std::size_t from = 0;
        for (auto end = rest_.find('\n'); end != rest_.npos; end = rest_.find('\n', from)) {
            take_line(rest_.substr(from, end - from));
            from = end + 1;
        }
        rest_.erase(0, from);
        news_.notify_all();
    }
    --open_ends_;
    news_.notify_all();
}

asio::awaitable<void> primary_program::hear_errors() {
    const support::weak_ref self(anchor_);
    for (;;) {
        auto chunk = co_await process_.err().read();
        if (!self) co_return;
        if (!chunk) break;
        errors_ += *chunk;
        news_.notify_all();
    }
    --open_ends_;
    news_.notify_all();
}

void primary_program::take_line(const std::string& line) {
    lines_.push_back(line);
    const int id = static_cast<int>(number_after(line, "] worker "));
    if (id == 0) return;
    if (line.find(" started, pid ") != line.npos) {
        started_[id] = alive_[id] = static_cast<pid_t>(number_after(line, " started, pid "));
    } else if (line.find(" listens on ") != line.npos) {
        listened_.push_back(id);
        const auto port = line.rfind(':');
        if (port_ == 0) port_ = static_cast<std::uint16_t>(std::stoi(line.substr(port + 1)));
    } else if (const auto how = line.find(") ended: "); how != line.npos) {
        const auto slot = static_cast<int>(number_after(line, "(slot "));
        const auto open = static_cast<std::uint64_t>(number_after(line, ", with "));
        exits_.push_back({id, slot, alive_[id], line.substr(how + 9), open});
        alive_.erase(id);
    }
}

asio::awaitable<void> primary_program::until(std::function<bool()> done) {
    while (!done()) {
        if (open_ends_ == 0) {
            FAIL("the primary has ended; it said at last: "
                 << (lines_.empty() ? "nothing" : lines_.back()) << "\n"
                 << errors_);
        }
        co_await news_.wait();
    }
}

asio::awaitable<void> primary_program::until_said(std::string text, std::size_t times) {
    return until([this, text = std::move(text), times] { return count(text) >= times; });
}

asio::awaitable<void> primary_program::until_listening(std::size_t times) {
    return until([this, times] { return listened_.size() >= times; });
}

asio::awaitable<void> primary_program::until_ended(std::size_t times) {
    return until([this, times] { return exits_.size() >= times; });
}

std::map<int, pid_t> primary_program::serving() const {
    std::map<int, pid_t> result;
    for (const int id : listened_) {
        const auto found = alive_.find(id);
        if (found != alive_.end()) result.insert(*found);
    }
    return result;
}

std::string primary_program::exit_of(int id) const {
    for (const told_exit& each : exits_) {
        if (each.id == id) return each.how;
    }
    return "it has not ended";
}

std::size_t primary_program::count(const std::string& text) const {
    return static_cast<std::size_t>(std::count_if(
        lines_.begin(), lines_.end(), [&](auto& line) { return line.find(text) != line.npos; }));
}

std::size_t primary_program::line_of(const std::string& text) const {
    const auto found = std::find_if(lines_.begin(), lines_.end(),
                                    [&](auto& line) { return line.find(text) != line.npos; });
    return found == lines_.end() ? text.npos : static_cast<std::size_t>(found - lines_.begin());
}

asio::awaitable<child_process::exit_status> primary_program::end() {
    while (open_ends_ > 0) co_await news_.wait();
    co_return co_await process_.wait();
}

asio::awaitable<child_process::exit_status> primary_program::stop(int signal) {
    process_.kill(signal);
    return end();
}

}  // namespace tests
