#include "07-state-sharing/full_cluster/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <utility>

#include "support/environment.hpp"
#include "support/syscall.hpp"

namespace full_cluster {
namespace {

using namespace std::chrono_literals;

// As the kernel wants it: an abstract name begins with a zero byte, which is written as @.
std::string address_of(std::string text) {
    if (!text.starts_with('/') && !text.starts_with('@')) {
        support::throw_error(std::make_error_code(std::errc::address_family_not_supported),
                             "NOTIFY_SOCKET " + text);
    }
    if (text.size() >= sizeof(sockaddr_un::sun_path)) {
        support::throw_error(std::make_error_code(std::errc::filename_too_long),
                             "NOTIFY_SOCKET " + text);
    }
    if (text[0] == '@') text[0] = '\0';
    return text;
}

// WATCHDOG_PID guards against a value that was meant for an ancestor.
std::optional<std::chrono::microseconds> taken_watchdog() {
    const auto limit = support::take_variable("WATCHDOG_USEC");
    const auto whose = support::take_variable("WATCHDOG_PID");
    if (!limit) return std::nullopt;
    if (whose && support::number_in<pid_t>(*whose) != ::getpid()) return std::nullopt;
    const auto count = support::number_in<std::int64_t>(*limit);
    if (!count || *count <= 0) return std::nullopt;
    return std::chrono::microseconds(*count);
}

}  // namespace

service_manager::service_manager() : watchdog_(taken_watchdog()) {
    auto where = support::take_variable("NOTIFY_SOCKET");
    if (!where || where->empty()) {
        watchdog_.reset();
        return;
    }
    address_ = address_of(std::move(*where));
    socket_.reset(support::check("socket", ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)));
}

void service_manager::reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    // With the time the manager can tell this reload's READY=1 from that of one before.
    const auto micros = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
    say_surely("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(micros));
}

void service_manager::status(std::string_view text) {
    std::string line(text);
    std::replace(line.begin(), line.end(), '\n', ' ');
    say("STATUS=" + line);
}

asio::awaitable<void> service_manager::stay_alive() {
    if (!watchdog_) co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
        alive();
        timer.expires_after(std::max<asio::steady_timer::duration>(*watchdog_ / 2, 1ms));
        const auto [cancelled] = co_await timer.async_wait(support::as_result);
        if (cancelled) co_return;
    }
}

void service_manager::say(const std::string& lines) {
    if (say_what_waits()) send(lines);
}

void service_manager::say_surely(std::string lines) {
    waiting_.push_back(std::move(lines));
    say_what_waits();
}

bool service_manager::say_what_waits() {
    while (!waiting_.empty() && send(waiting_.front())) waiting_.pop_front();
    return waiting_.empty();
}

// Whether the manager has it, or can never have it.
bool service_manager::send(const std::string& lines) {
    if (!socket_) return true;
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    std::memcpy(where.sun_path, address_.data(), address_.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    const auto sent = support::retry([&] {
        return ::sendto(socket_.get(), lines.data(), lines.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                        reinterpret_cast<const sockaddr*>(&where), size);
    });
    return sent != -1 || (errno != EAGAIN && errno != ENOBUFS);
}

}  // namespace full_cluster
