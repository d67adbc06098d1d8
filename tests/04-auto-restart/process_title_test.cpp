// What `ps` shows of a process that names itself.
#include "04-auto-restart/process_title.hpp"

#include <iostream>

#include "01-spawn-exec/exec.hpp"
#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/helpers.hpp"
#include "tests/text.hpp"

using namespace child_process;

namespace {

using words = std::vector<std::string>;

// A process that takes titles.
class titled {
  public:
    titled(const asio::any_io_executor& executor, const words& arguments,
           const spawn_options& options = {})
        : process_(spawn(executor, tests::program("titles_itself"), arguments, options)) {}

    // While it becomes the program, /proc does not show all of it yet.
    asio::awaitable<void> until_ready() {
        const std::string said = co_await tests::read_line(process_.out());
        CHECK(said == "ready");
    }

    asio::awaitable<void> set_title(std::string title) {
        co_await process_.in().write(title + "\n");
        const std::string answer = co_await tests::read_line(process_.out());
        CHECK(answer == "done");
    }

    // One column of `ps`, without the newline.
    asio::awaitable<std::string> ps(std::string column) {
        const words arguments{"-o", column + "=", "-p", std::to_string(process_.pid())};
        exec_result result = co_await exec_file("ps", arguments);
        result.out.erase(result.out.find_last_not_of(" \n") + 1);
        co_return result.out;
    }

    // A file of its folder in /proc.
    [[nodiscard]] std::string proc(const std::string& name) const {
        return tests::content_of("/proc/" + std::to_string(process_.pid()) + "/" + name);
    }

  private:
    child process_;
};

const words long_line{"with", "some arguments", "--that=make", "the command line long"};

}  // namespace

TEST_CASE("a process that names itself is called so by ps", "[04][process_title]") {
    tests::run([]() -> asio::awaitable<void> {
        std::error_code missing;
        const auto executor = co_await asio::this_coro::executor;
        if (!spawn(executor, "ps", {}, {}, missing)) {
            std::cout << "SKIPPED: there is no ps in PATH to ask" << std::endl;
            co_return;
        }
        titled process(executor, long_line);
        co_await process.until_ready();
        co_await process.set_title("worker 3");
        const std::string arguments = co_await process.ps("args");
        CHECK(arguments == "worker 3");
        const std::string name = co_await process.ps("comm");
        CHECK(name == "worker 3");
    });
}

TEST_CASE("a shorter title leaves nothing of a longer one", "[04][process_title]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        titled process(executor, long_line);
        co_await process.until_ready();
        const std::size_t room = process.proc("cmdline").size();
        co_await process.set_title("worker 12 is draining");
        co_await process.set_title("worker 1");
        CHECK(process.proc("cmdline") == "worker 1" + std::string(room - 8, '\0'));
        co_await process.set_title("");
        CHECK(process.proc("cmdline") == std::string(room, '\0'));
        CHECK(process.proc("comm") == "\n");
    });
}

TEST_CASE("a title that is too long is cut, and the environment stays as it was",
          "[04][process_title]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        titled process(executor, {});
        co_await process.until_ready();
        const std::size_t room = process.proc("cmdline").size();
        const std::string environment = process.proc("environ");
        const std::string title(100'000, 't');
        co_await process.set_title(title);
        CHECK(process.proc("cmdline") == title.substr(0, room - 1) + '\0');
        CHECK(process.proc("environ") == environment);
        CHECK(process.proc("comm") == "ttttttttttttttt\n");
    });
}

TEST_CASE("a process with hardly a command line takes what fits of a title",
          "[04][process_title]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        for (const std::string own_name : {"", "x", "xy"}) {
            spawn_options options;
            options.argv0 = own_name;
            titled process(executor, {}, options);
            co_await process.until_ready();
            co_await process.set_title("worker");
            const std::string title = std::string("worker").substr(0, own_name.size());
            CHECK(process.proc("cmdline") == title + '\0');
            CHECK(process.proc("comm") == "worker\n");
        }
    });
}

TEST_CASE("a title that looks like the fields behind the name in /proc is a title",
          "[04][process_title]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        titled process(executor, long_line);
        co_await process.until_ready();
        for (const std::string title : {"w) S 1 (2 3", "worker (3)", ")", "("}) {
            co_await process.set_title(title);
            CHECK(process.proc("cmdline").substr(0, title.size() + 1) == title + '\0');
            CHECK(process.proc("comm") == title + "\n");
        }
    });
}
