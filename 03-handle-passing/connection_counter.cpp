#include "03-handle-passing/connection_counter.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace child_process {
namespace {

std::string line_about(const std::string& key, const char* cmd,
                       std::optional<std::size_t> count = std::nullopt) {
    std::string line = std::string(R"({"cmd":")") + cmd + R"(","key":)" + encode(key);
    line.pop_back();  // encode()'s newline
    if (count) line += R"(,"count":)" + std::to_string(*count);
    return line + "}\n";
}

}  // namespace

connection_ticket::connection_ticket(const support::weak_ref<connection_counter>& counter,
                                     std::string key)
    : counter_(counter), key_(std::move(key)) {}

connection_ticket::connection_ticket(connection_ticket&& other) noexcept
    : counter_(std::exchange(other.counter_, {})), key_(std::move(other.key_)) {}

connection_ticket& connection_ticket::operator=(connection_ticket&& other) noexcept {
    if (this != &other) {
        if (counter_) counter_->closed(key_);
        counter_ = std::exchange(other.counter_, {});
        key_ = std::move(other.key_);
    }
    return *this;
}

connection_ticket::~connection_ticket() {
    if (counter_) counter_->closed(key_);
}

connection_counter::connection_counter(const asio::any_io_executor& executor, say_line ask,
                                       say_line answer)
    : ask_(std::move(ask)), answer_(std::move(answer)), news_(executor) {}

connection_ticket connection_counter::opened(const std::string& key) {
    if (key.empty()) return {};
    ++held_[key].open;
    return {support::weak_ref(anchor_), key};
}

void connection_counter::closed(const std::string& key) {
    const auto found = held_.find(key);
    if (found == held_.end() || --found->second.open > 0) return;
    const bool owner_waits = found->second.owner_waits;
    held_.erase(found);
    if (owner_waits && !ended_) answer_(line_about(key, "NODE_SOCKET_ALL_CLOSED"));
}

bool connection_counter::take(const json& message) {
    const auto cmd = message.find("cmd");
    const auto named = message.find("key");
    if (cmd == message.end() || named == message.end() || !named->is_string()) return false;
    const auto& key = named->get_ref<const std::string&>();
    const auto found = held_.find(key);
    if (*cmd == "NODE_SOCKET_GET_COUNT") {
        const std::size_t open = found != held_.end() ? found->second.open : 0;
        answer_(line_about(key, "NODE_SOCKET_COUNT", open));
    } else if (*cmd == "NODE_SOCKET_NOTIFY_CLOSE") {
        if (found == held_.end()) {
            answer_(line_about(key, "NODE_SOCKET_ALL_CLOSED"));
        } else {
            found->second.owner_waits = true;
        }
    } else if (*cmd == "NODE_SOCKET_COUNT") {
        const auto count = message.find("count");
        const bool valid = count != message.end() && count->is_number_unsigned();
        answered(counts_, key, valid ? count->get<std::size_t>() : 0);
    } else if (*cmd == "NODE_SOCKET_ALL_CLOSED") {
        answered(goodbyes_, key, 0);
    } else {
        return false;
    }
    return true;
}

void connection_counter::answered(questions& asked, const std::string& key, std::size_t value) {
    const auto found = asked.find(key);
    if (found == asked.end()) return;
    found->second.answer = value;
    news_.notify_all();
}

void connection_counter::end() {
    ended_ = true;
    news_.notify_all();
}

asio::awaitable<std::optional<std::size_t>> connection_counter::count(std::string key) {
    return ask("NODE_SOCKET_GET_COUNT", counts_, std::move(key));
}

asio::awaitable<bool> connection_counter::until_none(std::string key) {
    co_return (co_await ask("NODE_SOCKET_NOTIFY_CLOSE", goodbyes_, std::move(key))).has_value();
}

asio::awaitable<std::optional<std::size_t>> connection_counter::ask(const char* cmd,
                                                                    questions& asked,
                                                                    std::string key) {
    // Forgets the question when its last waiter leaves, also when that was cancelled.
    struct waiting {
        support::weak_ref<connection_counter> counter;
        questions& asked;
        const std::string& key;
        ~waiting() {
            if (counter && --asked[key].waiters == 0) asked.erase(key);
        }
    };
    if (ended_) co_return std::nullopt;
    if (++asked[key].waiters == 1) ask_(line_about(key, cmd));
    const waiting guard{support::weak_ref(anchor_), asked, key};
    while (guard.counter && !ended_ && !asked[key].answer) co_await news_.wait();
    if (!guard.counter) co_return std::nullopt;
    co_return asked[key].answer;
}

}  // namespace child_process
