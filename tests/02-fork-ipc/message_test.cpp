#include "02-fork-ipc/message.hpp"

#include <nlohmann/json.hpp>

#include "02-fork-ipc/channel_error.hpp"
#include "tests/catch.hpp"

using namespace child_process;

namespace {

// What decode() says is wrong with `line`; nothing if it likes it.
std::error_code fault(const std::string& line) {
    try {
        static_cast<void>(decode(line));
        return {};
    } catch (const std::system_error& error) {
        return error.code();
    }
}

std::string nested(std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

}  // namespace

TEST_CASE("every kind of JSON value survives the way out and in", "[02][message]") {
    const json values = json::parse(
        R"([null, true, false, 0, -1, 18446744073709551615, 1.5, "", "text", "é\n\"x\"", [], {},
            [1, [2, [3]]], {"a": [1, 2], "d": "1970-01-01T00:00:00.000Z"}])");
    for (const json& value : values) {
        const std::string line = encode(value);
        CHECK(line.find('\n') == line.size() - 1);
        CHECK(decode(line.substr(0, line.size() - 1)) == value);
    }
}

TEST_CASE("a message is written without spaces, as Node writes it", "[02][message]") {
    const json value = json::parse(R"({"a": [1, 2], "b": {"c": null}})");
    CHECK(encode(value) == "{\"a\":[1,2],\"b\":{\"c\":null}}\n");
}

TEST_CASE("a number that JSON has no text for becomes null, as in Node", "[02][message]") {
    CHECK(encode(json(std::numeric_limits<double>::infinity())) == "null\n");
    CHECK(encode(json(std::numeric_limits<double>::quiet_NaN())) == "null\n");
}

TEST_CASE("text that is not UTF-8 is replaced on its way out", "[02][message]") {
    const std::string sent = encode(json("a\xff\xc3z"));
    CHECK(sent == "\"a\xef\xbf\xbd\xef\xbf\xbdz\"\n");
    CHECK(fault(sent.substr(0, sent.size() - 1)) == std::error_code{});
}

TEST_CASE("text that is not UTF-8 is refused on its way in", "[02][message]") {
    CHECK(fault("\"a\xffz\"") == channel_errc::invalid_utf8);
    CHECK(fault("\"\xc3\"") == channel_errc::invalid_utf8);
    CHECK(fault("\"\xed\xa0\x80\"") == channel_errc::invalid_utf8);
}

TEST_CASE("a line that is not JSON is refused", "[02][message]") {
    for (const char* line : {"", " ", "{oops", "{\"a\":1", "1 2", "'a'", "NaN", "\"a", "\"\\x\"",
                             "[1,]", "\"\\u12\"", "{\"a\" 1}", "undefined"}) {
        INFO(line);
        CHECK(fault(line) == channel_errc::malformed);
    }
    CHECK(fault(std::string("1\0", 2)) == channel_errc::malformed);
}

TEST_CASE("a malformed line that speaks of UTF-8 is malformed", "[02][message]") {
    CHECK(fault("\"UTF-8\x01\"") == channel_errc::malformed);
}

TEST_CASE("a number that no double can hold is refused", "[02][message]") {
    CHECK(fault("1e999") == channel_errc::malformed);
    CHECK(fault("[-1e999]") == channel_errc::malformed);
}

TEST_CASE("an error says where, and quotes nothing of the message", "[02][message]") {
    try {
        static_cast<void>(decode("{\"password\":\"secret\" oops}"));
        FAIL("not refused");
    } catch (const std::system_error& error) {
        const std::string what = error.what();
        CHECK(what.find("at byte 22") != std::string::npos);
        CHECK(what.find("secret") == std::string::npos);
    }
}

TEST_CASE("512 levels are fine and 513 are refused", "[02][message]") {
    CHECK(fault(nested(512)) == std::error_code{});
    CHECK(fault(nested(513)) == channel_errc::too_deep);
    CHECK(fault(nested(1'000'000)) == channel_errc::too_deep);
    std::string objects;
    for (int level = 0; level < 513; ++level) objects += "{\"a\":";
    CHECK(fault(objects) == channel_errc::too_deep);
}

TEST_CASE("brackets side by side or inside of texts are no depth", "[02][message]") {
    std::string wide = "[[]";
    for (int n = 0; n < 2000; ++n) wide += ",[]";
    CHECK(fault(wide + "]") == std::error_code{});
    CHECK(fault("\"" + std::string(2000, '[') + "\"") == std::error_code{});
    CHECK(fault("\"\\\"" + std::string(2000, '{') + "\"") == std::error_code{});
}

TEST_CASE("half a surrogate pair, which JavaScript may send, becomes U+FFFD", "[02][message]") {
    const std::string replaced = "\xef\xbf\xbd";
    CHECK(decode(R"("a\ud83dz")") == "a" + replaced + "z");
    CHECK(decode(R"("\ude00")") == replaced);
    CHECK(decode(R"("\ud83d\ud83d\ude00")") == replaced + "😀");
    CHECK(decode(R"("\ud83d\n")") == replaced + "\n");
    CHECK(decode(R"(["\\ud83d", "\ud83d"])") == json::array({"\\ud83d", replaced}));
    CHECK(decode(R"("\ud83d\ude00")") == "😀");
}

TEST_CASE("only an object whose cmd goes on after NODE_ is Node's own message", "[02][message]") {
    for (const char* line : {R"({"cmd":"NODE_user","x":1})", R"({"cmd":"NODE_HANDLE"})"}) {
        CHECK(is_internal(json::parse(line)));
    }
    for (const char* line :
         {R"({"cmd":"NODE_"})", R"({"cmd":"NODE"})", R"({"cmd":1})", "{}", R"(["cmd","NODE_user"])",
          R"("NODE_user")", "null", R"({"cmd":"xNODE_user"})", R"({"CMD":"NODE_user"})"}) {
        INFO(line);
        CHECK_FALSE(is_internal(json::parse(line)));
    }
}

TEST_CASE("a discarded value is no message", "[02][message]") {
    const json discarded = json::parse("{oops", nullptr, false);
    CHECK_THROWS_AS(encode(discarded), std::invalid_argument);
}
