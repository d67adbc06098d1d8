// What the service manager hears, on a real datagram socket in its place.
#include "07-state-sharing/full_cluster/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "support/syscall.hpp"
#include "support/timeout.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace tests;
using namespace std::chrono_literals;
using full_cluster::service_manager;

namespace {

// The manager's end, at an address as NOTIFY_SOCKET writes it.
class heard_by_manager {
  public:
    explicit heard_by_manager(const std::string& address)
        : socket_(support::check("socket", ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))) {
        sockaddr_un where{};
        where.sun_family = AF_UNIX;
        std::memcpy(where.sun_path, address.data(), address.size());
        if (address[0] == '@') where.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
        support::check("bind",
                       ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&where), size));
        ::setenv("NOTIFY_SOCKET", address.c_str(), 1);
    }

    // The next datagram; empty if there is none.
    std::string next() {
        std::string text(4096, '\0');
        const auto size = ::recv(socket_.get(), text.data(), text.size(), MSG_DONTWAIT);
        text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return text;
    }
    asio::awaitable<std::string> wait_for_next() {
        asio::posix::stream_descriptor watched(co_await asio::this_coro::executor, socket_.get());
        co_await watched.async_wait(asio::posix::stream_descriptor::wait_read, support::as_result);
        static_cast<void>(watched.release());
        co_return next();
    }

  private:
    support::unique_fd socket_;
};

struct managed_in_a_folder {
    temporary_folder folder;
    heard_by_manager heard{folder.file("notify")};
};

}  // namespace

TEST_CASE("the service manager hears that a service is up, reloads and ends", "[07][service]") {
    managed_in_a_folder there;
    service_manager manager;
    CHECK(manager.is_there());
    manager.ready();
    CHECK(there.heard.next() == "READY=1");
    manager.reloading();
    const std::string reload = there.heard.next();
    CHECK(reload.starts_with("RELOADING=1\nMONOTONIC_USEC="));
    CHECK(std::stoll(reload.substr(reload.rfind('=') + 1)) > 0);
    manager.stopping();
    CHECK(there.heard.next() == "STOPPING=1");
}

TEST_CASE("a status is one line for the service manager, whatever is in it", "[07][service]") {
    managed_in_a_folder there;
    service_manager manager;
    manager.status("8 workers\nREADY=1");
    CHECK(there.heard.next() == "STATUS=8 workers READY=1");
}

TEST_CASE("a service manager can listen at an abstract address", "[07][service]") {
    heard_by_manager heard("@cluster-workshop-test-" + std::to_string(::getpid()));
    service_manager manager;
    manager.ready();
    CHECK(heard.next() == "READY=1");
}

TEST_CASE("without a service manager nothing is said, and nothing fails", "[07][service]") {
    ::unsetenv("NOTIFY_SOCKET");
    service_manager manager;
    CHECK_FALSE(manager.is_there());
    manager.ready();
    manager.reloading();
    manager.status("alone");
    manager.alive();
    manager.stopping();
    CHECK_FALSE(manager.watchdog());
    support::run(manager.stay_alive());
}

TEST_CASE("a service manager that has gone away is no failure", "[07][service]") {
    auto there = std::make_unique<managed_in_a_folder>();
    service_manager manager;
    there.reset();
    manager.ready();
    manager.stopping();
    CHECK(manager.is_there());
}

TEST_CASE("an address that is no unix socket's is refused by its name", "[07][service]") {
    ::setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
    CHECK_THROWS_WITH(service_manager(), Catch::Contains("NOTIFY_SOCKET vsock:2:1234"));
    ::setenv("NOTIFY_SOCKET", ("/" + std::string(200, 'x')).c_str(), 1);
    CHECK_THROWS_WITH(service_manager(), Catch::Contains("File name too long"));
}

TEST_CASE("what is meant for the main process does not reach the programs that it starts",
          "[07][service]") {
    managed_in_a_folder there;
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    service_manager manager;
    CHECK(manager.watchdog() == 30s);
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
        CHECK(std::getenv(name) == nullptr);
    }
}

TEST_CASE("a watchdog of another process is none of ours", "[07][service]") {
    managed_in_a_folder there;
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    ::setenv("WATCHDOG_PID", "1", 1);
    CHECK_FALSE(service_manager().watchdog());
}

TEST_CASE("a watchdog time that is none is no watchdog", "[07][service]") {
    for (const char* wrong : {"0", "-5", "soon", ""}) {
        managed_in_a_folder there;
        ::setenv("WATCHDOG_USEC", wrong, 1);
        CHECK_FALSE(service_manager().watchdog());
    }
}

TEST_CASE("an event loop that turns keeps the watchdog quiet", "[07][service]") {
    tests::run([]() -> asio::awaitable<void> {
        managed_in_a_folder there;
        ::setenv("WATCHDOG_USEC", "2000", 1);
        service_manager manager;
        auto three = [&]() -> asio::awaitable<void> {
            for (int n = 0; n < 3; ++n) {
                const std::string said = co_await there.heard.wait_for_next();
                CHECK(said == "WATCHDOG=1");
            }
        };
        co_await support::with_end(manager.stay_alive(), three());
    });
}

TEST_CASE("a change of state waits until the service manager has room, in its order",
          "[07][service]") {
    managed_in_a_folder there;
    service_manager manager;
    constexpr int more_than_fit = 5000;
    for (int n = 0; n < more_than_fit; ++n) manager.alive();
    manager.reloading();
    manager.ready();
    int heard = 0;
    std::string last;
    for (std::string each; !(each = there.heard.next()).empty(); ++heard) last = each;
    CHECK(heard < more_than_fit);
    CHECK(last == "WATCHDOG=1");
    manager.alive();
    CHECK(there.heard.next().starts_with("RELOADING=1"));
    CHECK(there.heard.next() == "READY=1");
    CHECK(there.heard.next() == "WATCHDOG=1");
}
