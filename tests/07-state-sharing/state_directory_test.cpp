// A state directory belongs to one primary at a time.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "01-spawn-exec/spawn.hpp"
#include "07-state-sharing/state_directory.hpp"
#include "07-state-sharing/store_error.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace {

child_process::child start_owner(const asio::any_io_executor& executor, const std::string& path) {
    return child_process::spawn(executor, tests::program("owns_directory"), {path});
}

mode_t directory_mode(const std::string& path) {
    struct stat found {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    return found.st_mode & 07777U;
}

}  // namespace

TEST_CASE("a state directory is made, for its user alone", "[07][directory]") {
    const tests::temporary_folder folder;
    const state::state_directory directory(folder.file("above/state/"));
    CHECK(directory.path() == folder.file("above/state"));
    CHECK(directory_mode(directory.path()) == 0700);
    CHECK(directory.file("a.json") == folder.file("above/state/a.json"));
}

TEST_CASE("a state directory that is there keeps what is in it", "[07][directory]") {
    const tests::temporary_folder folder;
    std::ofstream(folder.file("state.json")) << "old";
    const state::state_directory directory(folder.path().string());
    CHECK(std::filesystem::file_size(directory.file("state.json")) == 3);
}

TEST_CASE("a second owner is told who has the directory", "[07][directory]") {
    const tests::temporary_folder folder;
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto first = start_owner(executor, folder.path());
        const std::string said = co_await tests::read_line(first.out());
        REQUIRE(said == "mine");
        auto second = start_owner(executor, folder.path());
        const std::string refused = co_await tests::read_line(second.out());
        CHECK(refused == "in_use: " + folder.path().string() + " is in use by process " +
                             std::to_string(first.pid()) + "; stop it, or give --state DIR");
        first.in().end();
        co_await first.wait();
        auto third = start_owner(executor, folder.path());
        const std::string taken = co_await tests::read_line(third.out());
        CHECK(taken == "mine");
    });
}

TEST_CASE("the directory of a killed owner is free at once", "[07][directory]") {
    const tests::temporary_folder folder;
    tests::run([&]() -> asio::awaitable<void> {
        auto owner = start_owner(co_await asio::this_coro::executor, folder.path());
        co_await tests::read_line(owner.out());
        owner.kill(SIGKILL);
        co_await owner.wait();
        CHECK_NOTHROW(state::state_directory(folder.path()));
    });
}

TEST_CASE("an owner's children do not keep the directory", "[07][directory]") {
    const tests::temporary_folder folder;
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        std::optional<state::state_directory> ours(folder.path());
        auto worker = child_process::spawn(executor, "cat");
        ours.reset();
        CHECK_NOTHROW(state::state_directory(folder.path()));
        worker.in().end();
        co_await worker.wait();
    });
}

TEST_CASE("a path where no directory can be is refused with its reason", "[07][directory]") {
    const tests::temporary_folder folder;
    std::ofstream(folder.file("taken")) << "a file";
    for (const std::string name : {"taken", "taken/state"}) {
        INFO(name);
        try {
            const state::state_directory directory(folder.file(name));
            FAIL("it was taken for a directory");
        } catch (const state::store_error& error) {
            CHECK(error.fault() == state::store_fault::io);
            CHECK(std::string(error.what()).find(folder.file(name)) != std::string::npos);
        }
    }
}
