// The stage's programs, run as a user runs them.
#include "01-spawn-exec/exec.hpp"
#include "01-spawn-exec/spawn.hpp"
#include "support/sockets.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

exec_result run_program(const std::string& name, const std::vector<std::string>& arguments) {
    return support::run(exec_file(tests::stage_program("01-spawn-exec", name), arguments));
}

child start_two_servers(const asio::any_io_executor& executor) {
    spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::inherit()};
    return spawn(executor, tests::stage_program("01-spawn-exec", "random_ports"),
                 {"--workers", "2"}, options);
}

// Five neighbouring ports, held by us.
class five_ports {
  public:
    five_ports() {
        while (held_.size() < 5) {
            try {
                held_.push_back(support::listen_tcp(
                    "127.0.0.1", held_.empty() ? 0 : static_cast<std::uint16_t>(last() + 1)));
            } catch (const std::system_error&) {
                held_.clear();  // a neighbour was taken; look elsewhere
            }
        }
    }
    [[nodiscard]] int first() const { return support::local_port(held_.front().get()); }
    [[nodiscard]] int last() const { return support::local_port(held_.back().get()); }
    [[nodiscard]] int give_one_back() {
        const int port = last();
        held_.pop_back();
        return port;
    }

  private:
    std::vector<support::unique_fd> held_;
};

}  // namespace

TEST_CASE("spawn_demo shows both outputs and how the program ended", "[01][programs]") {
    const exec_result result = run_program("spawn_demo", {"sh", "-c", "echo a; echo b >&2"});
    CHECK(result.success());
    CHECK(result.out.find("stdout: a\n") != std::string::npos);
    CHECK(result.out.find("stderr: b\n") != std::string::npos);
    CHECK(result.out.find("child process exited with code 0\n") != std::string::npos);
}

TEST_CASE("spawn_demo fails when its program fails or cannot be started", "[01][programs]") {
    const exec_result killed = run_program("spawn_demo", {"sh", "-c", "kill -9 $$"});
    CHECK(killed.out == "child process exited with signal SIGKILL\n");
    CHECK(killed.status == exit_status::exited(1));
    const exec_result absent = run_program("spawn_demo", {"no-such-command"});
    CHECK(absent.err == "error: spawn no-such-command: exec: No such file or directory\n");
    CHECK(absent.status == exit_status::exited(1));
}

TEST_CASE("exec_demo shows a result, or the error with its reason", "[01][programs]") {
    const exec_result good = run_program("exec_demo", {"echo one | tr a-z A-Z"});
    CHECK(good.out == "ONE\n");
    CHECK(good.success());
    const exec_result gone = run_program("exec_demo", {"rm", "no-such-file.txt"});
    CHECK(gone.out.find("error: command failed: rm no-such-file.txt: code 1\nrm: ") == 0);
    CHECK(gone.status == exit_status::exited(1));
}

TEST_CASE("every program explains itself and refuses wrong flags", "[01][programs]") {
    for (const char* name : {"spawn_demo", "exec_demo", "random_ports"}) {
        const exec_result help = run_program(name, {"--help"});
        CHECK(help.out.find("usage: " + std::string(name)) == 0);
        CHECK(help.success());
        CHECK(run_program(name, {"--wrong"}).status == exit_status::exited(2));
    }
    CHECK(run_program("random_ports", {"--workers", "0"}).status == exit_status::exited(2));
    CHECK(run_program("random_ports", {"--from", "9", "--to", "8"}).status ==
          exit_status::exited(2));
    CHECK(run_program("exec_demo", {"--timeout", "-1"}).status == exit_status::exited(2));
}

TEST_CASE("random_ports: every server is a process of its own on a port of its own",
          "[01][programs]") {
    tests::run([]() -> asio::awaitable<void> {
        child servers = start_two_servers(co_await asio::this_coro::executor);
        const std::vector<std::uint16_t> ports = co_await tests::read_ports(servers.out(), 2);
        REQUIRE(ports.size() == 2);
        CHECK(ports[0] != ports[1]);
        for (const std::uint16_t port : ports) {
            CHECK((port >= 3000 && port <= 3999));
            const std::string answer = tests::http_get(port, "/");
            CHECK(answer.find("hello from process ") != std::string::npos);
            CHECK(answer.find(" on port " + std::to_string(port)) != std::string::npos);
        }
        CHECK(tests::http_get(ports[0], "/") != tests::http_get(ports[1], "/"));
        servers.kill(SIGTERM);
        const exit_status status = co_await servers.wait_closed();
        CHECK(status == exit_status::exited(0));
    });
}

TEST_CASE("random_ports: no server outlives a parent that was killed hard", "[01][programs]") {
    tests::run([]() -> asio::awaitable<void> {
        child servers = start_two_servers(co_await asio::this_coro::executor);
        const std::vector<std::uint16_t> ports = co_await tests::read_ports(servers.out(), 2);
        REQUIRE(ports.size() == 2);
        servers.kill(SIGKILL);
        co_await servers.wait_closed();  // the servers hold the pipe, too
        CHECK(tests::http_get(ports[0], "/").empty());
        CHECK(tests::http_get(ports[1], "/").empty());
    });
}

TEST_CASE("random_ports tries another port when one is taken, and says when all are",
          "[01][programs]") {
    const support::unique_fd taken = support::listen_tcp("127.0.0.1", 0);
    const int port = support::local_port(taken.get());
    const std::string text = std::to_string(port);
    const exec_result none = run_program("random_ports", {"--serve", "--from", text, "--to", text});
    CHECK(none.err == "error: all ports from " + text + " to " + text + " are taken\n");
    CHECK(none.status == exit_status::exited(1));

    // Two children, and room for none: the parent sees them end and ends, too.
    const exec_result parent =
        run_program("random_ports", {"--workers", "2", "--from", text, "--to", text});
    CHECK(parent.out.find("no child is left") != std::string::npos);
    CHECK(parent.status == exit_status::exited(1));
}

TEST_CASE("random_ports finds the one port of its range that is free", "[01][programs]") {
    tests::run([]() -> asio::awaitable<void> {
        five_ports ports;
        const std::string from = std::to_string(ports.first());
        const std::string to = std::to_string(ports.first() + 4);
        const int free = ports.give_one_back();
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments{"--serve", "--from", from, "--to", to};
        child server =
            spawn(executor, tests::stage_program("01-spawn-exec", "random_ports"), arguments);
        const std::vector<std::uint16_t> found = co_await tests::read_ports(server.out(), 1);
        REQUIRE(found.size() == 1);
        CHECK(found[0] == free);
        server.kill(SIGTERM);
        co_await server.wait();
    });
}
