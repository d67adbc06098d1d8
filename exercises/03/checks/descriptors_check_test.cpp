// The two system calls: what travels, what arrives, and what may be lost.
#include <fcntl.h>

#include <cerrno>
#include <deque>

#include "03-handle-passing/fd_passing.hpp"
#include "exercises/03/checks/scripted_peer.hpp"

using namespace child_process;
using namespace checks;

namespace {

// What receive_with_descriptors gave, and errno if it gave nothing.
struct received {
    ssize_t count = 0;
    int error = 0;
    std::string text;
    std::deque<unique_fd> descriptors;
};
received receive_once(int socket) {
    received result;
    result.text.resize(64);
    errno = 0;
    result.count = receive_with_descriptors(socket, result.text, result.descriptors);
    result.error = errno;
    result.text.resize(result.count > 0 ? static_cast<std::size_t>(result.count) : 0);
    return result;
}

std::string told(const char* call, ssize_t count, int error) {
    const std::string sentence = std::string(call) + " returned " + std::to_string(count);
    if (count >= 0) return sentence;
    return sentence +
           (error != 0 ? std::string(", errno says: ") + std::strerror(error) : ", no errno");
}

}  // namespace

TEST_CASE("a descriptor that is sent with bytes reaches whoever reads them", "[03][check]") {
    const auto ends = support::make_socket_pair();
    const unique_fd sent = support::bind_udp("127.0.0.1", 0);
    errno = 0;
    const ssize_t count = send_with_descriptor(ends.first.get(), "hello", sent.get());
    const int error = errno;
    {
        INFO("observed: " << told("send_with_descriptor", count, error));
        REQUIRE(count == 5);
    }
    const bool still_open = ::fcntl(sent.get(), F_GETFD) != -1;
    {
        INFO("observed: after the call our own descriptor is "
             << (still_open ? "open" : "closed, and it was only lent"));
        REQUIRE(still_open);
    }
    const arrival got = take_off(ends.second.get(), 64);
    {
        INFO("observed: the peer read " << got.text.size() << " bytes, and "
                                        << got.descriptors.size() << " descriptors came with them");
        CHECK(got.text == "hello");
        REQUIRE(got.descriptors.size() == 1);
    }
    INFO("observed: descriptor " << sent.get() << " is socket " << socket_behind(sent.get())
                                 << ", what arrived is socket "
                                 << socket_behind(got.descriptors[0].get()));
    CHECK(socket_behind(got.descriptors[0].get()) == socket_behind(sent.get()));
}

TEST_CASE("every descriptor of a message is received, in their order", "[03][check]") {
    const auto ends = support::make_socket_pair();
    const tests::all_one_message_carries sent;
    send_with_many(ends.first.get(), "many", sent.numbers);
    const received got = receive_once(ends.second.get());
    {
        INFO("observed: " << told("receive_with_descriptors", got.count, got.error) << ", and "
                          << got.descriptors.size() << " of " << sent.numbers.size()
                          << " descriptors were appended");
        CHECK(got.text == "many");
        REQUIRE(got.descriptors.size() == sent.numbers.size());
    }
    for (std::size_t n = 0; n < sent.numbers.size(); ++n) {
        INFO("observed: descriptor " << n << " that arrived is not the one that was sent as " << n);
        REQUIRE(socket_behind(got.descriptors[n].get()) == socket_behind(sent.numbers[n]));
    }
}

TEST_CASE("no program that is started later inherits what was received", "[03][check]") {
    const auto ends = support::make_socket_pair();
    const unique_fd sent = support::bind_udp("127.0.0.1", 0);
    send_with_many(ends.first.get(), "x", {sent.get()});
    const received got = receive_once(ends.second.get());
    {
        INFO("observed: " << told("receive_with_descriptors", got.count, got.error) << " with "
                          << got.descriptors.size() << " descriptors");
        REQUIRE(got.descriptors.size() == 1);
    }
    const int flags = ::fcntl(got.descriptors[0].get(), F_GETFD);
    INFO("observed: descriptor " << got.descriptors[0].get() << " was received "
                                 << ((flags & FD_CLOEXEC) != 0 ? "with" : "without")
                                 << " FD_CLOEXEC");
    CHECK((flags & FD_CLOEXEC) != 0);
}

TEST_CASE("with a full table the bytes arrive all the same, and no descriptor is made up",
          "[03][check]") {
    const auto ends = support::make_socket_pair();
    const unique_fd sent = support::bind_udp("127.0.0.1", 0);
    send_with_many(ends.first.get(), "lost", {sent.get()});
    received full;
    {
        const tests::few_descriptors none_free(0);
        full = receive_once(ends.second.get());
    }
    {
        INFO("observed with a full table: "
             << told("receive_with_descriptors", full.count, full.error) << ", \"" << full.text
             << "\" and " << full.descriptors.size() << " descriptors");
        CHECK(full.text == "lost");
        REQUIRE(full.descriptors.empty());
    }
    send_with_many(ends.first.get(), "there", {sent.get()});
    const received after = receive_once(ends.second.get());
    INFO("observed when there was room again: \"" << after.text << "\" and "
                                                  << after.descriptors.size() << " descriptors");
    CHECK(after.text == "there");
    REQUIRE(after.descriptors.size() == 1);
    CHECK(socket_behind(after.descriptors[0].get()) == socket_behind(sent.get()));
}
