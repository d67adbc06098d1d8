// What a store promises, whatever it is made of.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "07-state-sharing/store_error.hpp"

namespace state {

/// Counts the changes of a store. Every change of every key takes the next number, so that a key's
/// version says both whether it has changed and which of two changes was the later one.
using version = std::uint64_t;

inline constexpr std::size_t max_key_size = 511;          ///< bytes
inline constexpr std::size_t max_value_size = 1U << 20U;  ///< bytes of JSON text

/// What a store has under a key.
struct entry {
    std::string json;     ///< the value as JSON text, in UTF-8
    version changed = 0;  ///< by which change of the store; never 0

    [[nodiscard]] nlohmann::json value() const;
};

struct named_entry {
    std::string key;
    entry found;
};

/// How long a value lives; without one, for ever.   [milliseconds]
using lifetime = std::optional<std::chrono::milliseconds>;

/// Values under keys, shared by any number of processes.
///
/// A value is JSON. What one process wrote, every other reads from then on. Each operation is
/// atomic over all processes: a reader sees the value before a change or after it, wherever the
/// writer dies. A value whose lifetime is over is not there, for every operation.
///
/// Operations take no time worth waiting for, so they are plain functions.
/// @throws store_error  every operation: bad_key, too_large, no_space, corrupt, busy, io
class store {
  public:
    using clock = std::chrono::system_clock;  // the processes' common one; it survives them

    store() = default;
    store(const store&) = delete;
    store& operator=(const store&) = delete;
    virtual ~store() = default;

    [[nodiscard]] std::optional<entry> get(std::string_view key);

    /// Writes `value`, whatever was there.
    /// @return the version of the new value
    version set(std::string_view key, const nlohmann::json& value, lifetime lives = {});

    /// @return whether there was something
    bool erase(std::string_view key);

    /// Makes a new value from the old one. No other process writes in between, so nothing is lost
    /// when many do this at once.
    /// @param change  gets the value, or nothing if there is none; returns the new one, or nothing
    ///        to erase. Called once, with the store locked: quick, and without use of the store. An
    ///        exception out of it changes nothing, and comes out of here
    /// @return what is there now
    using updater =
        std::function<std::optional<nlohmann::json>(const std::optional<nlohmann::json>& present)>;
    std::optional<entry> update(std::string_view key, const updater& change, lifetime lives = {});

    /// Writes `value` if nobody has changed the key since the caller looked.
    /// @param expected  the version that the caller knows; 0 for "there was none"
    /// @return the new version, or nothing if the key has another version by now
    std::optional<version> compare_and_set(std::string_view key, version expected,
                                           const nlohmann::json& value, lifetime lives = {});

    /// Adds to a whole number; one that is not there is 0. The sum lives for ever.
    /// @return the sum
    /// @throws store_error wrong_type if the value is no whole number, or the sum none of 64 bits
    std::int64_t increment(std::string_view key, std::int64_t by = 1);

    /// The entries whose keys begin with `prefix`, in the order of their bytes, all of one moment.
    /// @param most  how many at most
    [[nodiscard]] std::vector<named_entry> scan(std::string_view prefix,
                                                std::size_t most = SIZE_MAX);

    /// The newest version of all. Something has changed since the last look if it is another one;
    /// it is less only after the store was lost.
    [[nodiscard]] virtual version latest() = 0;

    /// Tells what this process has written, after it was acknowledged: the key and its version, 0
    /// for an erased one. One listener.
    using write_listener = std::function<void(const std::string& key, version changed)>;
    void on_write(write_listener listener) { on_write_ = std::move(listener); }

  protected:
    /// What is to become of a key.
    struct change {
        enum class kind { keep, put, erase } what = kind::keep;
        std::string json;                        ///< of put
        std::optional<clock::time_point> until;  ///< of put: when its life ends
    };
    /// Decides with the store locked. Gets what is there; nothing if its life is over.
    using decision = std::function<change(const std::optional<entry>& present)>;

    // What a kind of store must be able to do. Keys have been checked.

    [[nodiscard]] virtual std::optional<entry> read(std::string_view key) = 0;
    /// One transaction: nobody else writes between what `decide` sees and what becomes of it.
    ///
    /// What is over is asked of the clock once, at the look. Other values that are over may be
    /// dropped on this occasion, before the change or after it: nobody sees them either way.
    /// `keep` writes nothing; to erase what is not there comes as `keep`. An exception out of
    /// `decide` changes nothing, and comes out of here.
    /// @return what is there afterwards; after a put what was put, though its life may be over
    virtual std::optional<entry> transact(std::string_view key, const decision& decide) = 0;
    [[nodiscard]] virtual std::vector<named_entry> read_all(std::string_view prefix,
                                                            std::size_t most) = 0;

  private:
    std::optional<entry> write(std::string_view key, const decision& decide);

    write_listener on_write_;
};

}  // namespace state
