#include "07-state-sharing/lmdb_store.hpp"

#include <utility>

namespace state {
namespace {

auto over_at(store::clock::time_point now) {
    return [now](const lmdb_record& record) { return record.is_over(now); };
}

}  // namespace

lmdb_store::lmdb_store(const std::string& folder, const lmdb_options& options)
    : environment_(folder, options), reader_(environment_) {}

version lmdb_store::latest() {
    return lmdb_reader::moment(reader_).newest();
}

std::optional<entry> lmdb_store::read(std::string_view key) {
    const lmdb_reader::moment now(reader_);
    const auto found = now.find(key);
    // Most values live for ever: only the others need the clock.
    if (!found || (found->until_ms != 0 && found->is_over(clock::now()))) return std::nullopt;
    return found->to_entry();
}

std::vector<named_entry> lmdb_store::read_all(std::string_view prefix, std::size_t most) {
    std::vector<named_entry> result;
    if (most == 0) return result;
    const auto is_over = over_at(clock::now());
    const lmdb_reader::moment now(reader_);
    now.each_from(prefix, [&](std::string_view key, const lmdb_record& record) {
        if (!key.starts_with(prefix)) return false;
        if (!is_over(record)) result.push_back({std::string(key), record.to_entry()});
        return result.size() < most;
    });
    return result;
}

// While we hold the lock nobody else writes, so that what is read before the transaction of LMDB
// begins is still true in it. So a decision to keep costs no transaction, and a put that finds no
// room can be tried again without deciding twice.
std::optional<entry> lmdb_store::transact(std::string_view key, const decision& decide) {
    const auto held = environment_.lock();
    auto present = read(key);
    auto decided = decide(present);
    switch (decided.what) {
        case change::kind::keep:
            return present;
        case change::kind::erase:
            erase_once(key);
            return std::nullopt;
        case change::kind::put:
            break;
    }
    const version changed = put(key, decided);
    return entry{std::move(decided.json), changed};
}

version lmdb_store::put(std::string_view key, const change& what) {
    constexpr int most_tries = 3;
    for (int tried = 1;; ++tried) {
        try {
            return put_once(key, what);
        } catch (const store_error& error) {
            if (error.fault() != store_fault::no_space || tried == most_tries) throw;
            make_room();
        }
    }
}

version lmdb_store::put_once(std::string_view key, const change& what) {
    constexpr std::size_t looked_at = 8;
    const lmdb_growth_limit limit(environment_);
    lmdb_writing writing(environment_);
    const version changed = writing.newest() + 1;
    writing.put(key, {changed, what.until ? to_ms(*what.until) : 0, what.json});
    writing.set_newest(changed);
    sweep(writing, looked_at);
    writing.commit();
    return changed;
}

// A full store may be full of values that are over. And what was erased can be used again only two
// transactions later; so this one changes something even if there is nothing more to erase.
void lmdb_store::make_room() {
    constexpr std::size_t looked_at = 10'000;
    lmdb_writing writing(environment_);
    sweep(writing, looked_at);
    if (sweep_from_.empty()) sweep(writing, looked_at);  // it has come to the end: from the start
    writing.set_newest(writing.newest());
    writing.commit();
}

void lmdb_store::erase_once(std::string_view key) {
    lmdb_writing writing(environment_);
    writing.erase(key);
    writing.set_newest(writing.newest() + 1);
    writing.commit();
}

// Goes on where the last one has stopped, so that the whole store is gone through again and again.
void lmdb_store::sweep(lmdb_writing& writing, std::size_t looked_at) {
    constexpr std::size_t most_erased = 256;
    auto swept = writing.sweep(sweep_from_, looked_at, most_erased, over_at(clock::now()));
    sweep_from_ = std::move(swept).value_or("");
}

}  // namespace state
