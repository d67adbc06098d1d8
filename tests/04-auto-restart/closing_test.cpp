// When the primary frees a socket that its workers have closed.
#include <csignal>
#include <filesystem>

#include "tests/04-auto-restart/primary_program.hpp"
#include "tests/04-auto-restart/processes.hpp"

using namespace tests;

namespace {

// A shell as a worker: its first asks for a unix socket and closes it, then does `then`. The others
// stop before they have asked for anything, and become restart_worker when they are continued.
primary_program::words closing_worker(const std::string& path, const std::string& then) {
    const auto say = [](const std::string& fields) {
        return "echo '{\"cmd\":\"NODE_CLUSTER\"," + fields + "}' >&$NODE_CHANNEL_FD; ";
    };
    const std::string hear = "read -r answer <&$NODE_CHANNEL_FD; ";
    const std::string where = "\"address\":\"" + path + "\",\"port\":-1,\"addressType\":-1";
    const std::string key = "\"key\":\"" + path + ":-1:-1:undefined:0\"";
    const std::string script =
        "if [ $NODE_UNIQUE_ID != 1 ]; then kill -STOP $$; exec \"$0\" --port 0; fi; " +
        say("\"act\":\"queryServer\",\"seq\":1," + where) + hear +
        "echo '{\"cmd\":\"NODE_HANDLE_ACK\"}' >&$NODE_CHANNEL_FD; " + "test -S " + path +
        " && echo it is there; " + say("\"act\":\"close\",\"seq\":2," + key) +
        // A question that has an answer, to know that all has been heard.
        say("\"act\":\"queryServer\",\"seq\":3,\"addressType\":\"none\"") + hear + "echo closed; " +
        then;
    return {"--workers", "1",  "--program", "sh",
            "--",        "-c", script,      stage_program("04-auto-restart", "restart_worker")};
}

}  // namespace

TEST_CASE("a socket is kept for the replacement of a worker that closes it and then ends",
          "[04][listening_sockets]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const temporary_folder folder;
        const std::string path = folder.file("socket");
        primary_program primary(executor, closing_worker(path, "exit 0"));
        co_await primary.until_ended(1);
        CHECK(primary.count("it is there") == 1);
        CHECK(primary.count("closed") == 1);
        co_await primary.until([&] { return primary.alive().contains(2); });
        co_await until_seen([&] { return state_of(primary.alive().at(2)) == 'T'; });
        CHECK(std::filesystem::exists(path));
        ::kill(primary.alive().at(2), SIGCONT);
        co_await primary.until_listening(1);
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
        CHECK_FALSE(std::filesystem::exists(path));
    });
}

TEST_CASE("a socket is freed when the last worker that used it has closed it and goes on",
          "[04][listening_sockets]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const temporary_folder folder;
        const std::string path = folder.file("socket");
        primary_program primary(executor, closing_worker(path, "exec sleep 1000"));
        co_await primary.until_said("closed");
        CHECK(primary.count("it is there") == 1);
        co_await until_seen([&] { return !std::filesystem::exists(path); });
        CHECK(primary.alive().size() == 1);
        co_await primary.stop(SIGQUIT);
    });
}
