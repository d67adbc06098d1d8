// A connection_counter whose peer is the test.
#pragma once

#include "03-handle-passing/connection_counter.hpp"
#include "tests/03-handle-passing/channels.hpp"

namespace tests {

/// A counter whose peer is the test.
struct counted {
    explicit counted(const asio::any_io_executor& executor)
        : counter(
              executor, [this](std::string_view line) { asked.emplace_back(line); },
              [this](std::string_view line) { answered.emplace_back(line); }) {}

    std::vector<std::string> asked;
    std::vector<std::string> answered;
    child_process::connection_counter counter;
};

inline const json get_count = json::parse(R"({"cmd":"NODE_SOCKET_GET_COUNT","key":"k"})");
inline const json notify_close = json::parse(R"({"cmd":"NODE_SOCKET_NOTIFY_CLOSE","key":"k"})");
inline const json all_closed = json::parse(R"({"cmd":"NODE_SOCKET_ALL_CLOSED","key":"k"})");
inline const std::string all_closed_line = "{\"cmd\":\"NODE_SOCKET_ALL_CLOSED\",\"key\":\"k\"}\n";

inline const json count_is_5 = json::parse(R"({"cmd":"NODE_SOCKET_COUNT","key":"k","count":5})");

template <class Result>
void start(const asio::any_io_executor& executor, asio::awaitable<Result> question,
           std::optional<Result>& to) {
    auto wait = [](asio::awaitable<Result> inner,
                   std::optional<Result>& result) -> asio::awaitable<void> {
        result = co_await std::move(inner);
    };
    asio::co_spawn(executor, wait(std::move(question), to), asio::detached);
}

}  // namespace tests
