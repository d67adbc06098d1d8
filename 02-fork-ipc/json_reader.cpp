#include <charconv>
#include <nlohmann/json.hpp>

#include "02-fork-ipc/json_text.hpp"
#include "02-fork-ipc/text_scan.hpp"

namespace child_process {
namespace {

using nlohmann::json;

// Every function takes what it is about from the front of the rest, and is false when that is not
// there in a way that it knows.
class reader {
  public:
    reader(std::string_view text, std::size_t depth) : rest_(text), depth_(depth) {}

    bool whole(json& into) { return value(into) && at_end(); }

  private:
    bool value(json& into) {
        skip_spaces();
        if (rest_.empty()) return false;
        switch (rest_.front()) {
            case '{':
                return object(into);
            case '[':
                return array(into);
            case '"':
                into = std::string();
                return text(into.get_ref<std::string&>());
            case 't':
                into = true;
                return word("true");
            case 'f':
                into = false;
                return word("false");
            case 'n':
                into = nullptr;
                return word("null");
            default:
                return number(into);
        }
    }

    bool object(json& into) {
        if (depth_-- == 0) return false;
        rest_.remove_prefix(1);
        into = json::object();
        auto& members = into.get_ref<json::object_t&>();
        if (!next('}')) {
            do {
                std::string key;
                skip_spaces();
                if (!rest_.starts_with('"') || !text(key) || !next(':')) return false;
                if (!value(members[std::move(key)])) return false;  // the last one counts
            } while (next(','));
            if (!next('}')) return false;
        }
        ++depth_;
        return true;
    }

    bool array(json& into) {
        if (depth_-- == 0) return false;
        rest_.remove_prefix(1);
        into = json::array();
        auto& items = into.get_ref<json::array_t&>();
        if (!next(']')) {
            do {
                if (!value(items.emplace_back())) return false;
            } while (next(','));
            if (!next(']')) return false;
        }
        ++depth_;
        return true;
    }

    bool text(std::string& into) {
        rest_.remove_prefix(1);
        for (;;) {
            take(into, plain_length(rest_));
            if (rest_.empty()) return false;
            const char c = rest_.front();
            if (c == '"') break;
            if (c == '\\') {
                if (!escape(into)) return false;
            } else {
                const auto length = utf8_length(rest_);  // 0 for a control character, too
                if (length == 0) return false;
                take(into, length);
            }
        }
        rest_.remove_prefix(1);
        return true;
    }

    void take(std::string& into, std::size_t length) {
        into += rest_.substr(0, length);
        rest_.remove_prefix(length);
    }

    // "\u0041" is rare, and a world of its own.
    bool escape(std::string& into) {
        constexpr std::string_view escapes = "\"\\/bfnrt";
        constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
        const auto which = rest_.size() < 2 ? escapes.npos : escapes.find(rest_[1]);
        if (which == escapes.npos) return false;
        into += meant[which];
        rest_.remove_prefix(2);
        return true;
    }

    // Integers that fit without a look at their size; the others are few, and nlohmann's.
    bool number(json& into) {
        constexpr std::size_t sure_to_fit = 18;
        const bool negative = rest_.starts_with('-');
        const std::string_view digits = rest_.substr(negative ? 1 : 0);
        const auto length = std::min(digits.find_first_not_of("0123456789"), digits.size());
        if (length == 0 || length > sure_to_fit) return false;
        if (digits.front() == '0' && length > 1) return false;
        const std::string_view after = digits.substr(length);
        if (!after.empty() && std::string_view(".eE").find(after.front()) != after.npos) {
            return fraction(into);
        }
        std::uint64_t amount = 0;
        std::from_chars(digits.data(), digits.data() + length, amount);
        if (negative) {
            into = -static_cast<std::int64_t>(amount);
        } else {
            into = amount;
        }
        rest_ = after;
        return true;
    }

    // "1.25": one point with digits on both sides. An exponent is nlohmann's, as it may overflow.
    bool fraction(json& into) {
        const auto end = std::min(rest_.find_first_not_of("-0123456789."), rest_.size());
        const std::string_view digits = rest_.substr(0, end);
        const auto point = digits.find('.');
        if (point == digits.npos || digits.find_first_not_of("0123456789", point + 1) < end) {
            return false;
        }
        if (point + 1 == end || (end < rest_.size() && (rest_[end] | 0x20) == 'e')) return false;
        double amount = 0;
        const auto [stopped, error] = std::from_chars(digits.data(), digits.data() + end, amount);
        if (error != std::errc() || stopped != digits.data() + end) return false;
        into = amount;
        rest_.remove_prefix(end);
        return true;
    }

    bool word(std::string_view expected) {
        if (!rest_.starts_with(expected)) return false;
        rest_.remove_prefix(expected.size());
        return true;
    }

    bool next(char expected) {
        skip_spaces();
        if (!rest_.starts_with(expected)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool at_end() {
        skip_spaces();
        return rest_.empty();
    }

    void skip_spaces() {
        while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != rest_.npos) {
            rest_.remove_prefix(1);
        }
    }

    std::string_view rest_;
    std::size_t depth_;  // how much deeper it may go
};

}  // namespace

std::optional<json> read_json(std::string_view text, std::size_t depth) {
    std::optional<json> result(std::in_place);
    if (!reader(text, depth).whole(*result)) result.reset();
    return result;
}

}  // namespace child_process
