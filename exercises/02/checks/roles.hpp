// A check whose student's code has to run in a process of its own, to die there or to become
// another program: this program, started again, plays a hidden test case.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "01-spawn-exec/spawn.hpp"
#include "tests/leaks.hpp"

namespace kit {

/// Starts this program for the hidden test case `role`, which says what it has to say on its
/// standard output.
/// @param more  what stands in its environment beside ours
/// @param descriptors  what it finds at 3 and beyond
inline child_process::child play(const asio::any_io_executor& executor, const std::string& role,
                                 child_process::environment more,
                                 const std::vector<child_process::stdio>& descriptors = {}) {
    using child_process::stdio;
    child_process::spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::inherit()};
    options.descriptors.insert(options.descriptors.end(), descriptors.begin(), descriptors.end());
    more.merge(child_process::current_environment());
    options.env = std::move(more);
    const std::vector<std::string> arguments = {role, "-o", "/dev/null"};
    return child_process::spawn(executor, "/proc/self/exe", arguments, options);
}

/// To be called first in a role: it ends in the midst of its test case, and leaves nothing behind.
inline void begin_role() {
    tests::stop_watching_for_leaks();
}

}  // namespace kit
