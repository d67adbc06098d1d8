// What every kind of store keeps: one value under one key.
#include <climits>
#include <stdexcept>

#include "tests/07-state-sharing/store_contract.hpp"

using namespace std::chrono_literals;
using nlohmann::json;
using tests::fault_of;
using tests::text_in;

TEST_CASE("a store gives back what was set, and nothing for what was not", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    CHECK_FALSE(store->get("name"));
    const json value = {{"text", "tab\t, quote\", line\n, umlaut ü"}, {"list", {1, -2.5, nullptr}}};
    store->set("name", value);
    REQUIRE(store->get("name"));
    CHECK(store->get("name")->value() == value);
    store->set("name", true);
    CHECK(text_in(*store, "name") == "true");
    CHECK_FALSE(store->get("nam"));
    CHECK_FALSE(store->get("name2"));
}

TEST_CASE("what was set is there when the store is opened again", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    const auto changed = store->set("kept", "here");
    store->set("lives", 1, 1h);
    store.reopen();
    REQUIRE(store->get("kept"));
    CHECK(store->get("kept")->json == "\"here\"");
    CHECK(store->get("kept")->changed == changed);
    CHECK(text_in(*store, "lives") == "1");
    CHECK(store->set("kept", "again") > changed);
}

TEST_CASE("an erased value is gone, and erase says whether there was one", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    store->set("a", 1);
    store->set("b", 2);
    CHECK(store->erase("a"));
    CHECK_FALSE(store->erase("a"));
    CHECK_FALSE(store->erase("never"));
    CHECK(text_in(*store, "a") == "-");
    CHECK(text_in(*store, "b") == "2");
}

TEST_CASE("update makes the new value from the old one", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    const auto append = [](const std::optional<json>& present) -> std::optional<json> {
        json list = present.value_or(json::array());
        list.push_back(list.size());
        return list;
    };
    CHECK(store->update("list", append)->json == "[0]");
    const auto second = store->update("list", append);
    CHECK(second->json == "[0,1]");
    CHECK(store->get("list")->changed == second->changed);
}

TEST_CASE("update erases when it makes nothing", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    const auto nothing = [](const std::optional<json>&) { return std::optional<json>(); };
    store->set("a", 1);
    CHECK_FALSE(store->update("a", nothing));
    CHECK(text_in(*store, "a") == "-");
    const auto before = store->latest();
    CHECK_FALSE(store->update("a", nothing));
    CHECK(store->latest() == before);
}

TEST_CASE("an exception out of an updater changes nothing and comes out", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    store->set("a", 1);
    const auto before = store->latest();
    const auto throws = [](const std::optional<json>&) -> std::optional<json> {
        throw std::domain_error("no");
    };
    CHECK_THROWS_AS(store->update("a", throws), std::domain_error);
    CHECK(text_in(*store, "a") == "1");
    CHECK(store->latest() == before);
    CHECK(store->set("a", 2) > before);  // nothing stays locked
}

TEST_CASE("compare_and_set writes only what nobody has changed since", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    const auto first = store->compare_and_set("a", 0, "first");
    REQUIRE(first);
    CHECK_FALSE(store->compare_and_set("a", 0, "too late"));
    const auto second = store->compare_and_set("a", *first, "second");
    REQUIRE(second);
    CHECK_FALSE(store->compare_and_set("a", *first, "too late"));
    CHECK(text_in(*store, "a") == "\"second\"");
    store->erase("a");
    CHECK_FALSE(store->compare_and_set("a", *second, "too late"));
    CHECK(store->compare_and_set("a", 0, "again"));
}

TEST_CASE("increment counts from nothing, up and down", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    CHECK(store->increment("n") == 1);
    CHECK(store->increment("n", 41) == 42);
    CHECK(store->increment("n", -50) == -8);
    CHECK(store->increment("n", 0) == -8);
    CHECK(text_in(*store, "n") == "-8");
    store->set("n", LLONG_MAX - 1);
    CHECK(store->increment("n") == LLONG_MAX);
}

TEST_CASE("increment of what is no whole number of 64 bits is refused", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    for (const json& value : {json("7"), json(1.5), json(nullptr), json::array({1}),
                              json(LLONG_MAX), json(ULLONG_MAX)}) {
        INFO(value);
        store->set("n", value);
        CHECK(fault_of([&] { store->increment("n"); }) == "wrong_type");
        CHECK(store->get("n")->value() == value);
    }
    store->set("n", LLONG_MIN);
    CHECK(fault_of([&] { store->increment("n", -1); }) == "wrong_type");
}

TEST_CASE("versions grow over all keys, and latest is the newest", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    CHECK(store->latest() == 0);
    std::vector<state::version> versions{0};
    const auto grew = [&](state::version changed) {
        const bool higher = changed > versions.back();
        versions.push_back(changed);
        return higher && store->latest() == changed;
    };
    CHECK(grew(store->set("a", 1)));
    CHECK(grew(store->set("b", 1)));
    CHECK(grew(store->set("a", 1)));  // the same value is a change, too
    store->increment("n");
    CHECK(grew(store->get("n")->changed));
    CHECK(store->erase("b"));
    CHECK(grew(store->latest()));
    CHECK(grew(store->set("b", 2)));  // the version of before never comes again
    CHECK(store->get("a")->changed == versions[3]);
}

TEST_CASE("what changes nothing leaves the version", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    store->set("a", 1);
    const auto before = store->latest();
    CHECK_FALSE(store->erase("b"));
    CHECK_FALSE(store->compare_and_set("a", before + 1, 2));
    CHECK(fault_of([&] { store->set("", 1); }) == "bad_key");
    CHECK(text_in(*store, "a") == "1");
    CHECK(store->latest() == before);
}

TEST_CASE("each write is told to the listener after it was acknowledged", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    std::vector<std::string> told;
    store->on_write([&](const std::string& key, state::version changed) {
        CHECK(changed == (store->get(key) ? store->get(key)->changed : 0));
        told.push_back(key + (changed == 0 ? " erased" : ""));
    });
    store->set("a", 1);
    store->increment("n");
    store->update("u", [](const auto&) { return std::optional<json>(1); });
    const auto written = store->compare_and_set("c", 0, 1);
    CHECK_FALSE(store->compare_and_set("c", 0, 1));
    CHECK(written);
    store->erase("a");
    store->erase("a");
    CHECK(fault_of([&] { store->set("", 1); }) == "bad_key");
    CHECK(told == std::vector<std::string>{"a", "n", "u", "c", "a erased"});
}
