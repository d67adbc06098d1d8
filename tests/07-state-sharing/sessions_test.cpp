// Sessions: tokens, lifetimes, and what is no session.
#include "07-state-sharing/sessions.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "support/timeout.hpp"
#include "tests/07-state-sharing/memory_store.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace tests;
using namespace std::chrono_literals;
using state::session_token;

namespace {

const json ada{{"user", "ada"}};

// The session's key: what of the token is no secret.
std::string session_key(const std::string& token) {
    return "session/" + session_token::in(token).value().lookup;
}

}  // namespace

TEST_CASE("a session is found by its token", "[07][sessions]") {
    memory_store store;
    state::sessions sessions(store);
    const std::string token = sessions.create(ada);
    const auto found = sessions.find(token);
    REQUIRE(found.has_value());
    CHECK(found->value() == ada);
    CHECK(found->expires_in > 0ms);
    CHECK(found->expires_in <= 30min);
    CHECK_FALSE(found->renewed);
}

TEST_CASE("whoever has the same store finds the session that another has made", "[07][sessions]") {
    memory_store store;
    const std::string token = state::sessions(store).create(ada);
    CHECK(state::sessions(store).find(token).value().value() == ada);
}

TEST_CASE("tokens are 64 and 128 bits in hex, and none comes twice", "[07][sessions]") {
    std::set<std::string> lookups;
    std::set<std::string> secrets;
    constexpr std::size_t many = 2'000;
    for (std::size_t n = 0; n < many; ++n) {
        const auto token = session_token::random();
        CHECK(token.text().size() == 16 + 1 + 32);
        CHECK(token.text().find_first_not_of("0123456789abcdef-") == std::string::npos);
        const auto read = session_token::in(token.text());
        REQUIRE(read.has_value());
        CHECK(read->lookup == token.lookup);
        CHECK(read->secret == token.secret);
        lookups.insert(token.lookup);
        secrets.insert(token.secret);
    }
    CHECK(lookups.size() == many);
    CHECK(secrets.size() == many);
}

TEST_CASE("a session is not read with a secret that differs in one digit", "[07][sessions]") {
    memory_store store;
    state::sessions sessions(store);
    const std::string token = sessions.create(ada);
    for (std::size_t at = 17; at < token.size(); ++at) {
        std::string wrong = token;
        wrong[at] = wrong[at] == '0' ? '1' : '0';
        CHECK_FALSE(sessions.find(wrong).has_value());
        CHECK_FALSE(sessions.change(wrong, [](const json&) { return json("stolen"); }));
        CHECK_FALSE(sessions.end(wrong));
    }
    CHECK(sessions.find(token).value().value() == ada);
}

TEST_CASE("a token that is malformed is no session, and no error", "[07][sessions]") {
    memory_store store;
    state::sessions sessions(store);
    const std::string token = sessions.create(ada);
    const std::string bad = GENERATE_COPY(
        std::string(), std::string("x"), token.substr(1), token + "0", std::string(49, '0'),
        "G" + token.substr(1), token.substr(0, 16) + "_" + token.substr(17), "A" + token.substr(1),
        std::string(49, '\0'), std::string(1'000'000, 'a'), "/" + token.substr(1),
        "\xff" + token.substr(1));
    CHECK_FALSE(sessions.find(bad).has_value());
    CHECK_FALSE(sessions.end(bad));
    CHECK(sessions.find(token).has_value());
}

TEST_CASE("what is no record of a session is none", "[07][sessions]") {
    memory_store store;
    state::sessions sessions(store);
    const std::string token = sessions.create(ada);
    const std::string secret = session_token::in(token).value().secret;
    const auto value = GENERATE_COPY(json(), json("text"), json(7), json::array(), json::object(),
                                     json{{"secret", secret}, {"data", 1}},
                                     json{{"secret", secret}, {"written_ms", 1}},
                                     json{{"secret", 5}, {"written_ms", 1}, {"data", 1}},
                                     json{{"secret", ""}, {"written_ms", 1}, {"data", 1}},
                                     json{{"secret", secret}, {"written_ms", "1"}, {"data", 1}});
    store.set(session_key(token), value);
    CHECK_FALSE(sessions.find(token).has_value());
    CHECK_FALSE(sessions.change(token, [](const json& data) { return data; }));
}

TEST_CASE("a session that is changed has the new data, of which none is lost", "[07][sessions]") {
    memory_store store;
    state::sessions sessions(store);
    const std::string token = sessions.create(0);
    const auto one_more = [](const json& data) { return json(data.get<int>() + 1); };
    for (int n = 0; n < 10; ++n) sessions.change(token, one_more);
    CHECK(sessions.find(token).value().value() == 10);
}

TEST_CASE("a session that has ended is gone, and ends once", "[07][sessions]") {
    memory_store store;
    state::sessions sessions(store);
    const std::string token = sessions.create(ada);
    CHECK(sessions.end(token));
    CHECK_FALSE(sessions.end(token));
    CHECK_FALSE(sessions.find(token).has_value());
    CHECK_FALSE(sessions.change(token, [](const json&) { return json("back"); }));
    CHECK(store.scan("").empty());
}

TEST_CASE("a session that nobody uses ends with its lifetime", "[07][sessions]") {
    tests::run([]() -> asio::awaitable<void> {
        memory_store store;
        state::sessions sessions(store, {50ms});
        const std::string token = sessions.create(ada);
        // Not find(): that is a use.
        while (store.get(session_key(token))) co_await support::pause(5ms);
        CHECK_FALSE(sessions.find(token).has_value());
    });
}

TEST_CASE("a session that is used lives on, written once in a tenth of its life",
          "[07][sessions]") {
    memory_store store;
    state::sessions sessions(store, {30s});
    const std::string token = sessions.create(ada);
    const auto written_at = [&](std::chrono::milliseconds ago) {
        json record = store.get(session_key(token))->value();
        record["written_ms"] = record["written_ms"].get<std::int64_t>() - ago.count();
        store.set(session_key(token), record, 30s - ago);
    };
    written_at(2s);  // less than a tenth
    int writes = store.writes();
    for (int n = 0; n < 3; ++n) CHECK_FALSE(sessions.find(token).value().renewed);
    CHECK(store.writes() == writes);
    CHECK(sessions.find(token).value().expires_in <= 28s);
    written_at(20s);
    writes = store.writes();
    const auto renewed = sessions.find(token).value();
    CHECK(renewed.renewed);
    CHECK(renewed.expires_in == 30s);
    CHECK(renewed.value() == ada);
    CHECK_FALSE(sessions.find(token).value().renewed);
    CHECK(store.writes() == writes + 1);
}

TEST_CASE("a session whose clock was in the future is written with the right one",
          "[07][sessions]") {
    memory_store store;
    state::sessions sessions(store);
    const std::string token = sessions.create(ada);
    json record = store.get(session_key(token))->value();
    record["written_ms"] = record["written_ms"].get<std::int64_t>() + 1'000'000;
    store.set(session_key(token), record);
    CHECK(sessions.find(token).value().renewed);
    CHECK_FALSE(sessions.find(token).value().renewed);
}

TEST_CASE("a store that takes no writes still answers for the sessions it has", "[07][sessions]") {
    memory_store store;
    state::sessions sessions(store, {0ms});
    const std::string token = state::sessions(store).create(ada);
    store.fail_writes(state::store_fault::no_space);
    CHECK(sessions.find(token).value().value() == ada);
    CHECK_THROWS_AS(sessions.create(ada), state::store_error);
}

TEST_CASE("the cookie of a session is for the browser alone", "[07][sessions]") {
    memory_store store;
    const state::sessions sessions(store);
    CHECK(sessions.cookie("TOKEN") ==
          "session=TOKEN; Path=/; HttpOnly; SameSite=Lax; Max-Age=1800");
    CHECK(sessions.ended_cookie() == "session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    CHECK(state::sessions(store, {1500ms, true}).cookie("T") ==
          "session=T; Path=/; HttpOnly; SameSite=Lax; Max-Age=2; Secure");
}

TEST_CASE("equal means of the same length and the same in every place", "[07][sessions]") {
    using state::equal_in_constant_time;
    CHECK(equal_in_constant_time("", ""));
    CHECK(equal_in_constant_time("abc", "abc"));
    CHECK_FALSE(equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(equal_in_constant_time("xbc", "abc"));
    CHECK_FALSE(equal_in_constant_time("ab", "abc"));
    CHECK_FALSE(equal_in_constant_time("abc", ""));
}
