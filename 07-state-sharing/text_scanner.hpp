// Reading the text of a state file, piece by piece.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

#include "07-state-sharing/state_file.hpp"

namespace state {

/// Takes a text apart from its front.
/// @throws not_a_state_file  if something else is there than should be
class text_scanner {
  public:
    explicit text_scanner(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    /// @return whether `text` was there; if so it is taken
    bool skip(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    void expect(std::string_view text) {
        if (!skip(text)) fail("`" + std::string(text.substr(0, text.find('\n'))) + "`");
    }

    template <class Number>
    Number number() {
        Number value = 0;
        const auto [end, error] = std::from_chars(rest_.begin(), rest_.end(), value);
        if (error != std::errc()) fail("a number");
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.begin()));
        return value;
    }

    /// A string as append_key() in state_file.cpp wrote it.
    std::string key() {
        std::string result;
        expect("\"");
        while (!skip("\"")) {
            if (skip("\\u")) {
                result += escaped_byte();
            } else {
                skip("\\");
                if (rest_.empty()) fail("the end of a key");
                result += rest_.front();
                rest_.remove_prefix(1);
            }
        }
        return result;
    }

    /// All up to the end of the line, which is taken, too.
    std::string_view line() {
        const auto end = rest_.find('\n');
        if (end == std::string_view::npos) fail("the end of a line");
        const auto result = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return result;
    }

  private:
    char escaped_byte() {
        unsigned value = 0;
        const auto digits = rest_.substr(0, 4);
        const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value, 16);
        if (error != std::errc() || end != rest_.begin() + 4 || value >= 0x20) fail("a character");
        rest_.remove_prefix(4);
        return static_cast<char>(value);
    }

    [[noreturn]] void fail(const std::string& expected) const {
        throw not_a_state_file("there should be " + expected + " before \"" +
                               std::string(rest_.substr(0, 40)) + "\"");
    }

    std::string_view rest_;
};

}  // namespace state
