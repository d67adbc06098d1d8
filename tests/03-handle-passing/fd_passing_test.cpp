#include "03-handle-passing/fd_passing.hpp"

#include <fcntl.h>

#include "tests/03-handle-passing/channels.hpp"
#include "tests/leaks.hpp"

using namespace child_process;
using namespace tests;

namespace {

// One blocking read of at most `size` bytes.
struct reading {
    std::string text;
    std::deque<unique_fd> descriptors;
};
reading read_once(int socket, std::size_t size = 4096) {
    reading result;
    result.text.resize(size);
    const auto count = receive_with_descriptors(socket, result.text, result.descriptors);
    result.text.resize(static_cast<std::size_t>(support::check("recvmsg", count)));
    return result;
}

}  // namespace

TEST_CASE("a descriptor arrives as another number for the same open file", "[03][fd_passing]") {
    const auto ends = support::make_socket_pair();
    const unique_fd sent = support::bind_udp("127.0.0.1", 0);
    REQUIRE(send_with_descriptor(ends.first.get(), "hello", sent.get()) == 5);
    const reading got = read_once(ends.second.get());
    CHECK(got.text == "hello");
    REQUIRE(got.descriptors.size() == 1);
    CHECK(got.descriptors[0].get() != sent.get());
    CHECK(same_socket(got.descriptors[0].get(), sent.get()));
}

TEST_CASE("a descriptor that arrives is closed by exec", "[03][fd_passing]") {
    const auto ends = support::make_socket_pair();
    const unique_fd sent = support::bind_udp("127.0.0.1", 0);
    REQUIRE(send_with_descriptor(ends.first.get(), "x", sent.get()) == 1);
    const reading got = read_once(ends.second.get());
    REQUIRE(got.descriptors.size() == 1);
    CHECK((::fcntl(got.descriptors[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a descriptor stays open on its way when its sender has closed it", "[03][fd_passing]") {
    const auto ends = support::make_socket_pair();
    auto line = support::make_socket_pair();
    REQUIRE(send_with_descriptor(ends.first.get(), "x", line.first.get()) == 1);
    line.first.reset();
    CHECK_FALSE(hung_up(line.second.get()));
    { const reading got = read_once(ends.second.get()); }
    CHECK(hung_up(line.second.get()));
}

TEST_CASE("a read without room for descriptors closes them without a word", "[03][fd_passing]") {
    const auto ends = support::make_socket_pair();
    auto line = support::make_socket_pair();
    REQUIRE(send_with_descriptor(ends.first.get(), "x", line.first.get()) == 1);
    line.first.reset();
    char byte = 0;
    CHECK(::recv(ends.second.get(), &byte, 1, 0) == 1);
    CHECK(hung_up(line.second.get()));
}

TEST_CASE("a descriptor comes with the first byte that it was sent with", "[03][fd_passing]") {
    const auto ends = support::make_socket_pair();
    const unique_fd sent = support::bind_udp("127.0.0.1", 0);
    REQUIRE(::send(ends.first.get(), "ab", 2, 0) == 2);
    REQUIRE(send_with_descriptor(ends.first.get(), "cd", sent.get()) == 2);
    REQUIRE(::send(ends.first.get(), "ef", 2, 0) == 2);
    CHECK(read_once(ends.second.get(), 2).descriptors.empty());
    const reading third = read_once(ends.second.get(), 1);
    CHECK(third.text == "c");
    CHECK(third.descriptors.size() == 1);
    CHECK(read_once(ends.second.get(), 1).descriptors.empty());
}

TEST_CASE("a read ends with the bytes that carried a descriptor", "[03][fd_passing]") {
    const auto ends = support::make_socket_pair();
    const unique_fd sent = support::bind_udp("127.0.0.1", 0);
    REQUIRE(::send(ends.first.get(), "before ", 7, 0) == 7);
    REQUIRE(send_with_descriptor(ends.first.get(), "with ", sent.get()) == 5);
    REQUIRE(::send(ends.first.get(), "behind", 6, 0) == 6);
    const reading got = read_once(ends.second.get());
    CHECK(got.text == "before with ");
    CHECK(got.descriptors.size() == 1);
    CHECK(read_once(ends.second.get()).text == "behind");
}

TEST_CASE("all descriptors of one message arrive, in their order", "[03][fd_passing]") {
    const auto ends = support::make_socket_pair();
    const all_one_message_carries sent;
    send_with_many(ends.first.get(), "x", sent.numbers);
    const reading got = read_once(ends.second.get());
    REQUIRE(got.descriptors.size() == sent.numbers.size());
    for (std::size_t n = 0; n < sent.numbers.size(); ++n) {
        CHECK(same_socket(got.descriptors[n].get(), sent.numbers[n]));
    }
}

TEST_CASE("when the table is full the bytes arrive and the descriptor is lost",
          "[03][fd_passing]") {
    const auto ends = support::make_socket_pair();
    auto line = support::make_socket_pair();
    REQUIRE(send_with_descriptor(ends.first.get(), "x", line.first.get()) == 1);
    line.first.reset();
    {
        const few_descriptors full(0);
        const reading got = read_once(ends.second.get());
        CHECK(got.text == "x");
        CHECK(got.descriptors.empty());
    }
    CHECK(hung_up(line.second.get()));
}

TEST_CASE("of several descriptors as many arrive as the table has room for", "[03][fd_passing]") {
    const auto ends = support::make_socket_pair();
    const unique_fd sent = support::bind_udp("127.0.0.1", 0);
    send_with_many(ends.first.get(), "x", {sent.get(), sent.get(), sent.get()});
    const few_descriptors full(2);
    CHECK(read_once(ends.second.get()).descriptors.size() == 2);
}

TEST_CASE("sending to a peer that is gone is an error and no signal", "[03][fd_passing]") {
    auto ends = support::make_socket_pair();
    ends.second.reset();
    CHECK(send_with_descriptor(ends.first.get(), "x", ends.first.get()) == -1);
    CHECK(errno == EPIPE);
}

TEST_CASE("a read at the end returns 0", "[03][fd_passing]") {
    auto ends = support::make_socket_pair();
    ends.first.reset();
    std::deque<unique_fd> descriptors;
    std::array<char, 8> room{};
    CHECK(receive_with_descriptors(ends.second.get(), room, descriptors) == 0);
}
