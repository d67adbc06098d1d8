// Several processes at one store on LMDB: their places, and what they find there.
#include <deque>
#include <nlohmann/json.hpp>

#include "07-state-sharing/lmdb_keeper.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/07-state-sharing/lmdb_files.hpp"
#include "tests/07-state-sharing/lmdb_user.hpp"
#include "tests/catch.hpp"

using state::lmdb_options;
using state::lmdb_store;
using state::store_error;
using tests::lmdb_folder;
using tests::lmdb_kill;
using tests::lmdb_user;

TEST_CASE(
    "there are as many places for readers as the first one has made, and a dead one's is free",
    "[07][lmdb]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const lmdb_folder folder;
        std::deque<child_process::child> readers;
        const std::vector<std::string> answers = {"ready", "ready", "ready", "as many processes"};
        for (const auto& expected : answers) {
            readers.push_back(lmdb_user(executor, folder, "look"));
            const auto said = co_await tests::read_line(readers.back().out());
            INFO(said);
            CHECK(said.find(expected) != std::string::npos);
        }
        CHECK_THROWS_AS(lmdb_store(folder.path()).get("a"), store_error);
        co_await lmdb_kill(readers.front());
        lmdb_store store(folder.path());
        CHECK_FALSE(store.get("a"));
        co_await lmdb_kill(readers[1]);
        CHECK(store.clear_stale_readers() == 1);
        CHECK(store.clear_stale_readers() == 0);
        for (auto& reader : readers) co_await lmdb_kill(reader);
    });
}

TEST_CASE("what a reader saw that died is used again once its place is cleared", "[07][lmdb]") {
    tests::run([]() -> asio::awaitable<void> {
        const lmdb_folder folder;
        lmdb_store store(folder.path());
        const auto write = [&] {
            for (int round = 0; round < 50; ++round) store.set("a", std::string(10'000, 'a'));
            return std::filesystem::file_size(folder.data());
        };
        const auto before = write();
        auto reader = lmdb_user(co_await asio::this_coro::executor, folder, "read");
        co_await tests::read_line(reader.out());
        co_await lmdb_kill(reader);
        const auto held_back = write();
        CHECK(held_back > before);
        CHECK(store.clear_stale_readers() == 1);
        CHECK(write() == held_back);
    });
}

TEST_CASE("a process that was given less room reads what another one has written beyond it",
          "[07][lmdb]") {
    tests::run([]() -> asio::awaitable<void> {
        const lmdb_folder folder;
        lmdb_options options;
        options.room = 256 * 1024;
        lmdb_store store(folder.path(), options);
        store.set("a", 1);
        auto other = lmdb_user(co_await asio::this_coro::executor, folder, "large");
        const auto said = co_await tests::read_line(other.out());
        CHECK(said == "ready");
        co_await other.wait();
        CHECK(store.scan("large/").size() == 4);
        CHECK(store.get("a")->json == "1");
        CHECK_THROWS_AS(store.set("b", std::string(500'000, 'b')), store_error);
        CHECK(store.erase("large/0"));
        const auto changed = store.set("b", 2);
        CHECK(changed == store.latest());
    });
}

TEST_CASE("a new primary leaves the store alone that workers of the last one still use",
          "[07][lmdb]") {
    tests::run([]() -> asio::awaitable<void> {
        const lmdb_folder folder;
        lmdb_store(folder.path()).set("a", 1);
        folder.write("snapshot.mdb", "an old one");
        folder.write("marker.json", R"({"boot": "another", "clean_at": 0})");
        auto worker = lmdb_user(co_await asio::this_coro::executor, folder, "look");
        co_await tests::read_line(worker.out());
        {
            state::lmdb_keeper keeper(folder.path());
            CHECK(keeper.notes().empty());
            CHECK(keeper.store().get("a")->json == "1");
        }
        co_await lmdb_kill(worker);
    });
}
