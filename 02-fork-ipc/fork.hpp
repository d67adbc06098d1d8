// A child with a message channel, from both sides.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "01-spawn-exec/child.hpp"
#include "01-spawn-exec/spawn_options.hpp"
#include "support/asio.hpp"
#include "support/unique_fd.hpp"

namespace child_process {

/// A started program and our end of the channel to it. What speaks on that end is for the caller to
/// choose: a `channel` here, a channel that passes sockets in the next stage.
struct forked {
    child process;
    support::unique_fd channel_end;
};

/// Starts `program` with a channel at its descriptor `channel_fd`, announced in its environment the
/// way Node does, so that the program may be a Node script's `node` as well as one of ours.
///
/// Of the positions that options.descriptors does not give, the first three are ours (standard
/// input, output and error), and those between them and the channel are /dev/null. Not fork(2): the
/// child is a program of its own from its first instruction on and shares no memory with us.
/// @param channel_fd  0 or more; a position that options.descriptors does not use
/// @throws std::invalid_argument if options.descriptors uses it; otherwise as spawn(), and
///         "socketpair" EMFILE
/// @source Node's child_process.fork; NODE_CHANNEL_FD
[[nodiscard]] forked fork(const asio::any_io_executor& executor, const std::string& program,
                          const std::vector<std::string>& arguments = {},
                          spawn_options options = spawn_options(), int channel_fd = 3);

/// The child's side: its end of the channel to the parent; empty in a process that was not forked
/// with one.
///
/// Call it once, early: it takes the variables out of the environment and makes the descriptor
/// close-on-exec, so that no program that this process starts takes the channel for its own.
/// @throws std::runtime_error  if what the environment announces is no channel we can speak on;
///         says what and why
[[nodiscard]] std::optional<support::unique_fd> inherited_channel();

}  // namespace child_process
