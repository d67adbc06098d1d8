// Children that nobody here has started.
#pragma once

#include <sys/types.h>

namespace child_process {

/// Whether the kernel makes orphans our children: this process is the first one of its container
/// (PID 1), or has asked for it (PR_SET_CHILD_SUBREAPER).
/// @source prctl(2), pid_namespaces(7)
[[nodiscard]] bool adopts_orphans();

/// Reaps the adopted children that have ended. Those of spawn(), detached ones included, are left
/// to their owners: a status is there to be read once.
/// @return how many
int reap_adopted();

// For child, which keeps the list of those that are its own.
void add_own_child(pid_t pid);
void forget_own_child(pid_t pid);

}  // namespace child_process
