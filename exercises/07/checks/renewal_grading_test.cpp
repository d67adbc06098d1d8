// Grading: what a session's write promises to its client and to whoever changes it.
#include <nlohmann/json.hpp>

#include "07-state-sharing/sessions.hpp"
#include "exercises/07/checks/contested_store.hpp"
#include "exercises/07/checks/observing.hpp"
#include "tests/catch.hpp"

using nlohmann::json;
using state::session_token;

namespace {

constexpr state::session_options ten_hours{std::chrono::hours(10)};

std::string key_of(const std::string& token) {
    return "session/" + session_token::in(token)->lookup;
}

// As if it had been written two hours ago.
void make_older(state::store& store, const std::string& key) {
    json value = store.get(key)->value();
    value["written_ms"] = value["written_ms"].get<std::int64_t>() - 2 * 3'600'000;
    store.set(key, value, std::chrono::hours(8));
}

std::string hours_from(state::store::clock::time_point begin,
                       const std::optional<state::store::clock::time_point>& end) {
    if (!end) return "never";
    const auto minutes = std::chrono::round<std::chrono::minutes>(*end - begin).count();
    return "after " + std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

}  // namespace

TEST_CASE("grading: a session that was written begins its life again, everywhere", "[07]") {
    grading::contested_store store;
    state::sessions sessions(store, ten_hours);
    const std::string token = sessions.create(1);
    const std::string key = key_of(token);
    make_older(store, key);
    const auto begin = state::store::clock::now();
    const auto changed = sessions.change(token, [](const json& data) { return data; });
    if (!changed) FAIL("a living session was changed, and change() says that there is none");
    const std::string situation =
        "a session with a lifetime of 10 h, written 2 h ago, was changed now; ";
    const std::string ends = hours_from(begin, store.end_of(key));
    if (ends != "after 10 h 0 min") FAIL(situation << "in the store its life ends " << ends);
    const auto expires = std::chrono::round<std::chrono::minutes>(changed->expires_in);
    if (expires != std::chrono::hours(10)) {
        FAIL(situation << "the caller is told that it expires in " << expires.count() << " min");
    }
    if (!changed->renewed) {
        FAIL(situation << "the caller is told renewed = false: the cookie is not sent again, and "
                          "the browser forgets the session in 8 h, while it lives");
    }
    const auto version = store.latest();
    const auto found = sessions.find(token);
    if (!found) FAIL(situation << "it is not found any more");
    if (store.latest() != version || found->renewed) {
        FAIL(situation << "the next find(), at once, "
                       << (store.latest() != version ? "writes it again" : "renews it")
                       << ": the record does not say that it was written now");
    }
}

TEST_CASE("grading: the new data of a session is made once", "[07]") {
    grading::contested_store store;
    state::sessions sessions(store);
    const std::string token = sessions.create(0);
    store.come_first([&] { (void)sessions.change(token, [](const json&) { return json(10); }); });
    int calls = 0;
    const auto ours = sessions.change(token, [&](const json& data) {
        ++calls;
        return json(data.get<int>() + 1);
    });
    if (!ours) FAIL("two requests changed a living session, and one was told that there is none");
    if (calls != 1) {
        FAIL(
            "a request changes a session, and just before its write another one does; the first "
            "one's function was called "
            << calls << " times: all that it does beside making the data is done " << calls
            << " times, too");
    }
}

TEST_CASE("grading: a session that goes before the write stays gone", "[07]") {
    grading::contested_store store;
    state::sessions sessions(store);
    const std::string token = sessions.create("ada");
    const std::string key = key_of(token);
    int calls = 0;
    const auto same = [&](const json& data) {
        ++calls;
        return data;
    };
    store.come_first([&] { (void)sessions.end(token); });
    const auto ended = sessions.change(token, same);
    const auto after_end = store.get(key);
    const std::string logout = "a session was ended just before the write of another request; ";
    if (after_end) FAIL(logout << "it is there again, as " << after_end->json);
    if (ended) FAIL(logout << "that request was told that it lives, with " << ended->json);
    if (calls != 0) FAIL(logout << "new data was made of it all the same");

    const std::string second = sessions.create("bob");
    const std::string other = key_of(second);
    store.come_first([&] { store.set(other, "of somebody else"); });
    const auto taken = sessions.change(second, same);
    const auto left = store.get(other);
    const std::string stranger =
        "just before the write something else was put under the session's key; ";
    if (!left) FAIL(stranger << "the write has erased it");
    if (left->json != "\"of somebody else\"") {
        FAIL(stranger << "the write has replaced it, with " << left->json);
    }
    if (taken) FAIL(stranger << "that request was told that its session lives: " << taken->json);
}
