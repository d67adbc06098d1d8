// How a store's contents look as a file: plain text for `cat`, with a checksum for us.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "07-state-sharing/store.hpp"

namespace state {

/// What a file has under a key.
struct record {
    std::string json;                      ///< the value, one line
    version changed = 0;                   ///< by which change of the store
    std::optional<std::int64_t> until_ms;  ///< when its life ends, since 1970; never without

    friend bool operator==(const record&, const record&) = default;
};

/// All that a store knows at one moment. No input, no output, no clock.
struct contents {
    version newest = 0;  ///< of all changes, that of an erased key included
    std::map<std::string, record, std::less<>> records;

    /// What is under `key`, unless its life is over.
    [[nodiscard]] std::optional<entry> alive(std::string_view key,
                                             store::clock::time_point now) const;
    void put(std::string_view key, std::string json, std::optional<store::clock::time_point> until);
    void erase(std::string_view key);
    /// Forgets what is over. No change by itself: to everybody it was gone already.
    void drop_dead(store::clock::time_point now);

    friend bool operator==(const contents&, const contents&) = default;
};

/// Whether its life is over.
[[nodiscard]] bool is_over(const record& found, store::clock::time_point now);

/// The file's text: a head line, one line for each key, and a last line with the CRC-64 of all
/// before it. It is JSON as a whole (if the keys are UTF-8), so that other tools can read it, too:
///
///     {"cluster_workshop_store": 1, "newest": 9, "entries": {
///     "counter": {"version": 9, "value": 5},
///     "session/8c1f": {"version": 7, "until_ms": 1767225600000, "value": {"user":"ada"}}
///     }, "crc64": "5d06c3a4b1f0e97a"}
[[nodiscard]] std::string encode(const contents& all);

/// The last line for what stands before it.
[[nodiscard]] std::string last_line(std::string_view before);

/// Says that bytes are not what encode() made, and where they differ.
class not_a_state_file : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The contents again. A file that was cut anywhere, and one with up to 64 neighbouring bits
/// changed, is found out for certain; any other with the odds of 1 to 2^64.
/// @throws not_a_state_file
[[nodiscard]] contents decode(std::string_view bytes);

}  // namespace state
