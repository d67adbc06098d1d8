#include "07-state-sharing/store.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "02-fork-ipc/json_text.hpp"

namespace state {
namespace {

void check_key(std::string_view key) {
    if (!key.empty() && key.size() <= max_key_size) return;
    throw store_error(store_fault::bad_key, "a key has 1 to " + std::to_string(max_key_size) +
                                                " bytes, this one " + std::to_string(key.size()));
}

// Text that is no UTF-8 comes from clients; it is made readable and never thrown about.
std::string checked_text_of(const nlohmann::json& value) {
    auto text = child_process::json_text(value);
    if (text.size() <= max_value_size) return text;
    throw store_error(store_fault::too_large,
                      "a value has at most " + std::to_string(max_value_size) +
                          " bytes of JSON, this one " + std::to_string(text.size()));
}

std::optional<store::clock::time_point> end_of(lifetime lives) {
    // Nobody waits for the end of a century, and the clock cannot count to that of all
    // milliseconds.
    if (!lives || *lives > std::chrono::years(100)) return std::nullopt;
    return store::clock::now() + std::max(*lives, std::chrono::milliseconds(0));
}

std::int64_t sum_of(const nlohmann::json& present, std::int64_t by) {
    std::int64_t sum = 0;
    // An unsigned number beyond 63 bits would be read as a negative one.
    const bool too_large = present.is_number_unsigned() && present.get<std::int64_t>() < 0;
    if (!present.is_number_integer() || too_large ||
        __builtin_add_overflow(present.get<std::int64_t>(), by, &sum)) {
        throw store_error(store_fault::wrong_type,
                          "increment needs a whole number of 64 bits, and so must the sum be; the "
                          "value is " +
                              child_process::json_text(present).substr(0, 100));
    }
    return sum;
}

}  // namespace

std::string_view to_string(store_fault fault) {
    switch (fault) {
        case store_fault::bad_key:
            return "bad_key";
        case store_fault::too_large:
            return "too_large";
        case store_fault::wrong_type:
            return "wrong_type";
        case store_fault::no_space:
            return "no_space";
        case store_fault::corrupt:
            return "corrupt";
        case store_fault::busy:
            return "busy";
        case store_fault::in_use:
            return "in_use";
        case store_fault::io:
            break;
    }
    return "io";
}

nlohmann::json entry::value() const {
    return nlohmann::json::parse(json);
}

std::optional<entry> store::get(std::string_view key) {
    check_key(key);
    return read(key);
}

std::optional<entry> store::write(std::string_view key, const decision& decide) {
    check_key(key);
    auto what = change::kind::keep;
    auto now_there = transact(key, [&](const std::optional<entry>& present) {
        auto decided = decide(present);
        if (decided.what == change::kind::erase && !present) decided.what = change::kind::keep;
        what = decided.what;
        return decided;
    });
    if (what != change::kind::keep && on_write_) {
        on_write_(std::string(key), now_there ? now_there->changed : 0);
    }
    return now_there;
}

version store::set(std::string_view key, const nlohmann::json& value, lifetime lives) {
    change put{change::kind::put, checked_text_of(value), end_of(lives)};
    return write(key, [&](const auto&) { return std::move(put); })->changed;
}

bool store::erase(std::string_view key) {
    bool was_there = false;
    write(key, [&](const std::optional<entry>& present) {
        was_there = present.has_value();
        return change{change::kind::erase, {}, {}};
    });
    return was_there;
}

std::optional<entry> store::update(std::string_view key, const updater& make, lifetime lives) {
    return write(key, [&](const std::optional<entry>& present) {
        const auto made = make(present ? std::optional(present->value()) : std::nullopt);
        if (!made) return change{change::kind::erase, {}, {}};
        return change{change::kind::put, checked_text_of(*made), end_of(lives)};
    });
}

std::optional<version> store::compare_and_set(std::string_view key, version expected,
                                              const nlohmann::json& value, lifetime lives) {
    bool as_expected = false;
    const auto now_there = write(key, [&](const std::optional<entry>& present) {
        as_expected = (present ? present->changed : 0) == expected;
        if (!as_expected) return change{};
        return change{change::kind::put, checked_text_of(value), end_of(lives)};
    });
    if (!as_expected) return std::nullopt;
    return now_there->changed;
}

std::int64_t store::increment(std::string_view key, std::int64_t by) {
    std::int64_t sum = by;
    write(key, [&](const std::optional<entry>& present) {
        if (present) sum = sum_of(present->value(), by);
        return change{change::kind::put, std::to_string(sum), {}};
    });
    return sum;
}

std::vector<named_entry> store::scan(std::string_view prefix, std::size_t most) {
    return read_all(prefix, most);
}

}  // namespace state
