#include "07-state-sharing/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <utility>

#include "07-state-sharing/file_fault.hpp"
#include "support/syscall.hpp"

namespace state {
namespace {

namespace fs = std::filesystem;

bool same_file(const struct stat& one, const struct stat& other) {
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino &&
           one.st_size == other.st_size && one.st_mtim.tv_sec == other.st_mtim.tv_sec &&
           one.st_mtim.tv_nsec == other.st_mtim.tv_nsec;
}

std::string all_of(int fd, const std::string& path) {
    std::string bytes;
    std::string chunk(64 * 1024, '\0');
    for (;;) {
        const auto count = check_file(
            "read", path, support::retry([&] { return ::read(fd, chunk.data(), chunk.size()); }));
        if (count == 0) return bytes;
        bytes.append(chunk, 0, static_cast<std::size_t>(count));
    }
}

// Removes a temporary file unless it got the real name.
class temporary_name {
  public:
    explicit temporary_name(std::string name) : name_(std::move(name)) {}
    temporary_name(const temporary_name&) = delete;
    temporary_name& operator=(const temporary_name&) = delete;
    ~temporary_name() {
        if (!name_.empty()) ::unlink(name_.c_str());
    }
    void keep() { name_.clear(); }

  private:
    std::string name_;
};

}  // namespace

atomic_file::atomic_file(std::string path, durability lasts, sync_point at)
    : path_(std::move(path)), lasts_(lasts), at_(std::move(at)) {
    directory_ = fs::path(path_).parent_path().string();
    if (directory_.empty()) directory_ = ".";
    ignore_file_size_signal();
}

bool atomic_file::read_if_changed(const taker& take) {
    struct stat there {};
    if (::stat(path_.c_str(), &there) == -1) {
        if (errno != ENOENT) throw_file_fault("stat", path_);
        take(std::nullopt);
        seen_.reset();
        return true;
    }
    if (seen_ && same_file(there, seen_as_)) return false;
    // O_NONBLOCK: a FIFO under this name would keep us waiting for its writer.
    support::unique_fd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd && errno == ENOENT) return read_if_changed(take);  // removed since
    check_file("open", path_, fd.get());
    check_file("fstat", path_, ::fstat(fd.get(), &there));
    if (!S_ISREG(there.st_mode)) throw store_error(store_fault::io, path_ + " is no regular file");
    take(all_of(fd.get(), path_));
    seen_ = std::move(fd);
    seen_as_ = there;
    return true;
}

void atomic_file::replace(std::string_view bytes) {
    support::unique_fd fd;
    const std::string name = path_ + ".tmp." + std::to_string(::getpid());
    fd.reset(
        check_file("open", name,
                   ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, private_file)));
    temporary_name temporary(name);
    at("temp opened");
    write_all(fd.get(), bytes.substr(0, bytes.size() / 2), name);
    at("half written");
    write_all(fd.get(), bytes.substr(bytes.size() / 2), name);
    at("written");
    // Before the rename: a file system may else do the rename first, and after a power failure the
    // name would belong to an empty file.
    if (lasts_ == durability::disk) check_file("fsync", name, ::fsync(fd.get()));
    at("synced");
    struct stat written {};
    check_file("fstat", name, ::fstat(fd.get(), &written));
    check_file("rename", path_, ::rename(name.c_str(), path_.c_str()));
    temporary.keep();
    at("renamed");
    sync_directory();
    seen_ = std::move(fd);
    seen_as_ = written;
}

std::string atomic_file::set_aside() {
    std::string name = path_ + ".corrupt";
    struct stat there {};
    for (int number = 2; ::lstat(name.c_str(), &there) == 0; ++number) {
        name = path_ + ".corrupt." + std::to_string(number);
    }
    at("corrupt found");
    check_file("rename", path_, ::rename(path_.c_str(), name.c_str()));
    at("corrupt kept");
    sync_directory();
    return name;
}

void atomic_file::sweep() {
    const std::string begin = fs::path(path_).filename().string() + ".tmp.";
    std::error_code error;
    for (fs::directory_iterator at_entry(directory_, error), end; !error && at_entry != end;
         at_entry.increment(error)) {
        const std::string name = at_entry->path().filename().string();
        if (name.starts_with(begin)) ::unlink(at_entry->path().c_str());
    }
    if (error) throw store_error(store_fault::io, "read " + directory_ + ": " + error.message());
    at("swept");
}

void atomic_file::write_all(int fd, std::string_view bytes, const std::string& name) {
    while (!bytes.empty()) {
        const auto count = check_file(
            "write", name, support::retry([&] { return ::write(fd, bytes.data(), bytes.size()); }));
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

// A name is part of its directory, which is synced on its own.
void atomic_file::sync_directory() {
    if (lasts_ == durability::disk) {
        const support::unique_fd fd(check_file(
            "open", directory_, ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
        check_file("fsync", directory_, ::fsync(fd.get()));
    }
    at("directory synced");
}

}  // namespace state
