#include "07-state-sharing/lmdb_check.hpp"

#include <vector>

#include "07-state-sharing/lmdb_file.hpp"
#include "07-state-sharing/lmdb_names.hpp"
#include "07-state-sharing/lmdb_record.hpp"
#include "07-state-sharing/lmdb_tree_check.hpp"

namespace state {
namespace {

using order = lmdb_tree_check::order;
using node = lmdb_tree_check::node;

// A record of the list of free pages: how many, then their numbers.
void add_free_pages(std::string_view list, std::vector<std::uint64_t>& pages) {
    const auto count = part_of<std::uint64_t>(list, 0);
    if (count >= list.size() / sizeof count) {
        throw bad_lmdb_file("its list of free pages is longer than its place");
    }
    for (std::uint64_t i = 1; i <= count; ++i) {
        pages.push_back(part_of<std::uint64_t>(list, i * sizeof count));
    }
}

void check_pages(const lmdb_file& file) {
    lmdb_tree_check check(file);
    std::vector<std::uint64_t> free_pages;
    check.walk(file.newest().free, order::numbers, [&](const node& found) {
        if (found.key.size() != sizeof(std::uint64_t)) throw bad_lmdb_file("a number is cut");
        add_free_pages(found.value, free_pages);
    });
    std::optional<lmdb_format::tree> records;
    bool clock = false;
    check.walk(file.newest().names, order::bytes, [&](const node& found) {
        if (found.key == lmdb_names::records && found.is_tree) {
            records = part_of<lmdb_format::tree>(found.value, 0);
        } else if (found.key == lmdb_names::clock && found.value.size() == sizeof(version)) {
            clock = true;
        } else {
            throw bad_lmdb_file("another program has written into it");
        }
    });
    if (!records || !clock) throw bad_lmdb_file("another program has written it");
    check.walk(*records, order::bytes, [](const node& found) {
        if (found.is_tree || !lmdb_record::is_whole(found.key, found.value)) {
            throw bad_lmdb_file("the checksum of a record is wrong");
        }
    });
    for (const auto page : free_pages) check.claim(page);
}

}  // namespace

std::optional<std::string> find_lmdb_fault(const std::string& path, lmdb_check_depth depth) {
    try {
        const lmdb_file file(path);
        if (depth == lmdb_check_depth::whole || file.is_short()) check_pages(file);
        return std::nullopt;
    } catch (const bad_lmdb_file& bad) {
        return bad.what();
    }
}

std::optional<std::uint64_t> newest_lmdb_transaction(const std::string& path) {
    try {
        return lmdb_file(path).newest().transaction;
    } catch (const std::runtime_error&) {  // it is not there, or it is no such file
        return std::nullopt;
    }
}

}  // namespace state
