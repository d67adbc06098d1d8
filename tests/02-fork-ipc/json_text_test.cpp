// Our own writer and parser against nlohmann's: they are to be quicker, and nothing else.
#include "02-fork-ipc/json_text.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "02-fork-ipc/message.hpp"
#include "02-fork-ipc/text_scan.hpp"
#include "tests/catch.hpp"

using namespace child_process;

namespace {

std::string theirs(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string ours(const json& value) {
    std::string text = "before";
    append_json(text, value);
    return text.substr(6);
}

// Whether what is read is what they read; a text that is left to them is fine, too.
bool reads_alike(const std::string& text) {
    const auto value = read_json(text, depth_limit);
    if (!value) return true;
    const json parsed = json::parse(text, nullptr, false);
    return !parsed.is_discarded() && parsed == *value && parsed.type() == value->type() &&
           theirs(parsed) == theirs(*value);
}

class random_values {
  public:
    std::size_t below(std::size_t limit) { return generator_() % limit; }

    std::string text() {
        static const std::vector<std::string> parts{"plain text that goes on",
                                                    "x",
                                                    "\"",
                                                    "\\",
                                                    "\n",
                                                    "\x01",
                                                    "\x1f",
                                                    "\x7f",
                                                    "é",
                                                    "\u20ac",
                                                    "\U0001f600",
                                                    "/",
                                                    "\xff",
                                                    "\xc3",
                                                    "\xed\xa0\x80",
                                                    "\t",
                                                    "\xf4\x90",
                                                    "0123456789abc"};
        std::string result;
        for (std::size_t count = below(6); count > 0; --count) result += parts[below(parts.size())];
        return result;
    }

    json value(int depth) {
        switch (below(depth > 0 ? 10 : 8)) {
            case 0:
                return nullptr;
            case 1:
                return below(2) == 0;
            case 2:
                return below(1000);
            case 3:
                return -static_cast<std::int64_t>(generator_() / 2);
            case 4:
                return std::uint64_t{generator_()} * generator_();
            case 5:
                return static_cast<double>(below(100000)) / 64;
            case 6:
                return std::ldexp(static_cast<double>(below(100000)), static_cast<int>(below(400)));
            case 8: {
                json items = json::array();
                for (auto count = below(5); count > 0; --count) items.push_back(value(depth - 1));
                return items;
            }
            case 9: {
                json members = json::object();
                for (auto count = below(5); count > 0; --count) members[text()] = value(depth - 1);
                return members;
            }
            default:
                return text();
        }
    }

  private:
    std::mt19937 generator_{20};
};

}  // namespace

TEST_CASE("values of every kind are written as nlohmann writes them", "[02][message]") {
    random_values random;
    for (int n = 0; n < 20'000; ++n) {
        const json value = random.value(4);
        if (ours(value) != theirs(value)) FAIL(theirs(value));
    }
}

TEST_CASE("what is written is read without help, unless it is rare", "[02][message]") {
    for (const char* text :
         {"null", "true", "false", "0", "-0", "17", "-17", "123456789012345678", "1.25", "-0.5",
          "\"\"", "\"a\\n\\\"b\\\"\\/\"", "\"é€😀\"", "[]", "[1,[2,{}]]", "{}",
          " { \"a\" : [ 1 ] } ", "{\"a\":1,\"a\":{\"b\":2}}", "\t\r\n1\n"}) {
        INFO(text);
        CHECK(read_json(text, depth_limit).has_value());
        CHECK(reads_alike(text));
    }
}

TEST_CASE("what is not JSON is never read", "[02][message]") {
    for (const char* text : {"",
                             " ",
                             "nul",
                             "truex",
                             "True",
                             "+1",
                             "01",
                             "-",
                             "-x",
                             "1.",
                             ".5",
                             "-.5",
                             "1.-5",
                             "1..5",
                             "1.5.2",
                             "1-2",
                             "1 2",
                             "\"",
                             "\"\\\"",
                             "\"\\x\"",
                             "\"\n\"",
                             "\"\x1f\"",
                             "\"\xff\"",
                             "\"\xc0\xaf\"",
                             "\"\xed\xa0\x80\"",
                             "\"\xf4\x90\x80\x80\"",
                             "\"\xe2\x82\"",
                             "[",
                             "[1",
                             "[1,",
                             "[1,]",
                             "[,1]",
                             "{",
                             "{\"a\"",
                             "{\"a\":",
                             "{\"a\":1",
                             "{\"a\":1,}",
                             "{a:1}",
                             "{\"a\" 1}",
                             "{1:2}",
                             "]",
                             "[1]]",
                             "\xef\xbb\xbf\x31x"}) {
        INFO(text);
        CHECK_FALSE(read_json(text, depth_limit).has_value());
    }
    CHECK_FALSE(read_json(std::string_view("1\0", 2), depth_limit).has_value());
}

TEST_CASE("texts with something wrong or odd in them are read alike, or left", "[02][message]") {
    random_values random;
    const std::string odd = "\"\\{}[],:.-+eE019tfnu \n\x01\x7f\xc3\xa9\xff";
    int read = 0;
    for (int n = 0; n < 20'000; ++n) {
        std::string text = theirs(random.value(4));
        if (!text.empty() && n % 4 != 0) {
            text[random.below(text.size())] = odd[random.below(odd.size())];
        }
        if (n % 8 == 3) text.erase(random.below(text.size()), 1);
        if (!reads_alike(text)) FAIL(text);
        if (read_json(text, depth_limit)) ++read;
    }
    CHECK(read > 2'000);  // else nothing was compared
}

TEST_CASE("nesting is read to its limit", "[02][message]") {
    CHECK(read_json("[[[]]]", 3).has_value());
    CHECK_FALSE(read_json("[[[]]]", 2).has_value());
    CHECK_FALSE(read_json("{\"a\":{\"b\":[]}}", 2).has_value());
    CHECK(read_json("[[[]],[[]]]", 3).has_value());
}

TEST_CASE("plain text ends where a byte means more than itself, at any place", "[02][message]") {
    for (const char end : {'"', '\\', '\x1f', '\x00', '\x80', '\xff', '\n'}) {
        for (std::size_t at = 0; at < 70; ++at) {
            std::string text(100, 'x');
            text[at] = end;
            if (plain_length(text) != at) FAIL("byte " << int{end} << " at " << at);
        }
    }
    CHECK(plain_length(std::string(77, '\x7f')) == 77);
    CHECK(plain_length(std::string(77, ' ')) == 77);
    CHECK(plain_length("") == 0);
}
