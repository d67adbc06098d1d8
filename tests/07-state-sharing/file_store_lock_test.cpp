// Who may write: one at a time, everybody in the end, and nobody waits for ever.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "01-spawn-exec/spawn.hpp"
#include "07-state-sharing/file_store.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/07-state-sharing/store_contract.hpp"

using namespace std::chrono_literals;
using state::file_store;
using tests::fault_of;
using tests::text_in;

namespace {

state::file_store_options lock_wait(std::chrono::milliseconds limit) {
    state::file_store_options options;
    options.lock_limit = limit;
    return options;
}

// A process that stays in the middle of a write of 2 to "a".
asio::awaitable<child_process::child> lock_holder(std::string path) {
    const std::vector<std::string> arguments = {"written", "set", path};
    auto holder = child_process::spawn(co_await asio::this_coro::executor,
                                       tests::program("stops_at"), arguments);
    co_await tests::read_line(holder.out());
    co_return holder;
}

}  // namespace

TEST_CASE("a writer does not wait for ever for one that is stuck, and readers not at all",
          "[07][file][lock]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    file_store store(path, lock_wait(50ms));
    store.set("a", 1);
    tests::run([&]() -> asio::awaitable<void> {
        auto stuck = co_await lock_holder(path);
        CHECK(fault_of([&] { store.set("a", 3); }) == "busy");
        CHECK(fault_of([&] { store.increment("b"); }) == "busy");
        CHECK(text_in(store, "a") == "1");
        CHECK(store.scan("").size() == 1);
        stuck.kill(SIGKILL);
        co_await stuck.wait();
        store.set("a", 3);
        CHECK(text_in(store, "a") == "3");
    });
}

TEST_CASE("a lock file that somebody removed is made again by all", "[07][file][lock]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    file_store one(path);
    one.set("a", 1);
    std::filesystem::remove(path + ".lock");
    std::filesystem::remove(path + ".lock.turn");
    file_store two(path, lock_wait(0ms));
    // One asks within two's write, which therefore must find the lock taken.
    two.update("a", [&](const auto&) {
        struct stat there {};
        CHECK(::stat((path + ".lock").c_str(), &there) == 0);
        const support::unique_fd again(::open((path + ".lock").c_str(), O_RDWR | O_CLOEXEC));
        CHECK(::flock(again.get(), LOCK_EX | LOCK_NB) == -1);
        return std::optional<nlohmann::json>(2);
    });
    CHECK(one.increment("a") == 3);
}

TEST_CASE("an updater that uses its own store is told, and changes nothing", "[07][file][lock]") {
    const tests::temporary_folder folder;
    file_store store(folder.file("state.json"));
    store.set("a", 1);
    const auto nested = [&](const auto&) {
        store.set("b", 1);
        return std::optional<nlohmann::json>(2);
    };
    CHECK_THROWS_AS(store.update("a", nested), std::logic_error);
    CHECK(text_in(store, "a") == "1");
    CHECK_FALSE(store.get("b"));
    CHECK(store.increment("a") == 2);
}

TEST_CASE("the files of a store are for its user alone", "[07][file]") {
    const tests::temporary_folder folder;
    file_store store(folder.file("state.json"));
    store.set("a", 1);
    for (const auto& each : std::filesystem::directory_iterator(folder.path())) {
        struct stat found {};
        REQUIRE(::stat(each.path().c_str(), &found) == 0);
        INFO(each.path());
        CHECK((found.st_mode & 07777U) == 0600);
    }
}

TEST_CASE("a child inherits no descriptor of a store", "[07][file]") {
    const tests::temporary_folder folder;
    file_store store(folder.file("state.json"));
    store.set("a", 1);
    store.set("a", 2);
    for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        const auto target = std::filesystem::read_symlink(each.path(), gone).string();
        if (target.find(folder.path().string()) == target.npos) continue;
        INFO(target);
        CHECK((::fcntl(std::stoi(each.path().filename()), F_GETFD) & FD_CLOEXEC) != 0);
    }
}

TEST_CASE("a store whose directory is missing, or is no store's, says so", "[07][file]") {
    const tests::temporary_folder folder;
    CHECK(fault_of([&] { file_store store(folder.file("none/state.json")); }) == "io");
    std::filesystem::create_directory(folder.file("state.json"));
    file_store store(folder.file("state.json"));
    CHECK(fault_of([&] { (void)store.get("a"); }) == "io");
    CHECK(fault_of([&] { store.set("a", 1); }) == "io");
}
