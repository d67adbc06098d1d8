// What a new process does before it becomes the program: the steps between clone and exec.
#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

namespace child_process {

/// All that the new process needs, made ready before it exists.
///
/// Between clone and exec it runs in the parent's memory (CLONE_VM) while the parent stands still,
/// so it may only make system calls: no allocation, no locks, nothing that throws. The same sharing
/// lets it tell the parent which step failed by simply writing it down here.
struct exec_plan {
    std::vector<const char*> files;  // the paths to try, in order
    std::vector<char*> argv;         // ends with a null pointer, as does envp
    std::vector<char*> envp;
    std::vector<int> sources;  // sources[n] becomes the child's descriptor n
    std::vector<int> lifted;   // room for their copies, as many
    const char* cwd = nullptr;
    bool new_session = false;
    std::optional<pid_t> process_group;
    std::optional<uid_t> uid;
    std::optional<gid_t> gid;
    std::optional<int> parent_death_signal;
    pid_t parent = 0;

    const char* failed_step = nullptr;  // the child's answer; null when the exec worked
    int failed_errno = 0;
};

/// Runs in the new process: it becomes the program, or notes what failed and returns, which ends
/// it. The code it ends with says nothing; the note does.
/// @param plan  an exec_plan*, as clone(2) hands it over
int become_program(void* plan) noexcept;

}  // namespace child_process
