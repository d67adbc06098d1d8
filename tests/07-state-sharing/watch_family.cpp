#include "tests/07-state-sharing/watch_family.hpp"

#include <algorithm>
#include <sstream>

#include "07-state-sharing/state_message.hpp"

namespace tests {

watch_family::watch_family(const asio::any_io_executor& executor, const std::string& kind)
    : news_(executor), primary_(executor), relay_(executor, primary_) {
    cluster::setup setup;
    setup.program = program("watches_as_told");
    setup.arguments = {kind, file()};
    setup.silent = true;
    primary_.setup(setup);
    primary_.on_message(
        [this](cluster::worker& from, const json& message, auto) { take(from.id(), message); });
    primary_.on_exit([this](auto& gone, auto) {
        std::ostringstream report;
        report << gone.report();
        ends_[gone.id()] = report.str();
        news_.notify_all();
    });
}

void watch_family::take(int id, const json& message) {
    if (message.is_object() && message.contains("heard") && message["heard"].is_string()) {
        heard_[id][message["heard"].get<std::string>()].push_back(message["value"]);
    } else if (!state::state_message_in(message)) {
        answers_[id].push_back(message);
    }
    news_.notify_all();
}

asio::awaitable<void> watch_family::start(int workers) {
    std::vector<int> ids;
    for (int n = 0; n < workers; ++n) ids.push_back(start_one());
    tell(ids.front(), {{"set", "w/start"}, {"value", true}});
    co_await until_heard(ids, "w/start", true);
    // Then nothing about the store is on its way: a worker answers the primary's last message about
    // it one turn of its loop after it has come, and the second echo after that.
    for (int times = 0; times < 2; ++times) {
        for (const int id : ids) {
            tell(id, {{"echo", times}});
            co_await answer(id, "echo");
        }
    }
}

void watch_family::tell(int id, const json& order) {
    if (!worker(id).send(order)) FAIL("worker " << id << " takes no message");
}

asio::awaitable<void> watch_family::until(std::function<bool()> done) {
    while (!done()) co_await news_.wait();
}

asio::awaitable<void> watch_family::until_dead(int id) {
    while (primary_.find(id) != nullptr) co_await news_.wait();
}

asio::awaitable<void> watch_family::until_heard(std::vector<int> ids, std::string key, json value) {
    for (const int id : ids) {
        const auto& values = heard(id, key);
        while (std::find(values.begin(), values.end(), value) == values.end()) {
            static_cast<void>(worker(id));  // not if it has gone
            co_await news_.wait();
        }
    }
}

std::size_t watch_family::answers(int id, const std::string& member) {
    const auto& all = answers_[id];
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const json& each) { return each.contains(member); }));
}

asio::awaitable<json> watch_family::answer(int id, std::string member) {
    for (;;) {
        auto& all = answers_[id];
        const auto found = std::find_if(all.begin(), all.end(), [&](const json& each) {
            return each.is_object() && each.contains(member);
        });
        if (found != all.end()) {
            json result = (*found)[member];
            all.erase(found);
            co_return result;
        }
        static_cast<void>(worker(id));
        co_await news_.wait();
    }
}

std::size_t watch_family::known(int id) const {
    const auto of = heard_.find(id);
    if (of == heard_.end()) return 0;
    return static_cast<std::size_t>(
        std::count_if(of->second.begin(), of->second.end(),
                      [](const auto& each) { return !each.second.back().is_null(); }));
}

cluster::worker& watch_family::worker(int id) {
    cluster::worker* found = primary_.find(id);
    if (found == nullptr) FAIL("worker " << id << " has gone: " << ends_[id]);
    return *found;
}

}  // namespace tests
