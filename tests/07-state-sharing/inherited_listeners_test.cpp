// Socket activation, by hand and by systemd's own systemd-socket-activate.
#include "07-state-sharing/full_cluster/inherited_listeners.hpp"

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <iostream>

#include "01-spawn-exec/spawn.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace tests;

namespace {

using child_process::stdio;

// Starts the reporting program with these descriptors from 3 on. The shell knows its own pid, and
// keeps it when it becomes the program.
child_process::child start_activated(const asio::any_io_executor& executor,
                                     const std::string& variables,
                                     const std::vector<int>& descriptors) {
    child_process::spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::pipe()};
    for (const int fd : descriptors) options.descriptors.push_back(stdio::descriptor(fd));
    const std::string line =
        "export LISTEN_PID=$$ " + variables + "; exec " + program("reports_listeners");
    return child_process::spawn(executor, "/bin/sh", {"-c", line}, options);
}

// What a client hears from the first socket.
asio::awaitable<std::string> activation_greeting(std::string path) {
    asio::local::stream_protocol::socket client(co_await asio::this_coro::executor);
    const asio::local::stream_protocol::endpoint where(path);
    const auto [refused] = co_await client.async_connect(where, support::as_result);
    if (refused) co_return "error " + refused.message();
    std::string text;
    auto room = asio::dynamic_buffer(text);
    co_await asio::async_read(client, room, support::as_result);
    co_return text;
}

// What the program says of descriptors that it refuses.
std::string activation_complaint(const std::string& variables,
                                 const std::vector<int>& descriptors) {
    std::string said;
    tests::run([&]() -> asio::awaitable<void> {
        auto process = start_activated(co_await asio::this_coro::executor, variables, descriptors);
        said = co_await read_all(process.err());
        const auto status = co_await process.wait();
        CHECK(status == child_process::exit_status::exited(1));
    });
    return said;
}

bool activation_is_here() {
    if (::access("/usr/bin/systemd-socket-activate", X_OK) == 0) return true;
    std::cout << "SKIPPED: systemd-socket-activate is not installed\n";
    return false;
}

}  // namespace

TEST_CASE("listening sockets that were passed are taken over under their names",
          "[07][activation]") {
    tests::run([]() -> asio::awaitable<void> {
        temporary_folder folder;
        const support::unique_fd web = support::listen_unix(folder.file("web"));
        const support::unique_fd admin = support::listen_tcp("127.0.0.1", 0);
        const std::vector<int> passed{web.get(), admin.get()};
        auto process =
            start_activated(co_await asio::this_coro::executor,
                            "LISTEN_FDS=2 LISTEN_FDNAMES=web:admin LISTEN_PIDFDID=1", passed);
        const std::string heard = co_await activation_greeting(folder.file("web"));
        CHECK(heard == "hello\n");
        const std::string out = co_await read_all(process.out());
        CHECK(out == "2 passed\nweb at 3 closes on exec\nadmin at 4 closes on exec\n");
        const auto status = co_await process.wait_closed();
        CHECK(status == child_process::exit_status::exited(0));
    });
}

TEST_CASE("a passed socket without a name is called unknown", "[07][activation]") {
    tests::run([]() -> asio::awaitable<void> {
        temporary_folder folder;
        const support::unique_fd web = support::listen_unix(folder.file("web"));
        const std::vector<int> passed{web.get()};
        auto process = start_activated(co_await asio::this_coro::executor, "LISTEN_FDS=1", passed);
        const std::string heard = co_await activation_greeting(folder.file("web"));
        CHECK(heard == "hello\n");
        const std::string out = co_await read_all(process.out());
        CHECK(out == "1 passed\nunknown at 3 closes on exec\n");
        co_await process.wait_closed();
    });
}

TEST_CASE("sockets that were meant for another process are left alone", "[07][activation]") {
    tests::run([]() -> asio::awaitable<void> {
        const support::unique_fd web = support::listen_tcp("127.0.0.1", 0);
        const std::vector<int> passed{web.get()};
        auto process = start_activated(co_await asio::this_coro::executor,
                                       "LISTEN_PID=1 LISTEN_FDS=1", passed);
        const std::string out = co_await read_all(process.out());
        CHECK(out == "0 passed\n");
        co_await process.wait_closed();
    });
}

TEST_CASE("a program that nobody activated has no sockets passed", "[07][activation]") {
    CHECK(full_cluster::inherited_listeners().empty());
}

TEST_CASE("a passed descriptor that does not listen is refused by number and name",
          "[07][activation]") {
    const support::unique_fd bound = support::bind_tcp("127.0.0.1", 0);
    CHECK(activation_complaint("LISTEN_FDS=1 LISTEN_FDNAMES=web", {bound.get()}) ==
          "descriptor 3 (web), which the service manager passed, is no listening socket\n");
    const support::unique_fd datagrams = support::bind_udp("127.0.0.1", 0);
    CHECK(activation_complaint("LISTEN_FDS=1", {datagrams.get()})
              .starts_with("descriptor 3 (unknown)"));
    const support::pipe_ends pipe = support::make_pipe();
    CHECK(activation_complaint("LISTEN_FDS=1", {pipe.read.get()})
              .starts_with("descriptor 3 (unknown)"));
    CHECK(activation_complaint("LISTEN_FDS=1", {}).starts_with("descriptor 3 (unknown)"));
}

TEST_CASE("a number of passed descriptors that is none is refused", "[07][activation]") {
    for (const char* wrong : {"-1", "two", "1x", "2000000000"}) {
        CHECK(activation_complaint(std::string("LISTEN_FDS=") + wrong, {}) ==
              std::string("LISTEN_FDS is no number of descriptors: ") + wrong + "\n");
    }
}

TEST_CASE("a socket that systemd opened is taken over under the name of its unit",
          "[07][activation]") {
    if (!activation_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        temporary_folder folder;
        const std::string path = folder.file("web");
        const std::vector<std::string> arguments{"--listen=" + path, "--fdname=web",
                                                 program("reports_listeners")};
        auto process = child_process::spawn(co_await asio::this_coro::executor,
                                            "systemd-socket-activate", arguments);
        // It says so when it listens; the program is started by the first connection.
        std::string said;
        while (said.find("Listening on") == std::string::npos) {
            const auto chunk = co_await process.err().read();
            if (!chunk) FAIL("systemd-socket-activate ended: " << said);
            said += *chunk;
        }
        const std::string heard = co_await activation_greeting(path);
        CHECK(heard == "hello\n");
        const std::string out = co_await read_all(process.out());
        CHECK(out == "1 passed\nweb at 3 closes on exec\n");
        const auto status = co_await process.wait_closed();
        CHECK(status == child_process::exit_status::exited(0));
    });
}
