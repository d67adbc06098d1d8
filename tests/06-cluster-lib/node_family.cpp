#include "tests/06-cluster-lib/node_family.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sstream>

#include "support/syscall.hpp"

namespace tests {
namespace {

child_process::spawn_options read_output(child_process::environment more) {
    using child_process::stdio;
    child_process::spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::inherit()};
    more.merge(child_process::current_environment());
    options.env = std::move(more);
    return options;
}

}  // namespace

node_family::node_family(const asio::any_io_executor& executor, const std::string& program,
                         words arguments, child_process::environment more)
    : process_(child_process::spawn(executor, program, arguments, read_output(std::move(more)))),
      news_(executor) {
    asio::co_spawn(executor, read(), support::rethrow);
}

asio::awaitable<void> node_family::read() {
    for (;;) {
        auto chunk = co_await process_.out().read();
        if (!chunk) break;
        output_ += *chunk;
        news_.notify_all();
    }
    ended_ = true;
    news_.notify_all();
}

asio::awaitable<void> node_family::until(std::string text, int times) {
    while (count(text) < times) {
        if (ended_) FAIL("ended without saying \"" << text << "\": " << output_);
        co_await news_.wait();
    }
}

int node_family::count(const std::string& text) const {
    int found = 0;
    for (auto at = output_.find(text); at != output_.npos; at = output_.find(text, at + 1)) ++found;
    return found;
}

long node_family::number_after(const std::string& text) const {
    const auto at = output_.find(text);
    if (at == output_.npos) FAIL("no \"" << text << "\" in: " << output_);
    return std::stol(output_.substr(at + text.size()));
}

std::uint16_t node_family::port() const {
    const bool as_url = count(" listens on http://") > 0;
    const bool by_port = count(" listens on port ") > 0;
    return static_cast<std::uint16_t>(number_after(as_url    ? " listens on http://127.0.0.1:"
                                                   : by_port ? " listens on port "
                                                             : " listens on 127.0.0.1 "));
}

std::map<int, pid_t> node_family::workers() const {
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

asio::awaitable<child_process::exit_status> node_family::stop(int signal) {
    process_.kill(signal);
    while (!ended_) co_await news_.wait();
    co_return co_await process_.wait();
}

watched_end::watched_end(pid_t pid) : pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}

bool watched_end::comes() const {
    if (!pidfd_) return true;  // it had ended already
    pollfd ended{pidfd_.get(), POLLIN, 0};
    const auto limit = std::chrono::milliseconds(patience);
    return support::retry([&] { return ::poll(&ended, 1, static_cast<int>(limit.count())); }) == 1;
}

node_family::words over_node_app(const std::string& script, const std::string& policy,
                                 node_family::words arguments) {
    node_family::words result{
        "--workers", "2",      "--policy",
        policy,      "--port", "0",
        "--",        "node",   source_file("tests/06-cluster-lib/node/" + script)};
    result.insert(result.end(), arguments.begin(), arguments.end());
    return result;
}

std::string run_cluster_program() {
    return stage_program("06-cluster-lib", "run_cluster");
}

}  // namespace tests
