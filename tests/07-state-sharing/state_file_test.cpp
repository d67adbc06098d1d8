// How a store's contents are written as text, and that no damage to the text goes unnoticed.
#include "07-state-sharing/state_file.hpp"

#include <bit>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/catch.hpp"

using namespace std::chrono_literals;

namespace {

state::contents filled_contents() {
    const state::store::clock::time_point then(1'767'225'600'000ms);
    state::contents all;
    all.put("counter", "5", std::nullopt);
    all.put("session/8c1f", R"({"user":"ada","text":"\"},\n"})", then);
    all.put(std::string("odd\0\n\"\\ \x1f\xff", 10), "[1,2.5,null,true]", std::nullopt);
    all.put("gone", "0", std::nullopt);
    all.erase("gone");
    return all;
}

bool is_refused(std::string_view bytes) {
    try {
        (void)state::decode(bytes);
        return false;
    } catch (const state::not_a_state_file&) {
        return true;
    }
}

}  // namespace

TEST_CASE("a state file is text that people and other programs can read", "[07][file]") {
    state::contents all = filled_contents();
    all.records.erase(std::prev(all.records.find("session/8c1f")));  // the odd key is no UTF-8
    const std::string text = encode(all);
    CHECK(text.starts_with(R"({"cluster_workshop_store": 1, "newest": 5, "entries": {
"counter": {"version": 1, "value": 5},
"session/8c1f": {"version": 2, "until_ms": 1767225600000, "value": {"user":"ada")"));
    const auto parsed = nlohmann::json::parse(text);
    CHECK(parsed["entries"]["session/8c1f"]["value"]["text"] == "\"},\n");
    CHECK(parsed["crc64"].get<std::string>().size() == 16);
    CHECK(nlohmann::json::parse(state::encode({}))["entries"].empty());
}

TEST_CASE("a state file gives back the contents", "[07][file]") {
    const state::contents all = filled_contents();
    CHECK(all.newest == 5);
    CHECK(all.records.size() == 3);
    CHECK(state::decode(encode(all)) == all);
    CHECK(state::decode(state::encode({})) == state::contents{});
}

TEST_CASE("a state file cut anywhere is found out", "[07][file]") {
    const std::string text = encode(filled_contents());
    for (std::size_t length = 0; length < text.size(); ++length) {
        INFO("cut after " << length << " bytes");
        CHECK(is_refused(std::string_view(text).substr(0, length)));
    }
    CHECK(is_refused(text + "\n"));
    CHECK(is_refused(text + text));
}

TEST_CASE("a state file with any one bit changed is found out", "[07][file]") {
    const std::string text = encode(filled_contents());
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        std::string changed = text;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1U << bit % 8));
        if (!is_refused(changed)) FAIL("bit " << bit << " was changed unnoticed");
    }
}

TEST_CASE("bytes of any kind with the right checksum do not confuse the reader", "[07][file]") {
    const unsigned seed = std::random_device()();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const std::string text = encode(filled_contents());
    const std::string last = text.substr(text.rfind("}, \"crc64\""));
    int refused = 0;
    for (int attempt = 0; attempt < 2000; ++attempt) {
        std::string body = text.substr(0, text.size() - last.size());
        const auto where = std::uniform_int_distribution<std::size_t>(41, body.size() - 1)(random);
        const auto what = std::uniform_int_distribution<int>(0, 255)(random);
        if (attempt % 2 == 0) body[where] = static_cast<char>(what);
        if (attempt % 2 == 1) body.resize(where);
        body += state::last_line(body);
        try {
            const auto all = state::decode(body);
            CHECK(state::decode(encode(all)) == all);
        } catch (const state::not_a_state_file&) {
            ++refused;
        }
    }
    CHECK(refused > 0);
}

TEST_CASE("the checksum is the usual CRC-64/XZ", "[07][file]") {
    CHECK(state::last_line("123456789") == "}, \"crc64\": \"995dc9bbdf1939fa\"}\n");
}
