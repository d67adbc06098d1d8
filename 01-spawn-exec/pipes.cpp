#include "01-spawn-exec/pipes.hpp"

#include <boost/asio/buffer.hpp>
#include <csignal>

#include "support/syscall.hpp"

namespace child_process {
namespace {

using descriptor = asio::posix::stream_descriptor;

descriptor watched(const asio::any_io_executor& executor, support::unique_fd end) {
    support::set_nonblocking(end.get());
    return watch(executor, end);
}

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

}  // namespace

void ignore_broken_pipes() {
    struct sigaction now {};
    ::sigaction(SIGPIPE, nullptr, &now);
    if (now.sa_handler == SIG_DFL) std::signal(SIGPIPE, SIG_IGN);
}

pipe_reader::pipe_reader(const asio::any_io_executor& executor, support::unique_fd end)
    : end_(watched(executor, std::move(end))) {}

asio::awaitable<std::optional<std::string>> pipe_reader::read() {
    constexpr std::size_t chunk_size = 64 * 1024;
    const support::weak_ref self(anchor_);
    while (end_.is_open()) {
        const auto [error] = co_await end_.async_wait(descriptor::wait_read, support::as_result);
        if (!self) co_return std::nullopt;
        if (!end_.is_open()) break;  // close() while we waited
        support::check("read", error);
        std::string chunk(chunk_size, '\0');
        const auto count = support::retry(
            [&] { return ::read(end_.native_handle(), chunk.data(), chunk.size()); });
        if (count < 0 && would_block()) continue;
        support::check("read", count);
        if (count == 0) break;
        chunk.resize(static_cast<std::size_t>(count));
        co_return chunk;
    }
    close();
    co_return std::nullopt;
}

void pipe_reader::close() {
    boost::system::error_code ignored;
    end_.close(ignored);
}

pipe_writer::pipe_writer(const asio::any_io_executor& executor, support::unique_fd end)
    : end_(watched(executor, std::move(end))) {
    ignore_broken_pipes();
}

asio::awaitable<bool> pipe_writer::write(std::string_view data) {
    while (!data.empty() && end_.is_open()) {
        const auto count =
            support::retry([&] { return ::write(end_.native_handle(), data.data(), data.size()); });
        if (count >= 0) {
            data.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EPIPE) {
            end();
        } else if (would_block()) {
            const auto [error] =
                co_await end_.async_wait(descriptor::wait_write, support::as_result);
            if (end_.is_open()) support::check("write", error);
        } else {
            support::check("write", count);
        }
    }
    co_return end_.is_open();
}

void pipe_writer::end() {
    boost::system::error_code ignored;
    end_.close(ignored);
}

}  // namespace child_process
