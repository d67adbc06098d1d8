// How a file of LMDB looks: what must be known to check one without trusting it.
#pragma once

#include <cstdint>

namespace state::lmdb_format {

// LMDB writes its structures as they stand in memory; these have the same layout on 64 bits.

inline constexpr std::uint32_t magic = 0xBEEFC0DE;
inline constexpr std::uint32_t data_version = 1;

enum page_flags : std::uint16_t {
    branch = 1,
    leaf = 2,
    overflow = 4,
    meta = 8,
    not_flushed = 0x10
};

/// The first bytes of a page.
struct page_head {
    std::uint64_t number;
    std::uint16_t unused;
    std::uint16_t flags;
    std::uint16_t lower;  ///< where the list of the nodes' places ends   [bytes into the page]
    std::uint16_t upper;  ///< where the nodes begin; they grow downwards
    /// Of an overflow page, instead: how many pages its value covers.
    [[nodiscard]] std::uint32_t pages() const { return lower | std::uint32_t{upper} << 16U; }
};
static_assert(sizeof(page_head) == 16);

/// A B+ tree: one for the free pages, one for the names, and one for each name.
struct tree {
    std::uint32_t page_size;  ///< only in that of the free pages
    std::uint16_t flags;
    std::uint16_t depth;
    std::uint64_t branch_pages;
    std::uint64_t leaf_pages;
    std::uint64_t overflow_pages;
    std::uint64_t entries;
    std::uint64_t root;
};
static_assert(sizeof(tree) == 48);

// The flags of the tree of free pages: its keys are numbers. How the file was made stands there,
// too.
inline constexpr std::uint16_t made_as_file = 0x4000;
inline constexpr std::uint16_t free_flags = 0x0008 | made_as_file;

inline constexpr std::uint64_t no_page = ~std::uint64_t{0};  ///< the root of an empty tree

/// Pages 0 and 1, after their heads. The transactions write the one and the other in turns, so that
/// one of them is always whole.
struct meta_page {
    std::uint32_t magic;
    std::uint32_t version;
    std::uint64_t address;
    std::uint64_t map_size;
    tree free;
    tree names;
    std::uint64_t last_page;
    std::uint64_t transaction;
};
static_assert(sizeof(meta_page) == 136);

enum node_flags : std::uint16_t { big_data = 1, sub_tree = 2 };

/// One key of a page. The key follows, then the value of a leaf.
struct node_head {
    std::uint16_t low;
    std::uint16_t high;
    std::uint16_t flags;
    std::uint16_t key_size;
    /// Of a leaf: how long its value is.
    [[nodiscard]] std::uint32_t value_size() const { return low | std::uint32_t{high} << 16U; }
    /// Of a branch: the page below it.
    [[nodiscard]] std::uint64_t child() const { return value_size() | std::uint64_t{flags} << 32U; }
};
static_assert(sizeof(node_head) == 8);

}  // namespace state::lmdb_format
