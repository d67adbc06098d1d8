// reads_slowly: reads its input in small pieces with a rest after each, then says how much came and
// what its bytes add up to.
#include <unistd.h>

#include <array>
#include <chrono>
#include <iostream>
#include <thread>

int main() {
    std::array<unsigned char, 4096> piece{};
    std::size_t total = 0;
    std::size_t sum = 0;
    for (;;) {
        const auto count = ::read(STDIN_FILENO, piece.data(), piece.size());
        if (count <= 0) break;
        for (ssize_t at = 0; at < count; ++at) sum += piece[static_cast<std::size_t>(at)];
        total += static_cast<std::size_t>(count);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::cout << total << " " << sum << std::endl;
}
