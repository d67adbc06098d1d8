#include "07-state-sharing/state_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <utility>

#include "07-state-sharing/file_fault.hpp"

namespace state {
namespace {

namespace fs = std::filesystem;

// Who has signed the lock's file; 0 if that cannot be read: the owner may be about to sign.
pid_t owner_of(int fd) {
    std::array<char, 20> text{};
    const auto length = ::pread(fd, text.data(), text.size(), 0);
    pid_t pid = 0;
    if (length > 0) std::from_chars(text.data(), text.data() + length, pid);
    return pid;
}

std::string without_last_slashes(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
}

}  // namespace

state_directory::state_directory(std::string path)
    : path_(without_last_slashes(std::move(path))), owner_(file("owner.lock")) {
    make();
    if (!owner_.try_take()) {
        const pid_t owner = owner_of(owner_.descriptor());
        throw store_error(store_fault::in_use,
                          path_ + " is in use by " +
                              (owner > 0 ? "process " + std::to_string(owner) : "another process") +
                              "; stop it, or give --state DIR");
    }
    sign();
}

void state_directory::make() const {
    std::error_code ignored;  // if it matters, mkdir says so
    fs::create_directories(fs::path(path_).parent_path(), ignored);
    constexpr mode_t private_directory = 0700;
    if (::mkdir(path_.c_str(), private_directory) == 0) return;
    if (errno != EEXIST) throw_file_fault("mkdir", path_);
    if (!fs::is_directory(path_, ignored)) {
        throw store_error(store_fault::io, path_ + " is no directory; give --state DIR");
    }
}

// Only for people, and for the message to a second primary: the lock says whose it is, not this.
void state_directory::sign() const {
    const std::string pid = std::to_string(::getpid()) + "\n";
    const int fd = owner_.descriptor();
    check_file("ftruncate", owner_.path(), ::ftruncate(fd, 0));
    check_file("write", owner_.path(), ::pwrite(fd, pid.data(), pid.size(), 0));
}

}  // namespace state
