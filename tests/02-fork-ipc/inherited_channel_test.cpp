// The child's side of the announcement, in this process: the variables are set by the test.
#include <fcntl.h>

#include <cstdlib>

#include "02-fork-ipc/fork.hpp"
#include "support/syscall.hpp"
#include "tests/02-fork-ipc/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

constexpr const char* fd_variable = "NODE_CHANNEL_FD";
constexpr const char* mode_variable = "NODE_CHANNEL_SERIALIZATION_MODE";

void announce(const std::string& fd, const char* mode = "json") {
    ::setenv(fd_variable, fd.c_str(), 1);
    ::setenv(mode_variable, mode, 1);
}

bool announced() {
    return std::getenv(fd_variable) != nullptr || std::getenv(mode_variable) != nullptr;
}

// What inherited_channel() says against what was announced; empty if it takes it.
std::string refusal() try {
    static_cast<void>(inherited_channel());
    return "";
} catch (const std::runtime_error& error) {
    return announced() ? "left the variables in the environment" : error.what();
}

}  // namespace

TEST_CASE("a process that was started without a channel has none", "[02][inherited_channel]") {
    CHECK_FALSE(inherited_channel().has_value());
}

TEST_CASE("an inherited channel is taken over once, ready for use", "[02][inherited_channel]") {
    auto pair = support::make_socket_pair();
    const int fd = pair.first.release();
    support::set_close_on_exec(fd, false);
    announce(std::to_string(fd));
    const auto end = inherited_channel();
    REQUIRE(end.has_value());
    CHECK(end->get() == fd);
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK_FALSE(announced());
    CHECK_FALSE(inherited_channel().has_value());
}

TEST_CASE("a parent that names no mode means json", "[02][inherited_channel]") {
    auto pair = support::make_socket_pair();
    ::setenv(fd_variable, std::to_string(pair.first.release()).c_str(), 1);
    CHECK(inherited_channel().has_value());
}

TEST_CASE("a channel that is no number is refused", "[02][inherited_channel]") {
    for (const char* text : {"three", "", "3 ", " 3", "-1", "3x", "0x3", "99999999999999999999"}) {
        announce(text);
        CHECK(refusal() == "NODE_CHANNEL_FD=" + std::string(text) + ": not a descriptor number");
    }
}

TEST_CASE("a channel that is a closed descriptor is refused", "[02][inherited_channel]") {
    announce("999");
    CHECK(refusal() == "NODE_CHANNEL_FD=999: no such descriptor is open");
}

TEST_CASE("a channel that is a file, or a socket of another kind, is refused",
          "[02][inherited_channel]") {
    const support::unique_fd file(::open("/dev/null", O_RDWR | O_CLOEXEC));
    announce(std::to_string(file.get()));
    const std::string number = std::to_string(file.get());
    CHECK(refusal() == "NODE_CHANNEL_FD=" + number + ": not a stream socket");
    const support::unique_fd datagrams = support::bind_udp("127.0.0.1", 0);
    announce(std::to_string(datagrams.get()));
    CHECK(refusal().find("not a stream socket") != std::string::npos);
}

TEST_CASE("the mode that only V8 can read is refused", "[02][inherited_channel]") {
    const auto pair = support::make_socket_pair();
    announce(std::to_string(pair.first.get()), "advanced");
    CHECK(refusal() ==
          "NODE_CHANNEL_SERIALIZATION_MODE=advanced: only V8 can read this; start the child with "
          "serialization 'json'");
}
