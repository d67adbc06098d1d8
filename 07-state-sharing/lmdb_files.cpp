#include "07-state-sharing/lmdb_files.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "07-state-sharing/file_fault.hpp"
#include "07-state-sharing/lmdb_check.hpp"
#include "07-state-sharing/lmdb_marker.hpp"
#include "07-state-sharing/lmdb_names.hpp"
#include "07-state-sharing/lmdb_values.hpp"
#include "support/syscall.hpp"

namespace state {
namespace {

namespace fs = std::filesystem;

constexpr mode_t private_folder = 0700;

void fill_new(MDB_env* environment, const std::string& path) {
    MDB_txn* writing = nullptr;
    check_lmdb("mdb_txn_begin", path, ::mdb_txn_begin(environment, nullptr, 0, &writing));
    MDB_dbi records = 0;
    MDB_dbi names = 0;
    version zero = 0;
    MDB_val name = to_lmdb(lmdb_names::clock);
    MDB_val value{sizeof zero, &zero};
    int error = ::mdb_dbi_open(writing, lmdb_names::records, MDB_CREATE, &records);
    if (error == 0) error = ::mdb_dbi_open(writing, nullptr, 0, &names);
    if (error == 0) error = ::mdb_put(writing, names, &name, &value, 0);
    if (error != 0) ::mdb_txn_abort(writing);
    check_lmdb("mdb_put", path, error);
    check_lmdb("mdb_txn_commit", path, ::mdb_txn_commit(writing));
}

// Without its table of readers, of which there are none, and on the disk when it returns.
void write_new(const std::string& path) {
    MDB_env* made = nullptr;
    check_lmdb("mdb_env_create", path, ::mdb_env_create(&made));
    const std::unique_ptr<MDB_env, void (*)(MDB_env*)> environment(made, ::mdb_env_close);
    check_lmdb("mdb_env_set_maxdbs", path, ::mdb_env_set_maxdbs(made, 1));
    check_lmdb("mdb_env_open", path,
               ::mdb_env_open(made, path.c_str(), MDB_NOSUBDIR | MDB_NOLOCK, private_file));
    fill_new(made, path);
}

// Under another name first: a file that is there under the right one is whole, whenever we die.
void make_new(const std::string& path) {
    const std::string beside = path + ".new";
    ::unlink(beside.c_str());
    try {
        write_new(beside);
    } catch (const store_error&) {
        ::unlink(beside.c_str());
        throw;
    }
    check_file("rename", path, ::rename(beside.c_str(), path.c_str()));
    sync_folder_of(path);
}

}  // namespace

void make_lmdb_folder(const std::string& folder) {
    if (::mkdir(folder.c_str(), private_folder) == -1 && errno != EEXIST) {
        throw_file_fault("mkdir", folder);
    }
}

bool file_exists(const std::string& path) {
    struct stat there {};
    if (::lstat(path.c_str(), &there) == 0) return true;
    if (errno != ENOENT) throw_file_fault("stat", path);
    return false;
}

// Each process that has the environment open holds a read lock in the table's file.
bool is_open_elsewhere(const std::string& readers_path) {
    const support::unique_fd fd(::open(readers_path.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd && errno == ENOENT) return false;
    check_file("open", readers_path, fd.get());
    struct flock all {};
    all.l_type = F_WRLCK;
    all.l_whence = SEEK_SET;
    check_file("fcntl", readers_path, ::fcntl(fd.get(), F_GETLK, &all));
    return all.l_type != F_UNLCK;
}

void make_or_check_lmdb_file(const std::string& folder) {
    const std::string path = path_in(folder, lmdb_names::data);
    if (!file_exists(path)) return make_new(path);
    const auto depth = ended_cleanly(folder) ? lmdb_check_depth::head : lmdb_check_depth::whole;
    const auto fault = find_lmdb_fault(path, depth);
    if (!fault) return;
    const auto kept = keep_aside(path, ".corrupt");
    throw store_error(store_fault::corrupt,
                      path + " is not what a store wrote: " + *fault + "; it was kept as " + kept);
}

void make_reader_table(const std::string& readers_path, unsigned readers) {
    // As LMDB counts: two cache lines of its own, and one for each reader. A longer file would be a
    // table for more readers.
    constexpr std::size_t line = 64;
    const auto size = static_cast<off_t>((2 + std::size_t{readers}) * line);
    ::unlink(readers_path.c_str());  // the last one may be of another size
    const support::unique_fd fd(
        check_file("open", readers_path,
                   ::open(readers_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, private_file)));
    errno = ::posix_fallocate(fd.get(), 0, size);
    if (errno != 0) throw_file_fault("posix_fallocate", readers_path);
}

std::string keep_aside(const std::string& path, const std::string& ending) {
    std::string name = path + ending;
    for (int number = 2; file_exists(name); ++number) {
        name = path + ending + "." + std::to_string(number);
    }
    check_file("rename", path, ::rename(path.c_str(), name.c_str()));
    sync_folder_of(path);
    return name;
}

void sync_folder_of(const std::string& path) {
    const std::string folder = fs::path(path).parent_path().string();
    const support::unique_fd fd(
        check_file("open", folder, ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
    check_file("fsync", folder, ::fsync(fd.get()));
}

}  // namespace state
