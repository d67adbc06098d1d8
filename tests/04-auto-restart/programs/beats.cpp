// beats HOW: a worker with a heartbeat.
//   --tick N      ticks N times, says that it has N connections, and stays
//   --then-hang   ticks from its event loop until it has ticked twice, then waits outside of it
//   --scribble    fills the memory with ones, tries to shorten it, says how that went, and stays
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

#include "04-auto-restart/heartbeat.hpp"

using namespace cluster;

namespace {

int say_and_stay(const std::string& text) {
    std::cout << text << std::endl;
    for (;;) ::pause();
}

int scribble() {
    constexpr int fd = 3;
    void* memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    std::memset(memory, 0xff, 4096);
    const bool shorter = ::ftruncate(fd, 0) == 0;
    return say_and_stay(shorter ? "shortened" : std::strerror(errno));
}

}  // namespace

int main(int argc, char** argv) {
    const std::string how = argc > 1 ? argv[1] : "";
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);  // a test aborts this program
    if (how == "--scribble") return scribble();
    auto inherited = heartbeat::inherited();
    if (!inherited) return 2;
    if (how == "--tick" && argc > 2) {
        const int count = std::atoi(argv[2]);
        for (int n = 0; n < count; ++n) inherited->page.tick();
        inherited->page.set_connections(static_cast<std::uint64_t>(count));
        return say_and_stay("ticked");
    }
    asio::io_context io(1);
    heart heart(io.get_executor(), std::move(*inherited));
    while (heart.page().ticks() < 2) io.run_one();
    return say_and_stay("hanging");
}
