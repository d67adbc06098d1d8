// A store in this process's memory, for tests of what stands on one.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "07-state-sharing/store.hpp"

namespace tests {

using json = nlohmann::json;

/// Keeps what a store promises to one process. Fails as told.
class memory_store final : public state::store {
  public:
    /// From now on reading, or writing, throws this fault; nothing: it works again.
    void fail_reads(std::optional<state::store_fault> with) { read_fault_ = with; }
    void fail_writes(std::optional<state::store_fault> with) { write_fault_ = with; }
    /// Begins anew, as after the loss of its file.
    void lose_everything() {
        values_.clear();
        latest_ = 0;
    }
    /// How often everything under a prefix was read.
    [[nodiscard]] int scans() const { return scans_; }
    [[nodiscard]] int writes() const { return writes_; }
    /// How often it has failed.
    [[nodiscard]] int failures() const { return failures_; }

    [[nodiscard]] state::version latest() override {
        check(read_fault_);
        return latest_;
    }

  protected:
    [[nodiscard]] std::optional<state::entry> read(std::string_view key) override {
        check(read_fault_);
        return present(std::string(key));
    }

    std::optional<state::entry> transact(std::string_view key, const decision& decide) override {
        check(write_fault_);
        const std::string name(key);
        change decided = decide(present(name));
        if (decided.what != change::kind::keep) {
            ++latest_;
            ++writes_;
        }
        if (decided.what == change::kind::put) {
            values_[name] = {{std::move(decided.json), latest_}, decided.until};
        } else if (decided.what == change::kind::erase) {
            values_.erase(name);
        }
        return present(name);
    }

    [[nodiscard]] std::vector<state::named_entry> read_all(std::string_view prefix,
                                                           std::size_t most) override {
        check(read_fault_);
        ++scans_;
        std::vector<state::named_entry> found;
        for (const auto& [key, value] : values_) {
            if (!key.starts_with(prefix) || found.size() == most) continue;
            if (const auto now = present(key)) found.push_back({key, *now});
        }
        return found;
    }

  private:
    struct lasting_entry {
        state::entry there;
        std::optional<clock::time_point> until;
    };

    void check(const std::optional<state::store_fault>& fault) {
        if (!fault) return;
        ++failures_;
        throw state::store_error(*fault, "as the test wants it");
    }

    [[nodiscard]] std::optional<state::entry> present(const std::string& key) const {
        const auto found = values_.find(key);
        if (found == values_.end()) return std::nullopt;
        if (found->second.until && *found->second.until <= clock::now()) return std::nullopt;
        return found->second.there;
    }

    std::map<std::string, lasting_entry> values_;
    state::version latest_ = 0;
    int scans_ = 0;
    int writes_ = 0;
    int failures_ = 0;
    std::optional<state::store_fault> read_fault_;
    std::optional<state::store_fault> write_fault_;
};

}  // namespace tests
