// What every kind of store keeps: keys and values at their limits, lives, and scans.
#include <cmath>
#include <thread>

#include "tests/07-state-sharing/store_contract.hpp"

using namespace std::chrono_literals;
using nlohmann::json;
using tests::fault_of;
using tests::text_in;

namespace {

std::string contract_keys(const std::vector<state::named_entry>& found) {
    std::string keys;
    for (const auto& each : found) keys += each.key + " ";
    return keys;
}

// A life ends by the clock, so there is nothing else to wait for.
bool contract_ends(state::store& store, const std::string& key) {
    const auto give_up = std::chrono::steady_clock::now() + tests::patience;
    while (store.get(key)) {
        if (std::chrono::steady_clock::now() > give_up) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

}  // namespace

TEST_CASE("a key has 1 to 511 bytes, in every operation", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    const std::string longest(state::max_key_size, 'k');
    store->set(longest, 1);
    CHECK(store->increment(longest) == 2);
    CHECK(text_in(*store, longest) == "2");
    CHECK(store->scan("k").size() == 1);
    for (const std::string& key : {longest + "k", std::string()}) {
        INFO(key.size() << " bytes");
        CHECK(fault_of([&] { (void)store->get(key); }) == "bad_key");
        CHECK(fault_of([&] { store->set(key, 1); }) == "bad_key");
        CHECK(fault_of([&] { store->erase(key); }) == "bad_key");
        CHECK(fault_of([&] { store->increment(key); }) == "bad_key");
        CHECK(fault_of([&] { (void)store->compare_and_set(key, 0, 1); }) == "bad_key");
        CHECK(fault_of([&] {
                  store->update(key, [](const auto&) { return std::optional<json>(1); });
              }) == "bad_key");
    }
    CHECK(store->erase(longest));
}

TEST_CASE("a key may be any bytes", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    const std::vector<std::string> keys = {"a b",
                                           "\"",
                                           "\\",
                                           "\\u0041",
                                           "new\nline",
                                           "\x01",
                                           "{}[],:",
                                           std::string("with\0zero", 9),
                                           "\xc3\xbc",
                                           "\xff\xfe",
                                           "}, \"crc64\": \"",
                                           std::string(1, '\0')};
    for (std::size_t at = 0; at < keys.size(); ++at) store->set(keys[at], at);
    store.reopen();
    for (std::size_t at = 0; at < keys.size(); ++at) {
        INFO("key " << at << ": " << keys[at]);
        CHECK(text_in(*store, keys[at]) == std::to_string(at));
    }
    CHECK(store->scan("").size() == keys.size());
}

TEST_CASE("a value has at most 1 MiB as JSON text", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    const std::string longest(state::max_value_size - 2, 'v');  // and its quotes
    store->set("big", longest);
    store.reopen();
    CHECK(text_in(*store, "big") == '"' + longest + '"');
    store->set("small", 1);
    CHECK(fault_of([&] { store->set("big", longest + "v"); }) == "too_large");
    CHECK(fault_of([&] { (void)store->compare_and_set("new", 0, longest + "v"); }) == "too_large");
    CHECK(fault_of([&] {
              store->update("small",
                            [&](const auto&) { return std::optional<json>(longest + "v"); });
          }) == "too_large");
    CHECK(text_in(*store, "small") == "1");
    CHECK(text_in(*store, "new") == "-");
    CHECK(text_in(*store, "big").size() == state::max_value_size);
}

TEST_CASE("text that is no UTF-8 is made valid, and no number stays no number", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    store->set("text", "caf\xe9 \xff!");
    CHECK(store->get("text")->value() == json("caf\xef\xbf\xbd \xef\xbf\xbd!"));
    store->set("number", std::nan(""));
    CHECK(text_in(*store, "number") == "null");
}

TEST_CASE("a value whose life is over is not there, for any operation", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    const auto changed = store->set("a", 1, 0ms);
    CHECK(changed > 0);
    CHECK_FALSE(store->get("a"));
    CHECK(store->scan("").empty());
    CHECK_FALSE(store->erase("a"));
    store->set("a", 5, 0ms);
    CHECK(store->increment("a") == 1);
    CHECK_FALSE(store->compare_and_set("a", 0, 2));  // the sum lives for ever
    store->set("a", 6, 0ms);
    CHECK(store->compare_and_set("a", 0, 2));
    store->set("a", 7, 0ms);
    bool was_there = true;
    store->update("a", [&](const std::optional<json>& present) {
        was_there = present.has_value();
        return std::optional<json>(3);
    });
    CHECK_FALSE(was_there);
    CHECK(text_in(*store, "a") == "3");
    store->set("a", 4, std::chrono::milliseconds::min());
    CHECK_FALSE(store->get("a"));
    store->set("a", 5, std::chrono::milliseconds::max());
    CHECK(text_in(*store, "a") == "5");
}

TEST_CASE("a life begins anew with each write, and ends by itself", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    store->set("short", 1, 5ms);
    store->set("long", 1, 1h);
    store->set("ever", 1, 1h);
    store->set("ever", 1);
    CHECK(contract_ends(*store, "short"));
    const auto again = [](const auto&) { return std::optional<json>(2); };
    CHECK(store->update("short", again, 1h));
    CHECK(store->update("long", again, 5ms));
    CHECK(contract_ends(*store, "long"));
    store.reopen();
    CHECK(text_in(*store, "short") == "2");
    CHECK(text_in(*store, "long") == "-");
    CHECK(text_in(*store, "ever") == "1");
}

TEST_CASE("a scan gives the keys with a prefix in the order of their bytes", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    for (const char* key : {"chat/10", "chat/9", "chat", "cha", "chat0", "z", "chat/\xc3\xbc"}) {
        store->set(key, key[0] == 'c');
    }
    store->set("chat/over", 1, 0ms);
    CHECK(contract_keys(store->scan("chat/")) == "chat/10 chat/9 chat/\xc3\xbc ");
    CHECK(contract_keys(store->scan("chat/", 2)) == "chat/10 chat/9 ");
    CHECK(store->scan("chat/", 0).empty());
    CHECK(contract_keys(store->scan("")) == "cha chat chat/10 chat/9 chat/\xc3\xbc chat0 z ");
    CHECK(store->scan("x").empty());
    const auto one = store->scan("z");
    REQUIRE(one.size() == 1);
    CHECK(one[0].found.json == "false");
    CHECK(one[0].found.changed == store->get("z")->changed);
}

TEST_CASE("two stores in one process see each other's writes", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    if (!store.kind().twice_in_a_process) return;
    const auto other = store.kind().open(store.directory());
    store->set("a", 1);
    CHECK(text_in(*other, "a") == "1");
    other->increment("a");
    CHECK(text_in(*store, "a") == "2");
    CHECK(store->latest() == other->latest());
    CHECK(store->erase("a"));
    CHECK_FALSE(other->get("a"));
    CHECK(other->scan("").empty());
}
