// What workers and their primary say about a store.
#include "07-state-sharing/state_message.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "07-state-sharing/store.hpp"
#include "tests/07-state-sharing/memory_store.hpp"
#include "tests/catch.hpp"

using namespace tests;
using state::changed_keys;
using state::state_message;
using state::state_message_in;

TEST_CASE("a set of changed keys has each once", "[07][watch]") {
    changed_keys keys;
    CHECK(keys.empty());
    keys.add("b");
    keys.add("a");
    keys.add("b");
    CHECK(keys.keys() == std::set<std::string>{"a", "b"});
    CHECK_FALSE(keys.any());
    CHECK_FALSE(keys.empty());
}

TEST_CASE("a set of changed keys takes a thousand, and then only knows that any may have changed",
          "[07][watch]") {
    changed_keys keys;
    for (std::size_t n = 0; n < changed_keys::most; ++n) keys.add(std::to_string(n));
    CHECK_FALSE(keys.any());
    keys.add("0");
    CHECK_FALSE(keys.any());
    keys.add("one more");
    CHECK(keys.any());
    CHECK(keys.keys().empty());
    keys.add("another");
    CHECK(keys.keys().empty());
    CHECK_FALSE(keys.empty());
}

TEST_CASE("sets of changed keys add up", "[07][watch]") {
    changed_keys some;
    some.add("a");
    changed_keys others;
    others.add("b");
    some.add(others);
    CHECK(some.keys() == std::set<std::string>{"a", "b"});
    others.add_any();
    some.add(others);
    CHECK(some.any());
}

TEST_CASE("a message about a store arrives as it was", "[07][watch]") {
    state_message message;
    const auto same = [](const state_message& sent) {
        const auto arrived = state_message_in(json::parse(to_json(sent).dump()));
        return arrived && arrived->heard == sent.heard &&
               arrived->changed.any() == sent.changed.any() &&
               arrived->changed.keys() == sent.changed.keys();
    };
    CHECK(message.empty());
    message.heard = true;
    CHECK(same(message));
    message.changed.add("a \"key\" of Grüße\n");
    message.changed.add(std::string(state::max_key_size, 'x'));
    CHECK(same(message));
    message.changed.add_any();
    CHECK(same(message));
    message.heard = false;
    CHECK(same(message));
}

TEST_CASE("a key that is no text is told as a change of any key", "[07][watch]") {
    state_message message;
    message.changed.add("\xff\xfe");
    message.changed.add("text");
    const auto arrived = state_message_in(to_json(message));
    REQUIRE(arrived.has_value());
    CHECK(arrived->changed.any());
}

TEST_CASE("messages that are not about a store, or break a limit, are none of ours",
          "[07][watch]") {
    const std::string text =
        GENERATE("null", "7", "\"state\"", "[]", "{}", R"({"cmd":"other","resync":true})",
                 R"({"cmd":["state"],"resync":true})", R"({"resync":true})",
                 R"({"cmd":"state","changed":"key"})", R"({"cmd":"state","changed":{"a":1}})",
                 R"({"cmd":"state","changed":[1]})", R"({"cmd":"state","changed":["a",null]})",
                 R"({"cmd":"state","changed":[["a",1]]})", R"({"cmd":"state","changed":[""]})");
    CAPTURE(text);
    CHECK_FALSE(state_message_in(json::parse(text)).has_value());
}

TEST_CASE("a message with too many keys, or too long ones, is none of ours", "[07][watch]") {
    json message{{"cmd", "state"}, {"changed", json::array()}};
    message["changed"].push_back(std::string(state::max_key_size + 1, 'x'));
    CHECK_FALSE(state_message_in(message).has_value());
    message["changed"] = json::array();
    for (std::size_t n = 0; n <= changed_keys::most; ++n) {
        message["changed"].push_back(std::to_string(n));
    }
    CHECK_FALSE(state_message_in(message).has_value());
}

TEST_CASE("what stands in a message in another type than ours says nothing", "[07][watch]") {
    const auto message = state_message_in(
        json::parse(R"({"cmd":"state","resync":1,"heard":"true","more":{"a":[]}})"));
    REQUIRE(message.has_value());
    CHECK(message->empty());
}
