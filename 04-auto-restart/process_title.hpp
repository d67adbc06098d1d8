// What `ps` and `top` call this process.
#pragma once

#include <string_view>

namespace cluster {

/// Names this process: "worker 3" instead of its command line (`ps -o args`, `top -c`) and of its
/// program's name (`ps -o comm`, `top`, `pgrep`).
///
/// The command line is overwritten where it stands, so that it has room for no more than it had
/// before, and the name for 15 bytes; longer texts are cut. Call it when nobody needs argv any
/// more: what it points to changes. Without /proc only the name is set.
/// @source proc(5) /proc/PID/cmdline, prctl(2) PR_SET_NAME; Node's process.title
void set_process_title(std::string_view title);

}  // namespace cluster
