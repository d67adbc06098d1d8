// trickles PORT COUNT: so many clients that never come to the end of their heads, until each is
// cut. Prints how many are connected once all are, and in the end what each was answered.
#include <cstdlib>
#include <iostream>

#include "tests/support/slow_crowd.hpp"

namespace {

asio::awaitable<void> tell_when_connected(const tests::slow_crowd& crowd, std::size_t count) {
    while (crowd.connected() < count) co_await support::pause(std::chrono::milliseconds(10));
    std::cout << count << " connected" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const auto count = static_cast<std::size_t>(std::atoi(argv[2]));
    const tests::many_descriptors room;
    tests::slow_crowd crowd(static_cast<std::uint16_t>(std::atoi(argv[1])), count);
    asio::io_context io(1);
    asio::co_spawn(io, crowd.until_cut(), support::rethrow);
    asio::co_spawn(io, tell_when_connected(crowd, count), support::rethrow);
    io.run();
    for (const auto& [status, times] : crowd.answers()) {
        std::cout << times << " answered " << status << std::endl;
    }
    std::cout << "the last after " << crowd.longest().count() << " ms" << std::endl;
    return 0;
}
