// What the store on LMDB is beyond the contract: its descriptors, its room, its places for readers.
#include "07-state-sharing/lmdb_store.hpp"

#include <fcntl.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/07-state-sharing/lmdb_files.hpp"
#include "tests/catch.hpp"
#include "tests/leaks.hpp"

using nlohmann::json;
using state::lmdb_options;
using state::lmdb_store;
using state::store_error;
using state::store_fault;
using tests::lmdb_folder;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t lmdb_kib = 1024;

// Puts values until there is no room for one more; how many there are.
int lmdb_fill(lmdb_store& store, std::size_t size, state::lifetime lives = {}) {
    const json value(std::string(size, 'v'));
    for (int count = 0;; ++count) {
        try {
            store.set("fill/" + std::to_string(count), value, lives);
        } catch (const store_error& error) {
            REQUIRE(error.fault() == store_fault::no_space);
            return count;
        }
    }
}

lmdb_options lmdb_small_room() {
    lmdb_options options;
    options.room = 256 * lmdb_kib;
    return options;
}

}  // namespace

TEST_CASE("programs that a process starts inherit nothing of its store", "[07][lmdb]") {
    const lmdb_folder folder;
    const auto before = tests::open_descriptors();
    lmdb_store store(folder.path());
    store.set("a", 1);
    int opened = 0;
    for (const auto& [fd, target] : tests::open_descriptors()) {
        if (before.count(fd) != 0) continue;
        INFO(fd << " " << target);
        CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        ++opened;
    }
    CHECK(opened >= 3);
}

TEST_CASE("a process opens a store on LMDB once, and then again when it was closed", "[07][lmdb]") {
    const lmdb_folder folder;
    {
        lmdb_store store(folder.path());
        CHECK_THROWS_AS(lmdb_store(folder.path()), std::logic_error);
        CHECK_THROWS_AS(lmdb_store(folder.path() + "/."), std::logic_error);
        store.set("a", 1);
        CHECK(store.get("a")->json == "1");
    }
    lmdb_store store(folder.path());
    CHECK(store.get("a")->json == "1");
}

TEST_CASE(
    "a store on LMDB whose room is full refuses, reads on, and takes writes again after some "
    "were erased",
    "[07][lmdb]") {
    for (const std::size_t size : {std::size_t{10}, 3 * lmdb_kib, 40 * lmdb_kib}) {
        INFO("values of " << size << " bytes");
        const lmdb_folder folder;
        lmdb_store store(folder.path(), lmdb_small_room());
        for (int round = 0; round < 5; ++round) {
            const int count = lmdb_fill(store, size);
            REQUIRE(count > 2);
            CHECK(store.scan("fill/").size() == static_cast<std::size_t>(count));
            for (int erased = 0; erased < count; ++erased) {
                REQUIRE(store.erase("fill/" + std::to_string(erased)));
            }
            store.set("after", round);
            CHECK(store.get("after")->json == std::to_string(round));
        }
        CHECK(std::filesystem::file_size(folder.data()) <= 2048 * lmdb_kib);
    }
}

TEST_CASE("one erased value makes room for another one in a full store on LMDB", "[07][lmdb]") {
    const lmdb_folder folder;
    lmdb_store store(folder.path(), lmdb_small_room());
    const int count = lmdb_fill(store, 3 * lmdb_kib);
    for (int number = 0; number < count; ++number) {
        INFO(number << " of " << count);
        REQUIRE(store.erase("fill/" + std::to_string(number)));
        REQUIRE_NOTHROW(
            store.set("next/" + std::to_string(number), std::string(2 * lmdb_kib, 'n')));
    }
}

TEST_CASE("a store on LMDB that is full of values that are over has room", "[07][lmdb]") {
    const lmdb_folder folder;
    lmdb_store store(folder.path(), lmdb_small_room());
    const int first = lmdb_fill(store, 1000, 1h);
    for (int again = 0; again < first; ++again) {
        store.update(
            "fill/" + std::to_string(again), [](const auto& was) { return was; }, 0ms);
    }
    for (int number = 0; number < first / 2; ++number) {
        INFO(number);
        CHECK_NOTHROW(store.set("new/" + std::to_string(number), std::string(1000, 'n')));
    }
}

TEST_CASE("values that are over make way while others are written", "[07][lmdb]") {
    const lmdb_folder folder;
    lmdb_store store(folder.path(), lmdb_small_room());
    const std::string value(1000, 'v');
    for (int number = 0; number < 2000; ++number) {
        INFO(number);
        REQUIRE_NOTHROW(store.set("session/" + std::to_string(number), value, 0ms));
    }
    CHECK(std::filesystem::file_size(folder.data()) < 200 * lmdb_kib);
}

TEST_CASE("a message about a full room says what to do", "[07][lmdb]") {
    const lmdb_folder folder;
    lmdb_store store(folder.path(), lmdb_small_room());
    const auto message =
        tests::message_of([&] { store.set("a", std::string(1024 * lmdb_kib - 100, 'v')); });
    CHECK(message.find("the room given to the store is full; erase") != std::string::npos);
    CHECK_FALSE(store.get("a"));
}
