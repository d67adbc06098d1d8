#include "tests/support/http_client.hpp"

namespace tests {
namespace {

asio::awaitable<support::http_response> hello_later() {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(1));
    co_await timer.async_wait(support::as_result);
    support::http_response response;
    response.text("hello later\n");
    co_return response;
}

asio::awaitable<support::http_response> throw_later() {
    co_await hello_later();
    throw std::runtime_error("thrown later");
}

}  // namespace

void answer_for_tests(const support::http_request& request, support::http_reply& reply) {
    const std::string_view path = request.path();
    if (path == "/") return reply.text("hello\n");
    if (path == "/echo") return reply.text(request.body());
    if (path == "/big") return reply.text(std::string(1 << 20, 'b'));
    if (path == "/later") return reply.later(hello_later());
    if (path == "/throw") throw std::runtime_error("thrown");
    if (path == "/throw-later") return reply.later(throw_later());
    if (path == "/path") {
        std::string text(request.method());
        text.append(" ").append(path).append(" ").append(request.query("q").value_or("-"));
        return reply.text(text);
    }
    reply.text("not here\n", 404);
}

}  // namespace tests
