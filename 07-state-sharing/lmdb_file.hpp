// Reading a file of LMDB page by page, without mapping it.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "07-state-sharing/lmdb_format.hpp"
#include "support/unique_fd.hpp"

namespace state {

/// Says that a file is not what LMDB wrote, and where.
class bad_lmdb_file : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// A file of LMDB, open for reading.
class lmdb_file {
  public:
    /// @throws store_error  io
    /// @throws bad_lmdb_file  if its first two pages are not LMDB's
    explicit lmdb_file(const std::string& path);

    /// The newer of the first two pages.
    [[nodiscard]] const lmdb_format::meta_page& newest() const { return newest_; }
    [[nodiscard]] std::size_t page_size() const { return page_size_; }

    /// Whether the file ends before the last page of which it knows. That may be: a page that was
    /// freed in the transaction that took it is never written.
    [[nodiscard]] bool is_short() const { return size_ / page_size_ <= newest_.last_page; }

    /// Pages `number` to `number` + `count` - 1.
    /// @throws bad_lmdb_file  if the file is too short for them
    /// @throws store_error  io
    [[nodiscard]] std::string pages(std::uint64_t number, std::uint64_t count = 1) const;

  private:
    [[nodiscard]] lmdb_format::meta_page read_meta(std::uint64_t number) const;

    std::string path_;
    support::unique_fd fd_;
    std::uint64_t size_ = 0;
    std::size_t page_size_ = sizeof(lmdb_format::page_head) + sizeof(lmdb_format::meta_page);
    lmdb_format::meta_page newest_{};
};

/// A `Part` of the bytes, which begins at `offset`.
/// @throws bad_lmdb_file  if there are not so many bytes
template <class Part>
[[nodiscard]] Part part_of(std::string_view bytes, std::size_t offset) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(Part)) {
        throw bad_lmdb_file("something in it points out of its page");
    }
    Part part;
    std::memcpy(&part, bytes.data() + offset, sizeof part);
    return part;
}

}  // namespace state
