// uses_lmdb FOLDER WHAT [KEY]: another process at a store on LMDB. WHAT is one of
//     write   counts KEY up for ever, with values of all sizes beside it; says each number
//     keep    is a primary that starts and ends for ever; says each number that it wrote
//     large   writes 4 MiB
//     look    takes its place among the readers (of 3), and lets go
//     read    stays in the middle of a read
//     lock    stays with the lock in its hand
//     change  stays in the middle of a write
// and those that stay say "ready", or what is wrong, and end with their input.
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "07-state-sharing/lmdb_keeper.hpp"
#include "07-state-sharing/lmdb_store.hpp"
#include "07-state-sharing/lmdb_transaction.hpp"

namespace {

void write_for_ever(const std::string& folder, const std::string& key) {
    state::lmdb_store store(folder);
    for (;;) {
        const auto number = store.increment(key);
        const auto size = static_cast<std::size_t>(number * 997 % 20'000);
        const std::string beside = key + "/" + std::to_string(number % 10);
        store.set(beside, {{"number", number}, {"filling", std::string(size, 'f')}});
        if (number % 7 == 0) store.erase(key + "/" + std::to_string(number % 9));
        std::cout << number << std::endl;
    }
}

void keep_for_ever(const std::string& folder) {
    for (;;) {
        state::lmdb_keeper keeper(folder);
        for (const auto& note : keeper.notes()) throw std::runtime_error(note);
        const auto number = keeper.store().increment("kept");
        if (number % 3 != 0) keeper.snapshot();
        if (number % 5 != 0) keeper.end();
        std::cout << number << std::endl;
    }
}

void write_large(const std::string& folder) {
    state::lmdb_store store(folder);
    for (int number = 0; number < 4; ++number) {
        store.set("large/" + std::to_string(number), std::string(state::max_value_size - 2, 'l'));
    }
    std::cout << "ready" << std::endl;
}

void stay(const std::string& folder, const std::string& what) {
    state::lmdb_options options;
    options.readers = 3;
    state::lmdb_environment environment(folder, options);
    state::lmdb_reader reader(environment);
    std::optional<state::lmdb_reader::moment> moment;
    std::optional<state::file_lock::holding> lock;
    std::optional<state::lmdb_writing> writing;
    if (what == "look" || what == "read") moment.emplace(reader);
    if (what == "look") moment.reset();
    if (what == "lock" || what == "change") lock.emplace(environment.lock());
    if (what == "change") writing.emplace(environment).put("a", {99, 0, "\"half\""});
    std::cout << "ready" << std::endl;
    std::cin.get();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const std::string what = argv[2];
    try {
        if (what == "write" && argc == 4) write_for_ever(argv[1], argv[3]);
        if (what == "keep") keep_for_ever(argv[1]);
        if (what == "large") {
            write_large(argv[1]);
        } else {
            stay(argv[1], what);
        }
    } catch (const std::exception& error) {
        std::cout << error.what() << std::endl;
    }
}
