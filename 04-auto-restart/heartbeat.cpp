#include "04-auto-restart/heartbeat.hpp"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <utility>

#include "support/environment.hpp"

namespace cluster {
namespace {

[[noreturn]] void refuse(const std::string& value, const char* why) {
    throw std::runtime_error(std::string(heartbeat::variable) + "=" + value + ": " + why);
}

}  // namespace

// Two processes read and write these at the same time, so they are atomics. Each has a cache line
// of its own, so that writing one does not slow down the reader of the other.
struct heartbeat::counters {
    using counter = std::atomic<std::uint64_t>;
    // One with a lock inside would not work between processes.
    static_assert(counter::is_always_lock_free);

    alignas(64) counter ticks;
    alignas(64) counter connections;
};

heartbeat::counters& heartbeat::page() const {
    return memory_.as<counters>();
}

heartbeat heartbeat::create() {
    return heartbeat(support::sealed_memory::create("heartbeat", sizeof(counters)));
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
    if (!support::sealed_memory::is(fd, sizeof(counters))) {
        refuse(*text, "not the memory of a heartbeat");
    }
    return inherited_heartbeat{
        heartbeat(support::sealed_memory::map(support::unique_fd(fd), sizeof(counters))),
        std::chrono::milliseconds(interval)};
}

std::string heartbeat::announcement(int fd, std::chrono::milliseconds interval) {
    return std::to_string(fd) + ":" + std::to_string(interval.count());
}

// Relaxed: each number stands for itself, nothing else is read because of it.
std::uint64_t heartbeat::ticks() const {
    return page().ticks.load(std::memory_order_relaxed);
}

std::uint64_t heartbeat::connections() const {
    return page().connections.load(std::memory_order_relaxed);
}

void heartbeat::tick() {
    page().ticks.fetch_add(1, std::memory_order_relaxed);
}

void heartbeat::set_connections(std::uint64_t count) {
    page().connections.store(count, std::memory_order_relaxed);
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
