#include "07-state-sharing/lmdb_fault.hpp"

#include <lmdb.h>
#include <sys/statvfs.h>

#include <cerrno>

#include "07-state-sharing/store.hpp"

namespace state {
namespace {

// On a disk that becomes full in the middle of a write, the kernel writes what still fits, and LMDB
// calls that EIO.
bool is_full(const std::string& path) {
    struct statvfs disk {};
    if (::statvfs(path.c_str(), &disk) == -1) return false;
    return disk.f_bavail * disk.f_frsize < 2 * max_value_size;
}

store_fault fault_of(int code, const std::string& path) {
    switch (code) {
        case MDB_MAP_FULL:
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return store_fault::no_space;
        case EIO:
            return is_full(path) ? store_fault::no_space : store_fault::io;
        case MDB_CORRUPTED:
        case MDB_INCOMPATIBLE:
        case MDB_INVALID:
        case MDB_NOTFOUND:  // where something must be
        case MDB_PAGE_NOTFOUND:
        case MDB_VERSION_MISMATCH:
            return store_fault::corrupt;
        default:
            return store_fault::io;
    }
}

std::string reason_of(int code) {
    switch (code) {
        case MDB_MAP_FULL:
            return "the room given to the store is full; erase something, or give it more";
        case MDB_READERS_FULL:
            return "as many processes as it was made for read it already; if some of them have "
                   "died, their places are free after clear_stale_readers()";
        default:
            return ::mdb_strerror(code);
    }
}

}  // namespace

void throw_lmdb_fault(std::string_view call, const std::string& path, int code) {
    const auto fault = fault_of(code, path);
    const bool short_write = code == EIO && fault == store_fault::no_space;
    throw store_error(
        fault, std::string(call) + " " + path + ": " + reason_of(short_write ? ENOSPC : code));
}

}  // namespace state
