// Whether the pages of a file of LMDB hang together.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "07-state-sharing/lmdb_file.hpp"

namespace state {

/// Walks the trees of a file, and keeps account of whose each page is.
/// @throws bad_lmdb_file  every operation: where something is wrong
class lmdb_tree_check {
  public:
    explicit lmdb_tree_check(const lmdb_file& file);

    struct node {
        std::string_view key;
        std::string_view value;
        bool is_tree = false;  ///< the value is a tree of its own
    };
    using visitor = std::function<void(const node& found)>;
    enum class order { bytes, numbers };  ///< how a tree's keys are compared

    /// Goes through a whole tree in order: each page is whole and in no other place, each key in
    /// its place.
    void walk(const lmdb_format::tree& tree, order by, const visitor& visit);

    /// Page `number` has a use. It may have only one.
    void claim(std::uint64_t number);

  private:
    struct passage {  // one walk
        const lmdb_format::tree& tree;
        order by;
        const visitor& visit;
        std::uint64_t entries = 0;
    };
    struct bounds {  // between which a subtree's keys are
        std::string low;
        std::optional<std::string> high;
    };

    void walk_page(passage& walk, std::uint64_t number, unsigned level, const bounds& within);
    void walk_branch(passage& walk, std::string_view page, unsigned level, const bounds& within);
    void walk_leaf(passage& walk, std::string_view page, const bounds& within);
    [[nodiscard]] std::string read_big(std::uint64_t number, std::uint32_t size);

    const lmdb_file& file_;
    std::vector<bool> used_;
};

}  // namespace state
