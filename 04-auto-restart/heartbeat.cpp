#include "04-auto-restart/heartbeat.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <stdexcept>
#include <utility>

#include "support/environment.hpp"
#include "support/syscall.hpp"

namespace cluster {
namespace {

constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

[[noreturn]] void refuse(const std::string& value, const char* why) {
    throw std::runtime_error(std::string(heartbeat::variable) + "=" + value + ": " + why);
}

}  // namespace

// Two processes read and write these at the same time: the one place where atomics are needed. Each
// has a cache line of its own, so that writing one does not slow down the reader of the other.
struct heartbeat::counters {
    using counter = std::atomic<std::uint64_t>;
    // One with a lock inside would not work between processes.
    static_assert(counter::is_always_lock_free);

    alignas(64) counter ticks;
    alignas(64) counter connections;
};

void heartbeat::unmap::operator()(counters* page) const noexcept {
    ::munmap(page, sizeof(counters));
}

heartbeat::heartbeat(support::unique_fd fd) : fd_(std::move(fd)) {
    void* memory =
        ::mmap(nullptr, sizeof(counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    if (memory == MAP_FAILED) support::throw_error(support::last_error(), "mmap");
    // The kernel gives zeros, which is what two counters of 0 look like; a worker must not write
    // them again.
    page_.reset(std::launder(static_cast<counters*>(memory)));
}

heartbeat heartbeat::create() {
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    support::unique_fd fd(support::check("memfd_create", ::memfd_create("heartbeat", flags)));
    support::check("ftruncate", ::ftruncate(fd.get(), sizeof(counters)));
    support::check("fcntl(F_ADD_SEALS)", ::fcntl(fd.get(), F_ADD_SEALS, seals));
    return heartbeat(std::move(fd));
}

std::optional<inherited_heartbeat> heartbeat::inherited() {
    const auto text = support::take_variable(variable);
    if (!text) return std::nullopt;
    const auto colon = std::min(text->find(':'), text->size());
    const int fd = support::number_in<int>(text->substr(0, colon)).value_or(-1);
    if (fd < 0) refuse(*text, "no descriptor number before the colon");
    const auto tail = std::min(colon + 1, text->size());
    const int interval = support::number_in<int>(text->substr(tail)).value_or(0);
    if (interval <= 0) refuse(*text, "no number of milliseconds after the colon");

    if (::fcntl(fd, F_GETFD) == -1) refuse(*text, "no such descriptor is open");
    const int found = ::fcntl(fd, F_GET_SEALS);  // fails for anything but shared memory
    struct stat file {};
    const bool large_enough = ::fstat(fd, &file) == 0 && file.st_size >= off_t{sizeof(counters)};
    if (found == -1 || (found & seals) != seals || !large_enough) {
        refuse(*text, "not the memory of a heartbeat");
    }
    inherited_heartbeat result{heartbeat(support::unique_fd(fd)),
                               std::chrono::milliseconds(interval)};
    result.page.fd_.reset();
    return result;
}

std::string heartbeat::announcement(int fd, std::chrono::milliseconds interval) {
    return std::to_string(fd) + ":" + std::to_string(interval.count());
}

// Relaxed: each number stands for itself, nothing else is read because of it.
std::uint64_t heartbeat::ticks() const {
    return page_->ticks.load(std::memory_order_relaxed);
}

std::uint64_t heartbeat::connections() const {
    return page_->connections.load(std::memory_order_relaxed);
}

void heartbeat::tick() {
    page_->ticks.fetch_add(1, std::memory_order_relaxed);
}

void heartbeat::set_connections(std::uint64_t count) {
    page_->connections.store(count, std::memory_order_relaxed);
}

heart::heart(const asio::any_io_executor& executor, inherited_heartbeat inherited)
    : page_(std::move(inherited.page)), interval_(inherited.interval), timer_(executor) {
    tick_in(std::chrono::milliseconds(0));
}

void heart::tick_in(std::chrono::milliseconds delay) {
    timer_.expires_after(delay);
    timer_.async_wait([self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
        if (error || !self) return;
        self->page_.tick();
        self->tick_in(self->interval_);
    });
}

}  // namespace cluster
