// What a worker is started with.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "tests/06-cluster-lib/troupe.hpp"

using namespace tests;

namespace {

// What one worker that is started so reports.
json report_of_one(const cluster::setup& setup, const child_process::environment& env = {}) {
    json result;
    tests::run([&]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told", setup);
        all.primary().fork(env);
        result = co_await all.ask(1, "report");
    });
    return result;
}

}  // namespace

TEST_CASE("a worker knows that it is one, its number, and that it stays", "[06][worker]") {
    const json report = report_of_one({});
    CHECK(report["worker"] == true);
    CHECK(report["id"] == 1);
    CHECK(report["connected"] == true);
    CHECK(report["stays"] == true);
}

TEST_CASE("the test's own process is no worker", "[06][worker]") {
    CHECK(cluster::is_primary());
    CHECK_FALSE(cluster::is_worker());
}

TEST_CASE("a worker finds nothing of the cluster in its environment", "[06][worker]") {
    const json report = report_of_one({});
    CHECK_FALSE(report["env"].contains("NODE_UNIQUE_ID"));
    CHECK_FALSE(report["env"].contains("NODE_CHANNEL_FD"));
}

TEST_CASE("a worker gets its arguments and its folder", "[06][primary][setup]") {
    const temporary_folder folder;
    cluster::setup setup;
    setup.arguments = {"one", "two words"};
    setup.cwd = folder.path().string();
    const json report = report_of_one(setup);
    CHECK(report["arguments"] == json::array({"one", "two words"}));
    CHECK(report["cwd"] == std::filesystem::canonical(folder.path()).string());
}

TEST_CASE("a worker's environment is what setup gives, and what fork adds",
          "[06][primary][setup]") {
    cluster::setup setup;
    setup.env = {{"FROM_SETUP", "1"}, {"CHANGED", "before"}};
    const json report = report_of_one(setup, {{"FROM_FORK", "2"}, {"CHANGED", "after"}});
    CHECK(report["env"]["FROM_SETUP"] == "1");
    CHECK(report["env"]["FROM_FORK"] == "2");
    CHECK(report["env"]["CHANGED"] == "after");
    CHECK_FALSE(report["env"].contains("PATH"));
}

TEST_CASE("what fork adds is that worker's alone", "[06][primary]") {
    const json report = report_of_one({}, {{"FROM_FORK", "2"}});
    CHECK(report["env"]["FROM_FORK"] == "2");
    CHECK(report["env"].contains("PATH"));  // ours, when setup gives none
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        all.primary().fork({{"FROM_FORK", "2"}});
        all.primary().fork();
        const json other = co_await all.ask(2, "report");
        CHECK_FALSE(other["env"].contains("FROM_FORK"));
    });
}

TEST_CASE("a worker runs as whom setup says", "[06][primary][setup]") {
    if (::geteuid() != 0) {
        std::cout << "SKIPPED: only root may start a process as somebody else" << std::endl;
        return;
    }
    cluster::setup setup;
    setup.uid = 65534;
    setup.gid = 65533;
    const json report = report_of_one(setup);
    CHECK(report["uid"] == 65534);
    CHECK(report["gid"] == 65533);
}

TEST_CASE("what a silent worker writes is told to the primary", "[06][primary][setup]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        CHECK(all.primary().settings().silent == true);
        all.primary().fork();
        co_await all.until([&] {
            return !all.output(1).empty() && all.output(2).find('\n') != std::string::npos;
        });
        CHECK(all.output(1) == "this is its output\n");
        CHECK(all.output(2) == "these are its errors\n");
    });
}

TEST_CASE("a worker's standard output is what setup says", "[06][primary][setup]") {
    const temporary_folder folder;
    const std::string path = folder.file("output");
    const support::unique_fd file(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    cluster::setup setup;
    using child_process::stdio;
    setup.silent = false;
    setup.stdio = {stdio::ignore(), stdio::descriptor(file.get())};
    static_cast<void>(report_of_one(setup));
    std::string text(64, '\0');
    text.resize(static_cast<std::size_t>(::pread(file.get(), text.data(), text.size(), 0)));
    CHECK(text == "this is its output\n");
}

TEST_CASE("a program that does not exist is an error of fork", "[06][primary][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "/no/such/program");
        std::error_code error;
        try {
            all.primary().fork();
        } catch (const std::system_error& thrown) {
            error = thrown.code();
        }
        CHECK(error == std::errc::no_such_file_or_directory);
        CHECK(all.primary().workers().empty());
        CHECK(all.record().empty());
    });
}

TEST_CASE("a folder that does not exist is an error of fork", "[06][primary][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        cluster::setup setup;
        setup.cwd = "/no/such/folder";
        troupe all(co_await asio::this_coro::executor, "lives_as_told", setup);
        CHECK_THROWS_AS(all.primary().fork(), std::system_error);
    });
}
