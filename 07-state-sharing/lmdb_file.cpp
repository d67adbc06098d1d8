#include "07-state-sharing/lmdb_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <bit>

#include "07-state-sharing/file_fault.hpp"
#include "support/syscall.hpp"

namespace state {
namespace {

constexpr std::size_t smallest_page = 512;
constexpr std::size_t largest_page = 1U << 16U;

}  // namespace

lmdb_file::lmdb_file(const std::string& path)
    : path_(path), fd_(check_file("open", path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC))) {
    struct stat status {};
    check_file("fstat", path_, ::fstat(fd_.get(), &status));
    size_ = static_cast<std::uint64_t>(status.st_size);
    const auto first = read_meta(0);  // knows the size of the pages, so where the second one is
    page_size_ = first.free.page_size;
    if (!std::has_single_bit(page_size_) || page_size_ < smallest_page ||
        page_size_ > largest_page) {
        throw bad_lmdb_file("its pages have " + std::to_string(page_size_) + " bytes");
    }
    const auto second = read_meta(1);
    newest_ = second.transaction > first.transaction ? second : first;
    // LMDB believes the newer one.
    if (second.free.page_size != page_size_ || first.free.flags != second.free.flags ||
        (first.free.flags | lmdb_format::made_as_file) != lmdb_format::free_flags) {
        throw bad_lmdb_file("its first two pages differ in what never changes");
    }
    if (newest_.last_page == 0 || newest_.last_page >= newest_.map_size / page_size_) {
        throw bad_lmdb_file("it has more pages than fit into its map");
    }
}

lmdb_format::meta_page lmdb_file::read_meta(std::uint64_t number) const {
    const auto page = pages(number);
    const auto head = part_of<lmdb_format::page_head>(page, 0);
    const auto meta = part_of<lmdb_format::meta_page>(page, sizeof head);
    if (meta.magic != lmdb_format::magic || (head.flags & lmdb_format::meta) == 0) {
        throw bad_lmdb_file("it was not written by LMDB");
    }
    if (meta.version != lmdb_format::data_version) {
        throw bad_lmdb_file("it is of version " + std::to_string(meta.version) +
                            " of LMDB's format, not " + std::to_string(lmdb_format::data_version));
    }
    return meta;
}

std::string lmdb_file::pages(std::uint64_t number, std::uint64_t count) const {
    const auto held = size_ / page_size_;
    if (number > held || count > held - number) {
        throw bad_lmdb_file("it ends before page " + std::to_string(number + count - 1) +
                            ", with " + std::to_string(size_) + " bytes");
    }
    std::string bytes(count * page_size_, '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto at = static_cast<off_t>(number * page_size_ + done);
        const auto got =
            check_file("pread", path_, support::retry([&] {
                           return ::pread(fd_.get(), bytes.data() + done, bytes.size() - done, at);
                       }));
        if (got == 0) throw bad_lmdb_file("it became shorter while it was read");
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

}  // namespace state
