#include "07-state-sharing/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "07-state-sharing/file_fault.hpp"
#include "support/syscall.hpp"

namespace state {

// flock(2) can wait by itself, but without a limit: a holder that is stopped would stop us, too. So
// we ask again and again. The holder needs some tens of microseconds.
file_lock::holding file_lock::take(std::chrono::steady_clock::time_point give_up) {
    constexpr std::chrono::microseconds shortest{20};
    constexpr std::chrono::microseconds longest{500};
    for (auto pause = shortest; !try_take(); pause = std::min(2 * pause, longest)) {
        if (std::chrono::steady_clock::now() >= give_up) {
            throw store_error(store_fault::busy, path_ +
                                                     ": another process does not let go of this "
                                                     "lock; is one of them stopped?");
        }
        std::this_thread::sleep_for(pause);
    }
    return holding(*this);
}

bool file_lock::try_take() {
    if (held_) throw std::logic_error(path_ + ": taken twice; an updater must not use its store");
    for (;;) {
        if (!fd_) {
            fd_.reset(check_file(
                "open", path_, ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, private_file)));
            check_file("fstat", path_, ::fstat(fd_.get(), &ours_));
        }
        if (support::retry([&] { return ::flock(fd_.get(), LOCK_EX | LOCK_NB); }) == -1) {
            if (errno == EWOULDBLOCK) return false;
            throw_file_fault("flock", path_);
        }
        if (is_at_path()) break;
        fd_.reset();  // somebody has removed the file: the next one takes the lock on a new one
    }
    held_ = true;
    return true;
}

void file_lock::release() noexcept {
    if (held_) ::flock(fd_.get(), LOCK_UN);
    held_ = false;
}

bool file_lock::is_at_path() const {
    struct stat there {};
    if (::stat(path_.c_str(), &there) == -1) return false;
    return ours_.st_dev == there.st_dev && ours_.st_ino == there.st_ino;
}

}  // namespace state
