// Asks a server for one page again and again, with many clients at once, and gives an exact account
// in one line of JSON: the load behind the dashboard's button.
//
// Exit codes: 0 every request was answered · 1 some were not · 2 wrong flags
#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "support/async_condition.hpp"
#include "support/environment.hpp"
#include "support/flags.hpp"
#include "support/timeout.hpp"

namespace {

using asio::ip::tcp;
using clock_type = std::chrono::steady_clock;

// A connection stays with one worker, so it is renewed often enough to meet them all.
constexpr int requests_on_a_connection = 10;
constexpr std::chrono::seconds longest_answer{30};

struct settings {
    std::uint16_t port = 0;
    int requests = 1000;
    int clients = 16;
    std::string target = "/";
};

double milliseconds(clock_type::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

class load {
  public:
    load(const asio::any_io_executor& executor, const settings& given)
        : executor_(executor), given_(given), left_(given.requests), news_(executor) {}

    asio::awaitable<void> run() {
        const auto begin = clock_type::now();
        for (clients_ = 0; clients_ < given_.clients; ++clients_) {
            asio::co_spawn(executor_, client(), support::rethrow);
        }
        while (clients_ > 0) co_await news_.wait();
        elapsed_ = clock_type::now() - begin;
    }

    [[nodiscard]] nlohmann::ordered_json account() {
        const auto answered = static_cast<int>(times_.size());
        return {{"requests", given_.requests},
                {"answered", answered},
                {"failed", failed_},
                {"elapsed_ms", rounded(milliseconds(elapsed_))},
                {"requests_per_second", rounded(answered / milliseconds(elapsed_) * 1000)},
                {"p50_ms", percentile(50)},
                {"p99_ms", percentile(99)}};
    }
    [[nodiscard]] bool all_answered() const { return failed_ == 0; }

  private:
    asio::awaitable<void> client() {
        while (left_ > 0) co_await connection();
        --clients_;
        news_.notify_all();
    }

    asio::awaitable<void> connection() {
        tcp::socket socket(executor_);
        const tcp::endpoint server(asio::ip::address_v4::loopback(), given_.port);
        std::string unread;
        for (int n = 1; n <= requests_on_a_connection && left_ > 0; ++n) {
            --left_;
            const auto asked = clock_type::now();
            bool last = n == requests_on_a_connection;
            auto asking = n == 1 ? first_exchange(socket, server, unread, last)
                                 : exchange(socket, unread, last);
            const auto good = co_await support::with_timeout(std::move(asking), longest_answer);
            if (!good.value_or(false)) {
                ++failed_;
                co_return;
            }
            times_.push_back(milliseconds(clock_type::now() - asked));
            if (last) co_return;
        }
    }

    asio::awaitable<bool> first_exchange(tcp::socket& socket, tcp::endpoint server,
                                         std::string& unread, bool& last) {
        const auto [refused] = co_await socket.async_connect(server, support::as_result);
        if (refused) co_return false;
        socket.set_option(tcp::no_delay(true));
        co_return co_await exchange(socket, unread, last);
    }

    // One request and its whole answer; whether it is a good one. `last` goes out as "Connection:
    // close", and comes back as whether the server said so.
    asio::awaitable<bool> exchange(tcp::socket& socket, std::string& unread, bool& last) {
        const std::string request = "GET " + given_.target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
                                    (last ? "Connection: close\r\n\r\n" : "\r\n");
        const auto [unsent, sent] =
            co_await asio::async_write(socket, asio::buffer(request), support::as_result);
        if (unsent) co_return false;
        const auto [cut, head_size] = co_await asio::async_read_until(
            socket, asio::dynamic_buffer(unread), "\r\n\r\n", support::as_result);
        if (cut) co_return false;
        std::string head = unread.substr(0, head_size);
        unread.erase(0, head_size);
        std::transform(head.begin(), head.end(), head.begin(), [](unsigned char each) {
            return each >= 'A' && each <= 'Z' ? static_cast<char>(each + 32)
                                              : static_cast<char>(each);
        });
        const auto body = support::number_in<std::size_t>(field(head, "content-length: "));
        if (!body || !co_await drop(socket, unread, *body)) co_return false;
        last = last || field(head, "connection: ") == "close";
        co_return head.starts_with("http/1.1 2");
    }

    static asio::awaitable<bool> drop(tcp::socket& socket, std::string& unread, std::size_t size) {
        if (unread.size() < size) {
            const auto [cut, count] = co_await asio::async_read(
                socket, asio::dynamic_buffer(unread), asio::transfer_at_least(size - unread.size()),
                support::as_result);
            if (cut) co_return false;
        }
        unread.erase(0, size);
        co_return true;
    }

    static std::string field(const std::string& head, const std::string& name) {
        const auto at = head.find("\r\n" + name);
        if (at == head.npos) return "";
        const auto begin = at + 2 + name.size();
        return head.substr(begin, head.find("\r\n", begin) - begin);
    }

    static double rounded(double value) { return std::round(value * 100) / 100; }

    [[nodiscard]] nlohmann::json percentile(std::size_t percent) {
        if (times_.empty()) return nullptr;
        const auto at =
            times_.begin() + static_cast<std::ptrdiff_t>((times_.size() - 1) * percent / 100);
        std::nth_element(times_.begin(), at, times_.end());
        return rounded(*at);
    }

    asio::any_io_executor executor_;
    settings given_;
    int left_;
    int clients_ = 0;
    int failed_ = 0;
    std::vector<double> times_;  // of the answered requests [milliseconds]
    clock_type::duration elapsed_{};
    support::async_condition news_;
};

asio::awaitable<int> run_load(const settings& given) {
    load all(co_await asio::this_coro::executor, given);
    co_await all.run();
    std::cout << all.account().dump() << std::endl;
    co_return all.all_answered() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("run_load", "Asks a server on 127.0.0.1 for one page, many times.");
    flags.add("port", given.port, "the server's port");
    flags.add("requests", given.requests, "how many requests in all");
    flags.add("clients", given.clients, "how many at a time, each on a connection of its own");
    flags.add("target", given.target, "the page, such as /counter");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.port == 0) return flags.wrong("--port must be given");
    if (given.requests < 1 || given.clients < 1) {
        return flags.wrong("--requests and --clients must be at least 1");
    }
    const bool odd = std::any_of(given.target.begin(), given.target.end(),
                                 [](unsigned char each) { return each <= ' ' || each == 127; });
    if (!given.target.starts_with('/') || odd) return flags.wrong("--target is no path: /...");
    return support::run_program([&] { return run_load(given); });
}
