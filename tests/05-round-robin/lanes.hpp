// What the tests of the connection lane share: its two ends, and either of them played by the test.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "05-round-robin/lane_receiver.hpp"
#include "05-round-robin/lane_sender.hpp"
#include "support/async_condition.hpp"
#include "tests/03-handle-passing/channels.hpp"

namespace tests {

using cluster::lane_record;
using cluster::lane_word;

inline constexpr ssize_t record_size = sizeof(lane_record);

/// The primary's end, with what it was told: "0:8/8" for offer 0, of which 8 of 8 were taken;
/// "0:unknown"; "room 5" of listener 5.
struct told_sender {
    told_sender(const asio::any_io_executor& executor, unique_fd end, std::uint32_t first = 0)
        : news(executor),
          lane(std::make_unique<cluster::lane_sender>(
              executor, std::move(end), [this](auto reports) { log(reports); },
              [this](std::error_code error) {
                  ended = error;
                  news.notify_all();
              },
              first)) {}

    void log(std::span<const cluster::lane_report> reports) {
        for (const auto& each : reports) {
            if (each.word == lane_word::room) {
                told.push_back("room " + std::to_string(each.listener));
            } else if (each.word == lane_word::unknown_listener) {
                told.push_back(std::to_string(each.sequence) + ":unknown");
            } else {
                told.push_back(std::to_string(each.sequence) + ":" + std::to_string(each.taken) +
                               "/" + std::to_string(each.offered));
            }
        }
        news.notify_all();
        if (on_reports) on_reports();
    }

    /// Quiet answers are news as well.
    void listen() {
        if (lane) lane->wake_at_answer();
    }

    support::async_condition news;
    std::vector<std::string> told;
    std::optional<std::error_code> ended;
    std::function<void()> on_reports;
    std::unique_ptr<cluster::lane_sender> lane;
};

/// A worker's end, with what it got. Takes everything unless told otherwise.
struct told_receiver {
    told_receiver(const asio::any_io_executor& executor, unique_fd end) : news(executor) {
        cluster::lane_receiver::handlers handlers;
        handlers.on_offer = [this](const cluster::lane_offer& offer) {
            offers.push_back(offer);
            cluster::lane_answer result = answer ? answer(offer) : all_of(offer);
            news.notify_all();
            return result;
        };
        handlers.on_connections = [this](std::uint32_t, std::span<unique_fd> arrived) {
            for (unique_fd& each : arrived) got.push_back(std::move(each));
            news.notify_all();
            if (on_connections) on_connections();
        };
        handlers.on_end = [this](std::error_code error) {
            ended = error;
            news.notify_all();
        };
        lane =
            std::make_unique<cluster::lane_receiver>(executor, std::move(end), std::move(handlers));
    }

    [[nodiscard]] static cluster::lane_answer all_of(const cluster::lane_offer& offer) {
        return {true, offer.arrived};
    }
    void listen() {}

    support::async_condition news;
    std::vector<cluster::lane_offer> offers;
    std::vector<unique_fd> got;
    std::optional<std::error_code> ended;
    std::function<cluster::lane_answer(const cluster::lane_offer&)> answer;
    std::function<void()> on_connections;
    std::unique_ptr<cluster::lane_receiver> lane;
};

/// Waits until `done` holds; it is looked at each time `end` hears something.
template <class End>
asio::awaitable<void> until(End& end, std::function<bool()> done) {
    while (!done()) {
        end.listen();
        if (!done()) co_await end.news.wait();
    }
}

/// The board that a peer played by the test gets first of all.
inline cluster::answer_board board_from(int socket) {
    std::deque<unique_fd> arrived;
    std::array<char, record_size> bytes{};
    REQUIRE(child_process::receive_with_descriptors(socket, bytes, arrived) == record_size);
    REQUIRE(cluster::record_of(bytes.data()).word == lane_word::board);
    REQUIRE(arrived.size() == 1);
    return cluster::answer_board::map(std::move(arrived.front()));
}

/// The primary's end; the worker is played by the test.
struct sender_alone {
    explicit sender_alone(const asio::any_io_executor& executor,
                          support::socket_pair pair = support::make_socket_pair())
        : primary(executor, std::move(pair.first)),
          peer(std::move(pair.second)),
          board(board_from(peer.get())) {}
    told_sender primary;
    unique_fd peer;
    cluster::answer_board board;
};

/// The worker's end; the primary is played by the test.
struct receiver_alone {
    explicit receiver_alone(const asio::any_io_executor& executor,
                            support::socket_pair pair = support::make_socket_pair())
        : worker(executor, std::move(pair.second)), peer(std::move(pair.first)) {}
    told_receiver worker;
    unique_fd peer;
};

/// The error with which an end of a lane ended.
template <class End>
asio::awaitable<std::error_code> error_of(End& end) {
    co_await until(end, [&end] { return end.ended.has_value(); });
    co_return *end.ended;
}

/// TCP connections, accepted; each with its client.
struct accepted_connections {
    explicit accepted_connections(std::size_t count) {
        for (std::size_t n = 0; n < count; ++n) {
            pairs.push_back(make_tcp_pair());
            fds.push_back(pairs.back().accepted.get());
        }
    }
    std::vector<tcp_pair> pairs;
    std::vector<int> fds;
};

/// What a peer played by the test writes: a record, with `fds` if there are any.
inline void write_record(int socket, const lane_record& record, const std::vector<int>& fds = {}) {
    const auto bytes = cluster::bytes_of(record);
    if (!fds.empty()) return send_with_many(socket, bytes, fds);
    REQUIRE(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == record_size);
}

/// Writes until the socket takes no more.
inline void fill(int socket) {
    const std::string much(4096, '\0');
    while (::send(socket, much.data(), much.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) continue;
    while (::send(socket, much.data(), 1, MSG_DONTWAIT | MSG_NOSIGNAL) > 0) continue;
}

/// The next record that a peer played by the test has got; blocks.
inline lane_record read_record(int socket) {
    std::array<char, record_size> bytes{};
    REQUIRE(::recv(socket, bytes.data(), bytes.size(), MSG_WAITALL) ==
            static_cast<ssize_t>(bytes.size()));
    return cluster::record_of(bytes.data());
}

}  // namespace tests
