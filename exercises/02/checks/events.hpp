// What a channel gives and what its peer gets, told in words.
#pragma once

#include "exercises/02/checks/peers.hpp"
#include "support/timeout.hpp"
#include "tests/02-fork-ipc/channels.hpp"

namespace kit {

inline constexpr std::chrono::seconds patience_of_a_check{5};

/// Reads until the end comes, or for as long as something comes.
inline asio::awaitable<bool> drain_all(int fd, std::string& arrived) {
    for (int quiet = 0; quiet < 100; ++quiet) {
        const auto before = arrived.size();
        if (drain(fd, arrived)) co_return true;
        if (arrived.size() > before) quiet = 0;
        co_await tests::settle();
    }
    co_return false;
}

/// What receive() does next, in a few words.
inline asio::awaitable<std::string> next_event(child_process::channel& from) {
    try {
        const auto limited = co_await support::with_timeout(from.receive(), patience_of_a_check);
        if (!limited) co_return "nothing for 5 s";
        co_return *limited ? "the message " + (*limited)->dump() : "the end";
    } catch (const std::system_error& error) {
        if (error.code().category() != child_process::channel_category()) {
            co_return std::string("an error of another kind: ") + error.what();
        }
        const auto end_inside = error.code() == child_process::channel_errc::truncated;
        co_return end_inside ? "the error 'truncated'" : "the error 'malformed'";
    }
}

inline asio::awaitable<std::vector<std::string>> next_events(child_process::channel& from,
                                                             std::size_t count) {
    std::vector<std::string> events;
    while (events.size() < count) {
        events.push_back(co_await next_event(from));
        if (events.back() == "nothing for 5 s") break;
    }
    co_return events;
}

inline std::string in_order(const std::vector<std::string>& events) {
    std::string all;
    for (const std::string& event : events) all += (all.empty() ? "" : ", then ") + event;
    return all;
}

}  // namespace kit
