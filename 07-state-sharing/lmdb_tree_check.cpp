#include "07-state-sharing/lmdb_tree_check.hpp"

namespace state {
namespace {

using lmdb_format::node_head;
using lmdb_format::page_head;

[[noreturn]] void fail(std::uint64_t page, const std::string& what) {
    throw bad_lmdb_file("page " + std::to_string(page) + " " + what);
}

page_head checked_head(std::string_view page, std::uint64_t number) {
    const auto head = part_of<page_head>(page, 0);
    if (head.number != number) fail(number, "is not where it belongs");
    if (head.flags != lmdb_format::branch && head.flags != lmdb_format::leaf) {
        fail(number, "is no page of a tree");
    }
    if (head.lower <= sizeof head || head.lower % 2 != 0 || head.lower > head.upper ||
        head.upper > page.size()) {
        fail(number, "has its nodes outside of itself");
    }
    return head;
}

std::size_t count_of(std::string_view page) {
    return (part_of<page_head>(page, 0).lower - sizeof(page_head)) / sizeof(std::uint16_t);
}

std::size_t place_of(std::string_view page, std::size_t index) {
    return part_of<std::uint16_t>(page, sizeof(page_head) + index * sizeof(std::uint16_t));
}

std::string_view bytes_of(std::string_view page, std::size_t at, std::size_t size) {
    if (at > page.size() || page.size() - at < size) {
        throw bad_lmdb_file("a node in it is larger than its page");
    }
    return page.substr(at, size);
}

std::string_view key_at(std::string_view page, std::size_t place) {
    return bytes_of(page, place + sizeof(node_head), part_of<node_head>(page, place).key_size);
}

// Text whose order is that of the keys.
std::string ordered(std::string_view key, lmdb_tree_check::order by) {
    if (by == lmdb_tree_check::order::bytes) return std::string(key);
    return {key.rbegin(), key.rend()};  // numbers stand with their lowest byte first
}

}  // namespace

lmdb_tree_check::lmdb_tree_check(const lmdb_file& file)
    : file_(file), used_(file.newest().last_page + 1) {
    used_[0] = used_[1] = true;  // the meta pages
}

void lmdb_tree_check::claim(std::uint64_t number) {
    if (number >= used_.size()) fail(number, "is used, and lies behind the last one");
    if (used_[number]) fail(number, "is used twice");
    used_[number] = true;
}

void lmdb_tree_check::walk(const lmdb_format::tree& tree, order by, const visitor& visit) {
    constexpr unsigned deepest = 32;  // LMDB's cursors hold no more
    if (tree.depth > deepest) throw bad_lmdb_file("a tree of it is too deep");
    if (by == order::bytes && tree.flags != 0) throw bad_lmdb_file("a tree of it is not of ours");
    passage walk{tree, by, visit};
    if (tree.root != lmdb_format::no_page) walk_page(walk, tree.root, 1, {});
    if (walk.entries != tree.entries) {
        throw bad_lmdb_file("a tree of it has " + std::to_string(walk.entries) +
                            " entries where it says " + std::to_string(tree.entries));
    }
}

void lmdb_tree_check::walk_page(passage& walk, std::uint64_t number, unsigned level,
                                const bounds& within) {
    claim(number);
    const std::string page = file_.pages(number);
    const bool is_leaf = checked_head(page, number).flags == lmdb_format::leaf;
    if (is_leaf != (level == walk.tree.depth)) fail(number, "stands at the wrong depth");
    if (is_leaf) {
        walk_leaf(walk, page, within);
    } else {
        walk_branch(walk, page, level, within);
    }
}

// A branch's first key is not looked at by LMDB: what is less than the second one is there.
void lmdb_tree_check::walk_branch(passage& walk, std::string_view page, unsigned level,
                                  const bounds& within) {
    const auto count = count_of(page);
    auto low = within.low;
    for (std::size_t i = 0; i < count; ++i) {
        bounds below{low, within.high};
        if (i + 1 < count) {
            below.high = low = ordered(key_at(page, place_of(page, i + 1)), walk.by);
        }
        const auto child = part_of<node_head>(page, place_of(page, i)).child();
        walk_page(walk, child, level + 1, below);
    }
}

void lmdb_tree_check::walk_leaf(passage& walk, std::string_view page, const bounds& within) {
    const auto number = part_of<page_head>(page, 0).number;
    std::optional<std::string> before;
    for (std::size_t i = 0; i < count_of(page); ++i) {
        const auto place = place_of(page, i);
        const auto head = part_of<node_head>(page, place);
        const auto key = key_at(page, place);
        auto rank = ordered(key, walk.by);
        if (rank < within.low || (within.high && rank >= *within.high) ||
            (before && rank <= *before)) {
            fail(number, "has a key that belongs elsewhere");
        }
        before = std::move(rank);
        ++walk.entries;
        const auto value_at = place + sizeof head + key.size();
        if (head.flags == lmdb_format::big_data) {
            const auto big = read_big(part_of<std::uint64_t>(page, value_at), head.value_size());
            walk.visit({key, big, false});
        } else if (head.flags == 0 || head.flags == lmdb_format::sub_tree) {
            const auto value = bytes_of(page, value_at, head.value_size());
            walk.visit({key, value, head.flags == lmdb_format::sub_tree});
        } else {
            fail(number, "has a node of a kind that we do not write");
        }
    }
}

std::string lmdb_tree_check::read_big(std::uint64_t number, std::uint32_t size) {
    const auto count = (sizeof(page_head) + size + file_.page_size() - 1) / file_.page_size();
    const std::string pages = file_.pages(number, count);
    const auto head = part_of<page_head>(pages, 0);
    if (head.number != number || head.flags != lmdb_format::overflow || head.pages() != count) {
        fail(number, "does not begin a large value");
    }
    for (std::uint64_t i = 0; i < count; ++i) claim(number + i);
    return pages.substr(sizeof head, size);
}

}  // namespace state
