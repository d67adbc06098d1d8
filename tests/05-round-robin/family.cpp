#include "tests/05-round-robin/family.hpp"

#include <sstream>

namespace tests {
namespace {

std::vector<std::string> with_defaults(std::vector<std::string> arguments) {
    const std::vector<std::string> first{"--port",         "0",     "--first-delay", "0",
                                         "--max-restarts", "100000"};
    arguments.insert(arguments.begin(), first.begin(), first.end());
    return arguments;
}

child_process::spawn_options read_output(child_process::environment more) {
    using child_process::stdio;
    child_process::spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::inherit()};
    more.merge(child_process::current_environment());
    options.env = std::move(more);
    return options;
}

}  // namespace

family::family(const asio::any_io_executor& executor, words arguments)
    : family(executor, stage_program("05-round-robin", "dispatch_primary"),
             with_defaults(std::move(arguments))) {}

family::family(const asio::any_io_executor& executor, const std::string& program, words arguments,
               child_process::environment more)
    : process_(child_process::spawn(executor, program, arguments, read_output(std::move(more)))),
      news_(executor) {
    asio::co_spawn(executor, read(), support::rethrow);
}

asio::awaitable<void> family::read() {
    for (;;) {
        auto chunk = co_await process_.out().read();
        if (!chunk) break;
        output_ += *chunk;
        news_.notify_all();
    }
    ended_ = true;
    news_.notify_all();
}

asio::awaitable<void> family::until(std::string text, int times) {
    while (count(text) < times) {
        if (ended_) FAIL("ended without saying \"" << text << "\": " << output_);
        co_await news_.wait();
    }
}

int family::count(const std::string& text) const {
    int found = 0;
    for (auto at = output_.find(text); at != output_.npos; at = output_.find(text, at + 1)) ++found;
    return found;
}

long family::number_after(const std::string& text) const {
    const auto at = output_.find(text);
    if (at == output_.npos) FAIL("no \"" << text << "\" in: " << output_);
    return std::stol(output_.substr(at + text.size()));
}

std::uint16_t family::port() const {
    const bool as_url = count(" listens on http://") > 0;
    const bool by_port = count(" listens on port ") > 0;
    return static_cast<std::uint16_t>(number_after(as_url    ? " listens on http://127.0.0.1:"
                                                   : by_port ? " listens on port "
                                                             : " listens on 127.0.0.1 "));
}

std::uint64_t family::sum_after(const std::string& text) const {
    std::uint64_t sum = 0;
    for (auto at = output_.find(text); at != output_.npos; at = output_.find(text, at + 1)) {
        sum += std::stoull(output_.substr(at + text.size()));
    }
    return sum;
}

std::map<int, pid_t> family::workers() const {
    std::map<int, pid_t> result;
    std::istringstream lines(output_);
    for (std::string line; std::getline(lines, line);) {
        const auto at = line.find("] worker ");
        if (at == line.npos) continue;
        const int id = std::stoi(line.substr(at + 9));
        const auto pid = line.find(" started, pid ");
        if (pid != line.npos) result[id] = std::stoi(line.substr(pid + 14));
        if (line.find(") ended: ") != line.npos) result.erase(id);
    }
    return result;
}

std::map<int, pid_t> family::listening_workers() const {
    std::map<int, pid_t> result = workers();
    std::erase_if(result, [this](const auto& one) {
        return count("worker " + std::to_string(one.first) + " listens") == 0;
    });
    return result;
}

void family::signal_workers(int signal) const {
    for (const auto& [id, pid] : workers()) ::kill(pid, signal);
}

asio::awaitable<child_process::exit_status> family::stop(int signal) {
    process_.kill(signal);
    while (!ended_) co_await news_.wait();
    co_return co_await process_.wait();
}

}  // namespace tests
