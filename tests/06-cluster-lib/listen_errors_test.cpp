// What keeps the primary from listening reaches the worker that asked.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/sockets.hpp"
#include "tests/06-cluster-lib/client.hpp"
#include "tests/06-cluster-lib/troupe.hpp"

using namespace tests;

namespace {

// Not root, who may write everywhere, for as long as it lives.
class unprivileged {
  public:
    unprivileged() {
        if (before_ == 0) REQUIRE(::seteuid(65534) == 0);
    }
    ~unprivileged() { static_cast<void>(::seteuid(before_)); }
    unprivileged(const unprivileged&) = delete;
    unprivileged& operator=(const unprivileged&) = delete;

  private:
    uid_t before_ = ::geteuid();
};

json answer_of_one(const json& options) {
    json result;
    tests::run([&]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(1);
        result = co_await all.ask(ids[0], listen_on(options));
    });
    return result;
}

}  // namespace

TEST_CASE("a worker is told that its port is in use", "[06][listen][errors]") {
    const support::unique_fd taken = support::listen_tcp("127.0.0.1", 0);
    const json there{{"address", "127.0.0.1"}, {"port", support::local_port(taken.get())}};
    CHECK(answer_of_one(there) == json{{"errno", EADDRINUSE}});
}

TEST_CASE("every worker that asks for a port in use is told so", "[06][listen][errors]") {
    const support::unique_fd taken = support::listen_tcp("127.0.0.1", 0);
    tests::run([&]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(2);
        const json there{{"address", "127.0.0.1"}, {"port", support::local_port(taken.get())}};
        const auto answers = co_await all.ask_all(ids, listen_on(there));
        const json in_use{{"errno", EADDRINUSE}};
        CHECK(answers == std::vector<json>{in_use, in_use});
        CHECK(all.count("listening") == 0);
    });
}

TEST_CASE("a worker is told that its address is none of this machine", "[06][listen][errors]") {
    CHECK(answer_of_one({{"address", "192.0.2.1"}}) == json{{"errno", EADDRNOTAVAIL}});
}

TEST_CASE("a worker is told that what it gave is no address", "[06][listen][errors]") {
    CHECK(answer_of_one({{"address", "not an address"}}) == json{{"errno", EINVAL}});
}

TEST_CASE("a worker is told that the folder of its unix socket does not exist",
          "[06][listen][errors]") {
    const temporary_folder folder;
    CHECK(answer_of_one({{"path", folder.file("none/app.sock")}}) == json{{"errno", ENOENT}});
}

TEST_CASE("a worker is told that the file of its unix socket is there already, and it stays",
          "[06][listen][errors]") {
    const temporary_folder folder;
    const std::string path = folder.file("app.sock");
    const support::unique_fd taken = support::listen_unix(path);
    CHECK(answer_of_one({{"path", path}}) == json{{"errno", EADDRINUSE}});
    CHECK(std::filesystem::exists(path));
}

TEST_CASE("a worker is told that its primary may not listen there", "[06][listen][errors]") {
    const temporary_folder folder;
    REQUIRE(::chmod(folder.path().c_str(), 0500) == 0);
    tests::run([&]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(1);
        json answer;
        {
            const unprivileged now;
            const json there{{"path", folder.file("app.sock")}};
            answer = co_await all.ask(ids[0], listen_on(there));
        }
        CHECK(answer == json{{"errno", EACCES}});
    });
}

TEST_CASE("a descriptor that the primary does not have is told as such", "[06][listen][errors]") {
    CHECK(answer_of_one({{"fd", 9999}}) == json{{"errno", EBADF}});
}

TEST_CASE("a port that has become free is bound when a worker asks again", "[06][listen][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(2);
        support::unique_fd taken = support::listen_tcp("127.0.0.1", 0);
        const int port = support::local_port(taken.get());
        const json there{{"address", "127.0.0.1"}, {"port", port}};
        const json before = co_await all.ask(ids[0], listen_on(there));
        CHECK(before == json{{"errno", EADDRINUSE}});
        taken.reset();
        // The one that has failed and the one that has not get the same socket.
        const auto after = co_await all.ask_all(ids, listen_on(there));
        const json bound{{"port", port}};
        CHECK(after == std::vector<json>{bound, bound});
        const std::string said = co_await greeting(at_ip("127.0.0.1", port));
        CHECK(said.substr(0, 6) == "worker");
    });
}

TEST_CASE("a worker that could not listen goes on", "[06][listen][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(1);
        json there{{"address", "192.0.2.1"}};
        const json failed = co_await all.ask(ids[0], listen_on(there));
        CHECK(failed.contains("errno"));
        there["address"] = "127.0.0.1";
        const json granted = co_await all.ask(ids[0], listen_on(there));
        CHECK(granted.contains("port"));
    });
}
