// A store for the grading cases of sessions.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "07-state-sharing/store.hpp"

namespace grading {

/// A store in memory, where somebody else comes first once. It lets nothing die, and remembers when
/// each value was to.
class contested_store final : public state::store {
  public:
    /// Before the next transaction begins, `then` happens.
    void come_first(std::function<void()> then) { first_ = std::move(then); }

    /// When the life of a value ends; nothing: it lives for ever.
    [[nodiscard]] std::optional<clock::time_point> end_of(const std::string& key) const {
        const auto found = ends_.find(key);
        return found == ends_.end() ? std::nullopt : found->second;
    }

    [[nodiscard]] state::version latest() override { return latest_; }

  protected:
    [[nodiscard]] std::optional<state::entry> read(std::string_view key) override {
        const auto found = entries_.find(key);
        if (found == entries_.end()) return std::nullopt;
        return found->second;
    }

    std::optional<state::entry> transact(std::string_view key, const decision& decide) override {
        if (const auto then = std::exchange(first_, nullptr)) then();
        change decided = decide(read(key));
        if (decided.what == change::kind::put) {
            entries_[std::string(key)] = {std::move(decided.json), ++latest_};
            ends_[std::string(key)] = decided.until;
        } else if (decided.what == change::kind::erase) {
            entries_.erase(std::string(key));
            ++latest_;
        }
        return read(key);
    }

    [[nodiscard]] std::vector<state::named_entry> read_all(std::string_view prefix,
                                                           std::size_t most) override {
        std::vector<state::named_entry> found;
        for (const auto& [key, value] : entries_) {
            if (key.starts_with(prefix) && found.size() < most) found.push_back({key, value});
        }
        return found;
    }

  private:
    std::map<std::string, state::entry, std::less<>> entries_;
    std::map<std::string, std::optional<clock::time_point>> ends_;
    state::version latest_ = 0;
    std::function<void()> first_;
};

}  // namespace grading
