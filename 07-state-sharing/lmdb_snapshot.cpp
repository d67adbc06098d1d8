#include "07-state-sharing/lmdb_snapshot.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>

#include "07-state-sharing/file_fault.hpp"
#include "07-state-sharing/lmdb_fault.hpp"
#include "07-state-sharing/lmdb_files.hpp"
#include "support/syscall.hpp"

namespace state {
namespace {

// `path` is what `fill` writes, or what it was before. There is one writer, so that the file beside
// it needs no name of its own, and what one that died has left is overwritten.
void replace_file(const std::string& path, const std::function<void(int fd)>& fill) {
    const std::string beside = path + ".new";
    try {
        const support::unique_fd fd(check_file(
            "open", beside,
            ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, private_file)));
        fill(fd.get());
        check_file("fsync", beside, ::fsync(fd.get()));
        check_file("rename", path, ::rename(beside.c_str(), path.c_str()));
    } catch (const store_error&) {
        ::unlink(beside.c_str());
        throw;
    }
    sync_folder_of(path);
}

void copy_bytes(int from, int to, std::size_t size, const std::string& path) {
    while (size > 0) {
        const auto sent = check_file(
            "sendfile", path, support::retry([&] { return ::sendfile(to, from, nullptr, size); }));
        if (sent == 0) return;
        size -= static_cast<std::size_t>(sent);
    }
}

}  // namespace

void write_lmdb_snapshot(const lmdb_environment& environment, const std::string& path) {
    replace_file(path, [&](int fd) {
        int error = ::mdb_env_copyfd2(environment.handle(), fd, MDB_CP_COMPACT);
        // It counts the pages, and gives up if some belong to nobody. A copy of all of them is as
        // good, only larger.
        if (error == MDB_INCOMPATIBLE) {
            check_file("ftruncate", path, ::ftruncate(fd, 0));
            check_file("lseek", path, ::lseek(fd, 0, SEEK_SET));
            error = ::mdb_env_copyfd2(environment.handle(), fd, 0);
        }
        check_lmdb("mdb_env_copyfd2", path, error);
    });
}

std::chrono::seconds restore_lmdb_snapshot(const std::string& from, const std::string& to) {
    const support::unique_fd snapshot(
        check_file("open", from, ::open(from.c_str(), O_RDONLY | O_CLOEXEC)));
    struct stat about {};
    check_file("fstat", from, ::fstat(snapshot.get(), &about));
    replace_file(to, [&](int fd) {
        copy_bytes(snapshot.get(), fd, static_cast<std::size_t>(about.st_size), to);
    });
    return std::chrono::seconds(std::max<std::time_t>(0, std::time(nullptr) - about.st_mtime));
}

}  // namespace state
