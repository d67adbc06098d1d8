// What the primary does for its store on LMDB: snapshots, and what becomes of a bad file.
#include "07-state-sharing/lmdb_keeper.hpp"

#include <nlohmann/json.hpp>

#include "07-state-sharing/lmdb_marker.hpp"
#include "tests/07-state-sharing/lmdb_files.hpp"
#include "tests/07-state-sharing/store_contract.hpp"
#include "tests/catch.hpp"

using nlohmann::json;
using state::durability;
using state::lmdb_keeper;
using state::lmdb_options;
using state::lmdb_store;
using state::store_error;
using tests::lmdb_folder;
using tests::text_in;

namespace {

// As if the machine had been started since: the marker is that of another boot.
void lmdb_boot_again(const lmdb_folder& folder) {
    auto marker = json::parse(folder.bytes("marker.json"));
    CHECK(marker["boot"] == state::present_boot());
    marker["boot"] = "00000000-0000-0000-0000-000000000000";
    folder.write("marker.json", marker.dump());
}

// A store of two values, of which the snapshot knows one.
void lmdb_leave_unclean(const lmdb_folder& folder, const lmdb_options& options = {}) {
    lmdb_keeper keeper(folder.path(), options);
    keeper.store().set("early", 1);
    CHECK(keeper.snapshot());
    keeper.store().set("late", 2);
}

}  // namespace

TEST_CASE("after a power failure the store is as of its last snapshot, and that is said",
          "[07][lmdb]") {
    const lmdb_folder folder;
    lmdb_leave_unclean(folder);
    const auto before = folder.bytes("data.mdb");
    lmdb_boot_again(folder);
    lmdb_keeper keeper(folder.path());
    CHECK(text_in(keeper.store(), "early") == "1");
    CHECK(text_in(keeper.store(), "late") == "-");
    REQUIRE(keeper.notes().size() == 2);
    CHECK(keeper.notes()[0].find("was kept as " + folder.file("data.mdb.unclean")) !=
          std::string::npos);
    CHECK(keeper.notes()[1].find("goes on with " + folder.file("snapshot.mdb")) !=
          std::string::npos);
    CHECK(folder.bytes("data.mdb.unclean") == before);
    // Both writes had versions; neither is given again.
    CHECK(keeper.store().set("next", 3) > (state::version{1} << 32U));
}

TEST_CASE("the death of the primary costs nothing without a power failure", "[07][lmdb]") {
    const lmdb_folder folder;
    lmdb_leave_unclean(folder);
    lmdb_keeper keeper(folder.path());
    CHECK(keeper.notes().empty());
    CHECK(text_in(keeper.store(), "late") == "2");
    CHECK(keeper.store().latest() == 2);
}

TEST_CASE("a clean end outlives a power failure", "[07][lmdb]") {
    const lmdb_folder folder;
    {
        lmdb_keeper keeper(folder.path());
        keeper.store().set("late", 2);
        keeper.end();
    }
    lmdb_boot_again(folder);
    lmdb_keeper keeper(folder.path());
    CHECK(keeper.notes().empty());
    CHECK(text_in(keeper.store(), "late") == "2");
}

TEST_CASE("a store that was cut after a clean end is found out all the same", "[07][lmdb]") {
    const lmdb_folder folder;
    {
        lmdb_keeper keeper(folder.path());
        for (const char key : std::string("abcdefgh")) {
            keeper.store().set(std::string(1, key), std::string(3000, key));
        }
        keeper.end();
    }
    const auto bytes = folder.bytes("data.mdb");
    for (std::size_t size = 8192; size < bytes.size(); size += 1024) {
        INFO("cut to " << size);
        folder.write("data.mdb", bytes.substr(0, size));
        lmdb_keeper keeper(folder.path());
        CHECK(keeper.store().scan("").size() == 8);
        CHECK(keeper.notes().size() != 1);
        keeper.end();
    }
}

TEST_CASE("a write after the clean end makes it an unclean one", "[07][lmdb]") {
    const lmdb_folder folder;
    {
        lmdb_keeper keeper(folder.path());
        keeper.store().set("early", 1);
        keeper.end();
        keeper.store().set("late", 2);
    }
    lmdb_boot_again(folder);
    lmdb_keeper keeper(folder.path());
    CHECK(keeper.notes().size() == 2);
    CHECK(text_in(keeper.store(), "early") == "1");
    CHECK(text_in(keeper.store(), "late") == "-");
}

TEST_CASE("a store that writes through to the disk loses nothing to a power failure",
          "[07][lmdb]") {
    const lmdb_folder folder;
    lmdb_options options;
    options.lasts = durability::disk;
    lmdb_leave_unclean(folder, options);
    lmdb_boot_again(folder);
    lmdb_keeper keeper(folder.path());
    CHECK(keeper.notes().empty());
    CHECK(text_in(keeper.store(), "late") == "2");
}

TEST_CASE("a marker that cannot be read counts as a power failure", "[07][lmdb]") {
    for (const std::string text : {"", "nonsense", "[]", R"({"boot": 5, "clean_at": "x"})"}) {
        INFO(text);
        const lmdb_folder folder;
        lmdb_leave_unclean(folder);
        folder.write("marker.json", text);
        lmdb_keeper keeper(folder.path());
        CHECK(keeper.notes().size() == 2);
        CHECK(text_in(keeper.store(), "late") == "-");
    }
}

TEST_CASE("a store that was cut or swapped goes on with its snapshot, and that is said",
          "[07][lmdb]") {
    const lmdb_folder folder;
    lmdb_leave_unclean(folder);
    const auto good = folder.bytes("data.mdb");
    for (const auto& bad : {good.substr(0, 5000), std::string(), std::string(9000, 'x')}) {
        INFO(bad.size() << " bytes");
        const lmdb_folder next;
        next.write("snapshot.mdb", folder.bytes("snapshot.mdb"));
        next.write("marker.json", folder.bytes("marker.json"));
        next.write("data.mdb", bad);
        lmdb_keeper keeper(next.path());
        REQUIRE(keeper.notes().size() == 2);
        CHECK(keeper.notes()[0].find("is not what a store wrote") != std::string::npos);
        CHECK(text_in(keeper.store(), "early") == "1");
        CHECK(text_in(keeper.store(), "late") == "-");
        CHECK(next.bytes("data.mdb.corrupt") == bad);
    }
}

TEST_CASE("without a snapshot a bad file is an error, once", "[07][lmdb]") {
    const lmdb_folder folder;
    folder.write("data.mdb", "nonsense");
    CHECK_THROWS_AS(lmdb_keeper(folder.path()), store_error);
    lmdb_keeper keeper(folder.path());
    CHECK(keeper.store().scan("").empty());
    CHECK(folder.bytes("data.mdb.corrupt") == "nonsense");
}

TEST_CASE("a snapshot that is bad, too, is an error that says so", "[07][lmdb]") {
    const lmdb_folder folder;
    folder.write("data.mdb", "nonsense");
    folder.write("snapshot.mdb", "more of it");
    const auto message = tests::message_of([&] { lmdb_keeper keeper(folder.path()); });
    CHECK(message.find("data.mdb.corrupt.2") != std::string::npos);
}

TEST_CASE("a primary that died while it put the snapshot in place does it again", "[07][lmdb]") {
    const lmdb_folder folder;
    lmdb_leave_unclean(folder);
    std::filesystem::remove(folder.data());
    folder.write("data.mdb.new", "half a copy");
    lmdb_keeper keeper(folder.path());
    CHECK(keeper.notes().size() == 1);
    CHECK(text_in(keeper.store(), "early") == "1");
}

TEST_CASE("a snapshot is written when something has changed, and is a store itself", "[07][lmdb]") {
    const lmdb_folder folder;
    const lmdb_folder copy;
    lmdb_keeper keeper(folder.path());
    CHECK_FALSE(keeper.snapshot());  // the start has written one
    for (int number = 0; number < 500; ++number) {
        keeper.store().set("key/" + std::to_string(number), std::string(700, 'v'));
    }
    keeper.store().set("large", std::string(300'000, 'l'));
    for (int number = 0; number < 400; ++number) {
        keeper.store().erase("key/" + std::to_string(number));
    }
    CHECK(keeper.snapshot());
    CHECK_FALSE(keeper.snapshot());
    copy.write("data.mdb", folder.bytes("snapshot.mdb"));
    CHECK(std::filesystem::file_size(copy.data()) < std::filesystem::file_size(folder.data()));
    lmdb_store store(copy.path());
    const auto all = store.scan("");
    REQUIRE(all.size() == 101);
    CHECK(all.back().key == "large");
    CHECK(all.back().found.json.size() == 300'002);
    CHECK(store.latest() == keeper.store().latest());
    CHECK(store.set("key/0", 1) == keeper.store().latest() + 1);
}
