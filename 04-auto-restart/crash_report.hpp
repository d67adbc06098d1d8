// How a worker ended, for whoever has to find out why.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <iosfwd>
#include <string>

#include "01-spawn-exec/child.hpp"

namespace cluster {

/// What is known of a worker that has ended.
struct crash_report {
    int id = 0;
    int slot = 0;
    pid_t pid = 0;
    child_process::exit_status status = child_process::exit_status::exited(0);
    /// It was asked to leave, or had said that it would: Node's exitedAfterDisconnect.
    bool wanted = false;
    /// It had listened or said that it was ready.
    bool was_ready = false;
    /// Why it gave up, if it said so (suicide), or why it was killed; often empty.
    std::string reason;
    /// How many connections were open when it ended, as far as it kept us informed.
    std::uint64_t connections = 0;
    /// The cpu time and memory that it used.
    child_process::resource_usage usage{};
    /// The end of what it wrote to its standard error, at most 8 KiB.
    std::string last_words;
};

/// "worker 3 (slot 0, pid 4711) ended: signal SIGSEGV (core dumped) …" and, for one that ended
/// badly, its last words.
std::ostream& operator<<(std::ostream& out, const crash_report& report);

}  // namespace cluster
