// Many clients that never come to the end of their requests.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/asio.hpp"
#include "support/syscall.hpp"
#include "support/timeout.hpp"
#include "support/unique_fd.hpp"

namespace tests {

/// As many descriptors as this process may have at all, for as long as this lives.
class many_descriptors {
  public:
    many_descriptors() {
        support::check("getrlimit", ::getrlimit(RLIMIT_NOFILE, &before_));
        rlimit most = before_;
        most.rlim_cur = most.rlim_max;
        support::check("setrlimit", ::setrlimit(RLIMIT_NOFILE, &most));
    }
    ~many_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    many_descriptors(const many_descriptors&) = delete;
    many_descriptors& operator=(const many_descriptors&) = delete;

  private:
    rlimit before_{};
};

/// Clients that send a byte of their head every 200 ms, spread over that time, until each is cut.
class slow_crowd {
  public:
    /// @param port  of 127.0.0.1
    slow_crowd(std::uint16_t port, std::size_t size) : port_(port), clients_(size) {}

    /// Connects them all, has them trickle, and waits until the last of them is cut.
    asio::awaitable<void> until_cut() {
        asio::steady_timer timer(co_await asio::this_coro::executor,
                                 std::chrono::steady_clock::now());
        for (std::size_t turn = 0; cut_ < clients_.size(); turn = (turn + 1) % turns) {
            for (std::size_t i = turn; i < clients_.size(); i += turns) take_turn(clients_[i]);
            timer.expires_at(timer.expiry() + pause);
            co_await timer.async_wait(support::as_result);
        }
    }

    /// How many of them are connected and not cut.
    [[nodiscard]] std::size_t connected() const { return connected_; }
    /// How often each status was the answer; 0 for none.
    [[nodiscard]] const std::map<int, int>& answers() const { return answers_; }
    /// From its connection to its end, of the client that lasted longest.
    [[nodiscard]] std::chrono::milliseconds longest() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(longest_);
    }

  private:
    using clock = std::chrono::steady_clock;
    static constexpr std::size_t turns = 20;
    static constexpr std::chrono::milliseconds pause{10};

    struct client {
        support::unique_fd fd;
        clock::time_point since;
        std::size_t said = 0;
        std::string answer;
        bool over = false;
    };

    void take_turn(client& one) {
        if (one.over) return;
        if (!one.fd) return connect(one);
        std::array<char, 1024> part{};
        const ssize_t size = ::recv(one.fd.get(), part.data(), part.size(), MSG_DONTWAIT);
        if (size > 0) one.answer.append(part.data(), static_cast<std::size_t>(size));
        if (size > 0 || (size < 0 && errno == EAGAIN)) return say(one);
        ++answers_[one.answer.size() < 12 ? 0 : std::stoi(one.answer.substr(9, 3))];
        longest_ = std::max(longest_, clock::now() - one.since);
        one.over = true;
        one.fd.reset();
        ++cut_;
        --connected_;
    }

    // One turn's clients are few enough for the queue of the listening socket.
    void connect(client& one) {
        one.fd.reset(support::check(
            "socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port_);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const auto* generic = reinterpret_cast<const sockaddr*>(&address);
        const int result = ::connect(one.fd.get(), generic, sizeof address);
        if (result < 0 && errno != EINPROGRESS) support::check("connect", result);
        one.since = clock::now();
        ++connected_;
        say(one);
    }

    static void say(client& one) {
        const std::string_view begin = "GET / HTTP/1.1\r\nX: ";
        const char next = one.said < begin.size() ? begin[one.said] : 'x';
        if (::send(one.fd.get(), &next, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1) ++one.said;
    }

    std::uint16_t port_;
    std::vector<client> clients_;
    std::size_t cut_ = 0;
    std::size_t connected_ = 0;
    std::map<int, int> answers_;
    clock::duration longest_{};
};

}  // namespace tests
