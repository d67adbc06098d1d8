#include "07-state-sharing/state_file.hpp"

#include <boost/crc.hpp>
#include <chrono>
#include <utility>

#include "07-state-sharing/text_scanner.hpp"

namespace state {
namespace {

constexpr std::string_view head_begin = R"({"cluster_workshop_store": 1, "newest": )";
constexpr std::string_view head_end = ", \"entries\": {\n";
constexpr std::string_view version_begin = R"(: {"version": )";
constexpr std::string_view until_begin = R"(, "until_ms": )";
constexpr std::string_view value_begin = R"(, "value": )";

// CRC-64/XZ.
using crc64 = boost::crc_optimal<64, 0x42F0E1EBA9EA3693, ~0ULL, ~0ULL, true, true>;

std::string hexadecimal(std::uint64_t number, std::size_t digits) {
    std::string text(digits, '0');
    for (auto at = text.rbegin(); at != text.rend(); ++at, number >>= 4U) {
        *at = "0123456789abcdef"[number & 15U];
    }
    return text;
}

// A key is any bytes. Those that would end the string or the line are written as JSON writes them.
void append_key(std::string& text, std::string_view key) {
    text += '"';
    for (const char c : key) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20) {
            text += "\\u" + hexadecimal(byte, 4);
        } else {
            if (c == '"' || c == '\\') text += '\\';
            text += c;
        }
    }
    text += '"';
}

std::pair<std::string, record> read_record(text_scanner& text) {
    std::string key = text.key();
    record found;
    text.expect(version_begin);
    found.changed = text.number<version>();
    if (text.skip(until_begin)) found.until_ms = text.number<std::int64_t>();
    text.expect(value_begin);
    auto value = text.line();
    if (value.ends_with(',')) value.remove_suffix(1);
    if (!value.ends_with('}')) throw not_a_state_file("a line does not end with }");
    found.json = value.substr(0, value.size() - 1);
    return {std::move(key), std::move(found)};
}

}  // namespace

std::string last_line(std::string_view before) {
    crc64 sum;
    sum.process_bytes(before.data(), before.size());
    return "}, \"crc64\": \"" + hexadecimal(sum.checksum(), 16) + "\"}\n";
}

bool is_over(const record& found, store::clock::time_point now) {
    if (!found.until_ms) return false;
    const auto now_ms = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch());
    return now_ms.count() >= *found.until_ms;
}

std::optional<entry> contents::alive(std::string_view key, store::clock::time_point now) const {
    const auto found = records.find(key);
    if (found == records.end() || is_over(found->second, now)) return std::nullopt;
    return entry{found->second.json, found->second.changed};
}

void contents::put(std::string_view key, std::string json,
                   std::optional<store::clock::time_point> until) {
    record made{std::move(json), ++newest, std::nullopt};
    if (until) {
        using std::chrono::milliseconds;
        made.until_ms = std::chrono::floor<milliseconds>(until->time_since_epoch()).count();
    }
    records.insert_or_assign(std::string(key), std::move(made));
}

void contents::erase(std::string_view key) {
    const auto found = records.find(key);
    if (found == records.end()) return;
    records.erase(found);
    ++newest;
}

void contents::drop_dead(store::clock::time_point now) {
    std::erase_if(records, [now](const auto& each) { return is_over(each.second, now); });
}

std::string encode(const contents& all) {
    std::string text(head_begin);
    text += std::to_string(all.newest);
    text += head_end;
    std::size_t left = all.records.size();
    for (const auto& [key, found] : all.records) {
        append_key(text, key);
        text += version_begin;
        text += std::to_string(found.changed);
        if (found.until_ms) text.append(until_begin) += std::to_string(*found.until_ms);
        text.append(value_begin) += found.json;
        text += --left > 0 ? "},\n" : "}\n";
    }
    text += last_line(text);
    return text;
}

contents decode(std::string_view bytes) {
    const std::size_t last = last_line("").size();
    if (bytes.size() < last) throw not_a_state_file("it is too short");
    const auto body = bytes.substr(0, bytes.size() - last);
    text_scanner text(body);
    text.expect(head_begin);
    if (bytes.substr(body.size()) != last_line(body)) {
        throw not_a_state_file("its checksum does not fit: it was cut or changed");
    }
    contents all;
    all.newest = text.number<version>();
    text.expect(head_end);
    while (!text.at_end()) all.records.insert(read_record(text));
    return all;
}

}  // namespace state
