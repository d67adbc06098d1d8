// The two ends of a connection's way in the primary: accept4(2) that fails, and a refusal that
// arrives.
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "05-round-robin/limited_acceptor.hpp"
#include "exercises/05/checks/observed.hpp"
#include "exercises/kit/faulty_calls.hpp"
#include "support/async_condition.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "support/timeout.hpp"
#include "tests/helpers.hpp"

using namespace kit_05;

namespace {

/// A primary that takes whatever comes, and has room for eight at a time.
class greedy_primary {
  public:
    greedy_primary(const asio::any_io_executor& executor, support::unique_fd listening)
        : door_(executor, std::move(listening), [this] { go_on(); }), news_(executor) {}

    void go_on() {
        ++turns_;
        for (auto& one : door_.accept(8)) taken_.push_back(std::move(one.fd));
        door_.wait();
        news_.notify_all();
    }
    asio::awaitable<void> until_taken(std::size_t wanted) {
        while (taken_.size() < wanted) co_await news_.wait();
    }
    [[nodiscard]] int turns() const { return turns_; }
    [[nodiscard]] std::size_t taken() const { return taken_.size(); }

  private:
    std::vector<support::unique_fd> taken_;
    int turns_ = 0;
    cluster::limited_acceptor door_;
    support::async_condition news_;
};

/// A connection over the loopback interface, of which the client has sent a request already.
struct asking_client {
    support::unique_fd client;
    support::unique_fd server;
};
asking_client ask_for_a_page() {
    constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: here\r\n\r\n";
    constexpr timeval limit{5, 0};
    const support::unique_fd listening = support::listen_tcp("127.0.0.1", 0);
    asking_client result;
    result.client = support::unique_fd(tests::connect_to(support::local_port(listening.get())));
    ::setsockopt(result.client.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    pollfd come{listening.get(), POLLIN, 0};
    support::retry([&] { return ::poll(&come, 1, 5000); });
    result.server = support::unique_fd(
        support::check("accept4", ::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC)));
    support::check("send", ::send(result.client.get(), request.data(), request.size(), 0));
    come = {result.server.get(), POLLIN, 0};
    support::retry([&] { return ::poll(&come, 1, 5000); });
    return result;
}

/// What became of a connection that its client ends as well: an error if it was reset, also when
/// that was after its end.
int error_at_the_end(int client) {
    ::shutdown(client, SHUT_WR);
    pollfd closed{client, 0, 0};
    support::retry([&] { return ::poll(&closed, 1, 5000); });
    int error = 0;
    socklen_t size = sizeof error;
    support::check("getsockopt", ::getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &size));
    return error;
}

/// What the client reads, and how that ends: "no room, then the end".
std::string read_to_the_end(int client) {
    std::array<char, 64> part{};
    std::string text;
    ssize_t count = 0;
    while ((count = ::recv(client, part.data(), part.size(), 0)) > 0) {
        text.append(part.data(), static_cast<std::size_t>(count));
    }
    if (count < 0) return text + ", then an error: " + std::strerror(errno);
    const int error = error_at_the_end(client);
    if (error == 0) return text + ", then the end";
    return text + ", then the end, and the connection was reset (" + std::strerror(error) + ")";
}

/// A client that has always written some more before it is read.
class tireless_client {
  public:
    static constexpr int enough = 1000;

    tireless_client(kit::faulty_calls& calls, int fd) : calls_(calls), fd_(fd) {
        for (const char* call : {"recv", "read", "recvmsg"}) write_before(call);
    }
    [[nodiscard]] int reads() const { return reads_; }

  private:
    void write_before(const char* call) {
        calls_.before(call, 1, [this, call] {
            if (++reads_ >= enough) return;
            static constexpr std::array<char, 4096> more{};
            ::send(fd_, more.data(), more.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            write_before(call);
        });
    }

    kit::faulty_calls& calls_;
    int fd_;
    int reads_ = 0;
};

}  // namespace

TEST_CASE("05: a primary without descriptors rests, and loses nobody", "[kit]") {
    tests::run([]() -> asio::awaitable<void> {
        using namespace std::chrono_literals;
        constexpr int many = 1000;
        constexpr int few = 20;
        auto listening = support::listen_tcp("127.0.0.1", 0);
        const support::unique_fd client(tests::connect_to(support::local_port(listening.get())));
        kit::faulty_calls calls;
        calls.fail("accept4", EMFILE, many);
        greedy_primary primary(co_await asio::this_coro::executor, std::move(listening));
        primary.go_on();
        co_await support::pause(500ms);
        const int tries = calls.count("accept4");
        INFO("accept4 failed with EMFILE for half a second; observed: it was called "
             << tries << " times, in " << primary.turns()
             << " turns of the event loop; promised: 100 ms of rest after each failure");
        CHECK(tries >= 2);
        CHECK(tries < few);
        CHECK(primary.turns() < few);
        calls.fail("accept4", 0, 0);
        const bool taken = co_await support::with_timeout(primary.until_taken(1), 5s);
        INFO("then descriptors were free again; observed: "
             << primary.taken()
             << " connections accepted within 5 s; promised: the one that waits");
        CHECK(taken);
    });
}

TEST_CASE("05: who is turned away reads the answer to its end", "[kit]") {
    asking_client one = ask_for_a_page();
    cluster::turn_away(std::move(one.server), "503 no room");
    expect("a client has sent a request and is turned away; what it reads",
           read_to_the_end(one.client.get()), "503 no room, then the end");

    auto [server, client] = support::make_socket_pair();
    kit::faulty_calls calls;
    const tireless_client writer(calls, client.get());
    cluster::turn_away(std::move(server), "503 no room");
    INFO("a client writes on and on; observed: it was read "
         << writer.reads() << " times before it was turned away; promised: an end");
    CHECK(writer.reads() < tireless_client::enough);
}
