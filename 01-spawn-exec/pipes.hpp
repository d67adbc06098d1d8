// The parent's ends of a child's pipes.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "support/asio.hpp"
#include "support/unique_fd.hpp"
#include "support/weak_ref.hpp"

namespace child_process {

using support::watch;

/// From now on this process ignores SIGPIPE (unless it handles it), whose default would kill us
/// when somebody stops reading what we write. Children get the default back.
void ignore_broken_pipes();

/// Reads what a child writes.
class pipe_reader {
  public:
    pipe_reader(const asio::any_io_executor& executor, support::unique_fd end);
    pipe_reader(pipe_reader&& other) noexcept
        : end_(std::move(other.end_)), anchor_(std::move(other.anchor_), this) {}
    pipe_reader(const pipe_reader&) = delete;
    pipe_reader& operator=(const pipe_reader&) = delete;
    ~pipe_reader() = default;

    /// The next chunk as it comes, at most 64 KiB; empty at the end, when the last process that
    /// could write has closed its end. A child that nobody reads stops when the pipe is full (64
    /// KiB): read both of its outputs at the same time, or ignore one.
    /// @throws std::system_error "read"
    /// @lifetime destroying the reader ends a read() that waits, as close() does; it must not be
    ///         moved meanwhile
    /// @cancel  safe, nothing is lost
    [[nodiscard]] asio::awaitable<std::optional<std::string>> read();

    /// Stops reading for good: a writer gets SIGPIPE or EPIPE, a read() that waits gets the end.
    void close();

  private:
    asio::posix::stream_descriptor end_;
    support::weak_anchor<pipe_reader> anchor_{this};
};

/// Writes what a child reads.
class pipe_writer {
  public:
    /// Calls ignore_broken_pipes().
    pipe_writer(const asio::any_io_executor& executor, support::unique_fd end);

    /// Writes all of `data`, waiting while the pipe is full.
    /// @return  false if the child reads no more (EPIPE), or after end(): what was not taken is
    ///         dropped
    /// @throws  std::system_error "write"
    /// @lifetime the writer and the bytes must outlive the returned awaitable
    /// @cancel  part of the data may have been written
    [[nodiscard]] asio::awaitable<bool> write(std::string_view data);

    /// Closes the pipe: the child reads to its end.
    void end();

  private:
    asio::posix::stream_descriptor end_;
};

/// The parent's ends of one child's pipes, by the child's descriptor number.
struct parent_ends {
    std::map<int, pipe_reader> readers;
    std::map<int, pipe_writer> writers;
};

}  // namespace child_process
