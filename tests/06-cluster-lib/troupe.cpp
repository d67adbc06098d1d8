#include "tests/06-cluster-lib/troupe.hpp"

#include <algorithm>
#include <sstream>

#include "support/timeout.hpp"

namespace tests {
namespace {

cluster::setup with_program(cluster::setup changes, const std::string& name) {
    // What the workers say belongs into the record, not into the test's output.
    if (!changes.silent) changes.silent = true;
    changes.program = name.find('/') == name.npos ? program(name) : name;
    return changes;
}

std::string line(const char* event, const cluster::worker& worker) {
    return std::string(event) + " " + std::to_string(worker.id());
}

std::uint64_t open_connections(const cluster::primary& primary) {
    std::uint64_t sum = 0;
    for (const cluster::worker* each : primary.workers()) sum += each->connections();
    return sum;
}

bool begins(const std::string& text, const std::string& start) {
    return text.compare(0, start.size(), start) == 0;
}

}  // namespace

troupe::troupe(const asio::any_io_executor& executor, const std::string& program,
               cluster::setup changes)
    : news_(executor), primary_(executor) {
    primary_.setup(with_program(std::move(changes), program));
    primary_.on_setup([this](const auto&) { write("setup"); });
    primary_.on_fork([this](auto& worker) { write(line("fork", worker)); });
    primary_.on_online([this](auto& worker) { write(line("online", worker)); });
    primary_.on_listening([this](auto& worker, const auto& where) {
        addresses_[worker.id()] = where;
        write(line("listening", worker));
    });
    primary_.on_suicide([this](auto& worker, const std::string& reason) {
        write(line("suicide", worker) + ": " + reason);
    });
    primary_.on_disconnect([this](auto& worker) { write(line("disconnect", worker)); });
    primary_.on_exit([this](auto& worker, child_process::exit_status status) {
        std::ostringstream text;
        text << line("exit", worker) << ": " << status
             << (worker.exited_after_disconnect() ? ", wanted" : "");
        write(text.str());
    });
    primary_.on_reload(
        [this](const auto& failure) { write("reload: " + failure.value_or("done")); });
    primary_.on_give_up([this](const std::string& reason) { write("give up: " + reason); });
    primary_.on_message([this](auto& worker, const json& message, auto) {
        inbox_[worker.id()].push_back(message);
        news_.notify_all();
    });
    primary_.on_output([this](auto&, int fd, std::string_view text) {
        output_[fd] += text;
        news_.notify_all();
    });
}

void troupe::write(const std::string& line) {
    record_.push_back(line);
    news_.notify_all();
}

std::vector<std::string> troupe::record_of(int id) const {
    const std::string number = " " + std::to_string(id);
    std::vector<std::string> result;
    for (const std::string& each : record_) {
        const auto at = each.find(number);
        if (at == each.npos || at != each.find(' ')) continue;
        const std::string rest = each.substr(at + number.size());
        if (rest.empty() || rest[0] == ':') result.push_back(each.substr(0, at) + rest);
    }
    return result;
}

int troupe::count(const std::string& line_begins) const {
    return static_cast<int>(std::count_if(record_.begin(), record_.end(), [&](const auto& each) {
        return begins(each, line_begins);
    }));
}

bool troupe::has(const std::string& line) const {
    return std::find(record_.begin(), record_.end(), line) != record_.end();
}

asio::awaitable<void> troupe::until(std::function<bool()> done) {
    while (!done()) co_await news_.wait();
}

asio::awaitable<void> troupe::until_recorded(std::string line_begins, int times) {
    while (count(line_begins) < times) co_await news_.wait();
}

asio::awaitable<void> troupe::until_open(std::uint64_t connections) {
    while (open_connections(primary_) != connections) co_await support::pause(5ms);
}

asio::awaitable<std::vector<int>> troupe::start(int workers) {
    std::vector<int> ids;
    for (int n = 0; n < workers; ++n) ids.push_back(primary_.fork().id());
    for (const int id : ids) co_await until_recorded("online " + std::to_string(id));
    co_return ids;
}

void troupe::tell(int id, const json& message) {
    if (!worker(id).send(message)) FAIL("worker " << id << " takes no message");
}

asio::awaitable<json> troupe::answer(int id) {
    while (inbox_[id].empty()) {
        if (primary_.find(id) == nullptr) co_return nullptr;
        co_await news_.wait();
    }
    json first = std::move(inbox_[id].front());
    inbox_[id].pop_front();
    co_return first;
}

asio::awaitable<json> troupe::ask(int id, json message) {
    tell(id, message);
    co_return co_await answer(id);
}

asio::awaitable<std::vector<json>> troupe::ask_all(std::vector<int> ids, json message) {
    std::vector<json> answers;
    for (const int id : ids) {
        json each = co_await ask(id, message);
        answers.push_back(std::move(each));
    }
    co_return answers;
}

cluster::worker& troupe::worker(int id) {
    cluster::worker* found = primary_.find(id);
    if (found == nullptr) FAIL("worker " << id << " has gone");
    return *found;
}

const cluster::listening_address& troupe::address(int id) const {
    const auto found = addresses_.find(id);
    if (found == addresses_.end()) FAIL("worker " << id << " has not listened");
    return found->second;
}

json listen_on(json options) {
    json message;
    message["listen"] = std::move(options);
    return message;
}

json close_of(const json& port) {
    json message;
    message["close"] = port;
    return message;
}

}  // namespace tests
