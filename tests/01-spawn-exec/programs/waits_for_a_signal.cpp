// waits_for_a_signal [--own | --throw]: says "ready", waits, and says when what it owns is given
// back. --own waits for the signal itself; --throw does not wait.
#include <iostream>
#include <stdexcept>

#include "support/asio.hpp"

namespace {

struct owner {
    ~owner() { std::cout << "given back" << std::endl; }
};

asio::awaitable<int> wait(std::string how) {
    const owner owned;
    if (how == "--throw") throw std::runtime_error("thrown on purpose");
    std::cout << "ready" << std::endl;
    if (how == "--own") {
        const int signal = co_await support::until_signal();
        std::cout << "got signal " << signal << std::endl;
        co_return 5;
    }
    asio::steady_timer never(co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max());
    co_await never.async_wait(support::as_result);
    co_return 6;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string how = argc > 1 ? argv[1] : "";
    return support::run_program([&] { return wait(how); });
}
