#include "tests/07-state-sharing/whole_cluster.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "support/timeout.hpp"

namespace tests {
namespace {

using asio::ip::tcp;

std::string bytes_of(const question& asked, std::uint16_t port) {
    std::string bytes = asked.line + " HTTP/1.1\r\n";
    auto headers = asked.headers;
    headers.try_emplace("Host", "127.0.0.1:" + std::to_string(port));
    headers.try_emplace("Connection", "close");
    if (!asked.body.empty()) headers["Content-Length"] = std::to_string(asked.body.size());
    for (const auto& [name, value] : headers) {
        bytes += name;
        bytes += ": ";
        bytes += value;
        bytes += "\r\n";
    }
    return bytes + "\r\n" + asked.body;
}

asio::awaitable<std::string> exchange_bytes(std::uint16_t port, std::string bytes) {
    tcp::socket socket(co_await asio::this_coro::executor);
    const tcp::endpoint where(asio::ip::address_v4::loopback(), port);
    std::string received;
    const auto [refused] = co_await socket.async_connect(where, support::as_result);
    if (refused) co_return received;
    const auto [unsent, sent] =
        co_await asio::async_write(socket, asio::buffer(bytes), support::as_result);
    if (unsent) co_return received;
    auto room = asio::dynamic_buffer(received);
    co_await asio::async_read(socket, room, support::as_result);
    co_return received;
}

}  // namespace

nlohmann::json answer::json() const {
    auto parsed = nlohmann::json::parse(body, nullptr, false);
    return parsed.is_discarded() ? nlohmann::json() : parsed;
}

std::string answer::field(const std::string& name) const {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == head.npos) return "";
    const auto begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

asio::awaitable<answer> ask(std::uint16_t port, question asked) {
    auto exchange = exchange_bytes(port, bytes_of(asked, port));
    const auto received = co_await support::with_timeout(std::move(exchange), patience);
    answer result;
    if (!received || received->size() < 12) co_return result;
    const auto head_end = received->find("\r\n\r\n");
    if (head_end == received->npos) co_return result;
    result.status = std::stoi(received->substr(9, 3));
    result.head = received->substr(0, head_end + 2);
    result.body = received->substr(head_end + 4);
    co_return result;
}

later_answer::later_answer(const asio::any_io_executor& executor, asio::awaitable<answer> asking)
    : news_(executor) {
    asio::co_spawn(executor, wait(std::move(asking)), support::rethrow);
}

asio::awaitable<void> later_answer::wait(asio::awaitable<answer> asking) {
    result_ = co_await std::move(asking);
    done_ = true;
    news_.notify_all();
}

asio::awaitable<void> later_answer::until_done() {
    while (!done_) co_await news_.wait();
}

namespace {

whole_cluster::words words_for(const std::string& state, int workers,
                               const whole_cluster::words& more) {
    whole_cluster::words all = {"--port",  "0",   "--admin-port", "0",
                                "--state", state, "--workers",    std::to_string(workers)};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace

whole_cluster::whole_cluster(const asio::any_io_executor& executor, const std::string& state,
                             int workers, const words& more)
    : workers_(workers),
      program_(executor, stage_program("07-state-sharing", "full_cluster"),
               words_for(state, workers, more)) {}

asio::awaitable<void> whole_cluster::until_up() {
    co_await program_.until_said(" listens on port ", workers_);
}

std::uint16_t whole_cluster::port() const {
    return static_cast<std::uint16_t>(program_.number_after(" listens on port "));
}

std::uint16_t whole_cluster::admin_port() const {
    return static_cast<std::uint16_t>(program_.number_after("dashboard: http://127.0.0.1:"));
}

asio::awaitable<answer> whole_cluster::get(std::string target, std::string cookie) {
    question asked{"GET " + target};
    if (!cookie.empty()) asked.headers["Cookie"] = cookie;
    return ask(port(), std::move(asked));
}

asio::awaitable<answer> whole_cluster::post(std::string target, std::string body,
                                            std::string cookie) {
    question asked{"POST " + target, std::move(body)};
    if (!cookie.empty()) asked.headers["Cookie"] = cookie;
    return ask(port(), std::move(asked));
}

asio::awaitable<std::string> whole_cluster::login(std::string name) {
    const auto given = co_await post("/login", "name=" + name);
    const auto cookie = given.field("Set-Cookie");
    co_return cookie.substr(0, cookie.find(';'));
}

asio::awaitable<answer> whole_cluster::act(std::string action) {
    question asked{"POST /actions/" + action};
    asked.headers["X-Requested-With"] = "dashboard";
    return ask(admin_port(), std::move(asked));
}

asio::awaitable<answer> whole_cluster::admin(std::string target) {
    return ask(admin_port(), question{"GET " + target});
}

asio::awaitable<long> whole_cluster::metric(std::string name) {
    const auto told = co_await admin("/metrics");
    const auto at = told.body.find("\n" + name + " ");
    co_return at == told.body.npos ? -1 : std::stol(told.body.substr(at + name.size() + 2));
}

asio::awaitable<void> whole_cluster::until_metric(std::string name, long value) {
    for (long last = -1; last != value;) {
        co_await support::pause(std::chrono::milliseconds(10));
        last = co_await metric(name);
    }
}

}  // namespace tests
