// Writing to a descriptor that others write to as well, without ever blocking.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <string_view>

#include "support/asio.hpp"
#include "support/unique_fd.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

/// Our standard error, or another descriptor that came from our parent.
///
/// A primary must not stand still because nobody reads its standard error. The usual way, making
/// the descriptor non-blocking, is not open to us: the flag belongs to the open file description,
/// and the shell and every other program on the terminal share it. (Asio sets it on whatever it
/// waits for.) Instead the kernel is asked before each piece whether there is room.
/// @source pipe(7): a pipe that polls writable takes PIPE_BUF bytes; pwritev2(2), RWF_NOWAIT
class shared_output {
  public:
    /// Calls child_process::ignore_broken_pipes().
    /// @param fd   borrowed for the call; when it is not open, what is written is dropped
    /// @throws std::system_error "dup", "epoll_create1" EMFILE, "watch"
    shared_output(const asio::any_io_executor& executor, int fd);

    /// Writes all of `data`, waiting in the event loop while there is no room.
    ///
    /// Files never make us wait. A terminal that fills up just now, by another's hand, can still
    /// block us, and a pipe, too, on Linux before 6.4.
    /// @return  false if not all was taken: nobody reads (EPIPE), or the disk is full; a later
    ///          write may do better
    /// @throws  std::system_error "epoll_ctl" ENOSPC, ENOMEM
    /// @lifetime one write at a time; destroying this ends a write that waits, with false
    /// @cancel  part of the data may have been written
    [[nodiscard]] asio::awaitable<bool> write(std::string_view data);

  private:
    [[nodiscard]] bool has_room() const;
    [[nodiscard]] ssize_t write_piece(std::string_view piece) const;
    asio::awaitable<bool> until_room();

    support::unique_fd fd_;
    // An epoll that holds fd_ while we wait, and that Asio waits for in its place.
    asio::posix::stream_descriptor room_;
    bool may_block_;
    support::weak_anchor<shared_output> anchor_{this};
};

}  // namespace cluster
