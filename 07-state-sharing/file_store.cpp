#include "07-state-sharing/file_store.hpp"

#include <utility>

#include "support/log.hpp"

namespace state {

file_store::file_store(std::string path, file_store_options options)
    : options_(std::move(options)),
      lock_(path + ".lock"),
      file_(std::move(path), options_.lasts, options_.at) {
    const auto held = take_lock();
    file_.sweep();
}

file_lock::holding file_store::take_lock() {
    auto held = lock_.take(options_.lock_limit);
    if (options_.at) options_.at("locked");
    return held;
}

void file_store::read_file() {
    file_.read_if_changed([this](const std::optional<std::string>& bytes) {
        seen_ = bytes ? decode(*bytes) : contents{};
    });
}

const contents& file_store::look_locked() {
    try {
        read_file();
        return seen_;
    } catch (const not_a_state_file& wrong) {
        const std::string kept = file_.set_aside();
        const std::string said = file_.path() + " is not what a store wrote: " + wrong.what() +
                                 ". It was kept as " + kept + ", and the store begins empty";
        support::log_line(said);
        throw store_error(store_fault::corrupt, said);
    }
}

// A reader needs no lock: whatever file it opens is whole. One that is not is looked at once more
// with the lock, since another process may have set it aside already.
const contents& file_store::look() {
    try {
        read_file();
        return seen_;
    } catch (const not_a_state_file&) {
        const auto held = take_lock();
        return look_locked();
    }
}

version file_store::latest() {
    return look().newest;
}

std::optional<entry> file_store::read(std::string_view key) {
    return look().alive(key, clock::now());
}

std::optional<entry> file_store::transact(std::string_view key, const decision& decide) {
    const auto held = take_lock();
    contents next = look_locked();
    const auto now = clock::now();
    auto present = next.alive(key, now);
    change decided = decide(present);
    if (decided.what == change::kind::keep) return present;

    std::optional<entry> result;
    if (decided.what == change::kind::put) {
        next.put(key, std::move(decided.json), decided.until);
        const record& made = next.records.find(key)->second;
        result = entry{made.json, made.changed};
    } else {
        next.erase(key);
    }
    next.drop_dead(now);
    file_.replace(encode(next));
    seen_ = std::move(next);
    return result;
}

std::vector<named_entry> file_store::read_all(std::string_view prefix, std::size_t most) {
    std::vector<named_entry> result;
    const contents& all = look();
    const auto now = clock::now();
    for (auto at = all.records.lower_bound(prefix);
         at != all.records.end() && at->first.starts_with(prefix) && result.size() < most; ++at) {
        if (is_over(at->second, now)) continue;
        result.push_back({at->first, {at->second.json, at->second.changed}});
    }
    return result;
}

}  // namespace state
