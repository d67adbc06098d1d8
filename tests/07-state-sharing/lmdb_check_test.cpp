// A file of LMDB that was cut, changed or swapped is found out before it is mapped.
#include "07-state-sharing/lmdb_check.hpp"

#include <nlohmann/json.hpp>
#include <random>

#include "07-state-sharing/lmdb_keeper.hpp"
#include "tests/07-state-sharing/lmdb_files.hpp"
#include "tests/07-state-sharing/store_contract.hpp"
#include "tests/catch.hpp"

using state::find_lmdb_fault;
using state::lmdb_check_depth;
using state::lmdb_keeper;
using state::lmdb_store;
using state::store_error;
using state::store_fault;
using tests::lmdb_folder;

namespace {

constexpr int lmdb_values = 60;

// Has trees with branches, free pages, a value of one page and values of many.
std::string lmdb_filled(const lmdb_folder& folder) {
    lmdb_store store(folder.path());
    for (int number = 0; number < lmdb_values; ++number) {
        store.set("key/" + std::to_string(number), std::string(300, 'a'));
    }
    store.set("large", std::string(20'000, 'l'));
    store.set("larger", std::string(100'000, 'l'));
    for (int number = 0; number < 10; ++number) store.erase("key/" + std::to_string(number));
    return folder.bytes("data.mdb");
}

// What became of opening the store. "same", "fault: …", or what is different.
std::string lmdb_outcome(const lmdb_folder& folder, const std::vector<state::named_entry>& all) {
    try {
        lmdb_store store(folder.path());
        const auto found = store.scan("");
        if (found.size() != all.size()) return std::to_string(found.size()) + " values";
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (found[i].key != all[i].key || found[i].found.json != all[i].found.json) {
                return all[i].key + " is another one";
            }
        }
        store.set("new", 1);
        return "same";
    } catch (const store_error& error) {
        if (error.fault() != store_fault::corrupt) return error.what();
        return "fault";
    }
}

}  // namespace

TEST_CASE("a store on LMDB that was cut anywhere is found out or as it was", "[07][lmdb]") {
    const lmdb_folder good;
    const auto bytes = lmdb_filled(good);
    const auto all = lmdb_store(good.path()).scan("");
    const auto shorter = GENERATE(0, 1, 100, 4095);
    int faults = 0;
    for (std::size_t size = static_cast<std::size_t>(shorter); size < bytes.size(); size += 4096) {
        const lmdb_folder cut;
        cut.write("data.mdb", bytes.substr(0, size));
        const auto outcome = lmdb_outcome(cut, all);
        INFO("cut to " << size << " of " << bytes.size() << " bytes: " << outcome);
        CHECK((outcome == "same" || outcome == "fault"));
        CHECK(cut.has("data.mdb.corrupt") == (outcome == "fault"));
        if (outcome == "fault") {
            ++faults;
            CHECK(cut.bytes("data.mdb.corrupt").size() == size);
        }
    }
    CHECK(faults > 10);
}

TEST_CASE("a store on LMDB with a bit changed anywhere is found out or as it was", "[07][lmdb]") {
    const lmdb_folder good;
    const auto bytes = lmdb_filled(good);
    const auto all = lmdb_store(good.path()).scan("");
    std::mt19937 random(7);  // NOLINT: the same each time
    std::uniform_int_distribution<std::size_t> any_bit(0, bytes.size() * 8 - 1);
    int faults = 0;
    for (int round = 0; round < 400; ++round) {
        const auto bit = any_bit(random);
        auto changed = bytes;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
        const lmdb_folder folder;
        folder.write("data.mdb", changed);
        const auto outcome = lmdb_outcome(folder, all);
        INFO("bit " << bit << " in page " << bit / 8 / 4096 << ": " << outcome);
        CHECK((outcome == "same" || outcome == "fault"));
        if (outcome == "fault") ++faults;
    }
    CHECK(faults > 40);
}

// What LMDB believes without looking: the size of the pages, the place of the map, the trees'
// roots.
TEST_CASE("a store on LMDB with a byte changed in its first two pages never ends the process",
          "[07][lmdb]") {
    const lmdb_folder good;
    const auto bytes = lmdb_filled(good);
    constexpr std::size_t head_size = 16 + 136;
    int faults = 0;
    for (std::size_t at = 0; at < 2 * head_size; ++at) {
        auto changed = bytes;
        const auto place = at < head_size ? at : at - head_size + 4096;
        changed[place] = static_cast<char>(changed[place] ^ (1 << at % 8));
        const lmdb_folder folder;
        folder.write("data.mdb", changed);
        const auto fault = tests::fault_of([&] {
            lmdb_store store(folder.path());
            (void)store.scan("");
            store.set("new", 1);
        });
        INFO("byte " << place << ": " << fault);
        CHECK((fault == "none" || fault == "corrupt"));
        if (fault == "corrupt") ++faults;
    }
    CHECK(faults > 50);
}

TEST_CASE("a foreign file in the place of a store on LMDB is kept and said", "[07][lmdb]") {
    const std::vector<std::pair<std::string, std::string>> files = {
        {"", "it ends before page 0"},
        {"{\"this\": \"is text\"}\n", "it ends before page 0"},
        {std::string(100'000, 't'), "not written by LMDB"},
        {std::string(100'000, '\0'), "not written by LMDB"},
    };
    for (const auto& [bytes, reason] : files) {
        const lmdb_folder folder;
        folder.write("data.mdb", bytes);
        const auto message = tests::message_of([&] { lmdb_store store(folder.path()); });
        INFO(message);
        CHECK(message.find(reason) != std::string::npos);
        CHECK(message.find("it was kept as " + folder.file("data.mdb.corrupt")) !=
              std::string::npos);
        CHECK(folder.bytes("data.mdb.corrupt") == bytes);
        CHECK(lmdb_store(folder.path()).scan("").empty());
    }
}

TEST_CASE("a file of another version of LMDB is refused by name", "[07][lmdb]") {
    const lmdb_folder good;
    auto bytes = lmdb_filled(good);
    constexpr std::size_t version_at = 20;
    bytes[version_at] = 99;
    const lmdb_folder folder;
    folder.write("data.mdb", bytes);
    const auto message = tests::message_of([&] { lmdb_store store(folder.path()); });
    CHECK(message.find("it is of version 99 of LMDB's format, not 1") != std::string::npos);
}

TEST_CASE("a second corrupt file is kept beside the first", "[07][lmdb]") {
    const lmdb_folder folder;
    folder.write("data.mdb", "one");
    CHECK_THROWS_AS(lmdb_store(folder.path()), store_error);
    folder.write("data.mdb", "two");
    CHECK_THROWS_AS(lmdb_store(folder.path()), store_error);
    CHECK(folder.bytes("data.mdb.corrupt") == "one");
    CHECK(folder.bytes("data.mdb.corrupt.2") == "two");
}

TEST_CASE("the whole of a store on LMDB stands the check after any writes", "[07][lmdb]") {
    const lmdb_folder folder;
    std::mt19937 random(11);  // NOLINT: the same each time
    std::uniform_int_distribution<int> key(0, 300);
    std::uniform_int_distribution<std::size_t> size(0, 12'000);
    for (int round = 0; round < 40; ++round) {
        {
            lmdb_store store(folder.path());
            for (int write = 0; write < 50; ++write) {
                const auto name = std::string(static_cast<std::size_t>(key(random)) + 1, 'k') +
                                  std::to_string(key(random));
                if (write % 3 == 0) {
                    for (const auto& each : store.scan(name, 2)) store.erase(each.key);
                }
                store.set(name, std::string(size(random), 'v'));
            }
        }
        const auto fault = find_lmdb_fault(folder.data(), lmdb_check_depth::whole);
        INFO(fault.value_or(""));
        REQUIRE_FALSE(fault);
    }
}
