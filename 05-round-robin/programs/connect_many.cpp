// Asks a server for one page on many connections, a number of them at a time, and says on standard
// output who answered how often, as one line of JSON. A small siege for compare_scheduling.
//
// Exit codes: 0 all were answered · 1 some were not · 2 wrong flags
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "support/async_condition.hpp"
#include "support/flags.hpp"

namespace {

using asio::ip::tcp;

struct settings {
    std::uint16_t port = support::default_port();
    int connections = 200;
    int at_once = 100;
};

class crowd {
  public:
    crowd(const asio::any_io_executor& executor, settings given)
        : given_(given), left_(given.connections), done_(executor) {}

    asio::awaitable<int> run() {
        const auto executor = co_await asio::this_coro::executor;
        const auto begin = std::chrono::steady_clock::now();
        for (int n = 0; n < given_.at_once; ++n) {
            ++clients_;
            asio::co_spawn(executor, client(), support::rethrow);
        }
        while (clients_ > 0) co_await done_.wait();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        const nlohmann::json result{
            {"seconds", took.count()}, {"failed", failed_}, {"answers", answers_}};
        std::cout << result << std::endl;
        co_return failed_ == 0 ? 0 : 1;
    }

  private:
    asio::awaitable<void> client() {
        while (left_-- > 0) {
            const std::string answer = co_await ask();
            if (answer.empty())
                ++failed_;
            else
                ++answers_[answer];
        }
        --clients_;
        done_.notify_all();
    }

    // The body's first words, up to a comma: "worker 3". Empty if the request failed.
    asio::awaitable<std::string> ask() {
        tcp::socket socket(co_await asio::this_coro::executor);
        const tcp::endpoint where(asio::ip::address_v4::loopback(), given_.port);
        const auto [refused] = co_await socket.async_connect(where, support::as_result);
        if (refused) co_return "";
        const std::string request =
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        co_await asio::async_write(socket, asio::buffer(request), support::as_result);
        std::string response;
        auto room = asio::dynamic_buffer(response);
        co_await asio::async_read(socket, room, support::as_result);
        const auto body = response.find("\r\n\r\n");
        if (!response.starts_with("HTTP/1.1 200") || body == std::string::npos) co_return "";
        const std::string text = response.substr(body + 4);
        co_return text.substr(0, text.find_first_of(",\n"));
    }

    settings given_;
    int left_;
    int clients_ = 0;
    int failed_ = 0;
    std::map<std::string, int> answers_;
    support::async_condition done_;
};

asio::awaitable<int> ask_all(settings given) {
    crowd clients(co_await asio::this_coro::executor, given);
    co_return co_await clients.run();
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("connect_many", "Asks for one page on many connections.");
    flags.add("port", given.port, "port of 127.0.0.1");
    flags.add("connections", given.connections, "how many connections, one request each");
    flags.add("at-once", given.at_once, "how many of them at a time");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.connections < 1 || given.at_once < 1) {
        return flags.wrong("--connections and --at-once must be at least 1");
    }
    return support::run_program([&] { return ask_all(given); });
}
