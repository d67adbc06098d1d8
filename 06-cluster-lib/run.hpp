// The main function of a cluster: one program, two roles.
#pragma once

#include <functional>

#include "06-cluster-lib/primary.hpp"
#include "06-cluster-lib/this_worker.hpp"

namespace cluster {

using primary_body = std::function<asio::awaitable<void>(primary&)>;
using worker_body = std::function<asio::awaitable<void>(this_worker&)>;

/// Runs `primary` in the process that was started by hand, and `worker` in those that it starts:
/// the same program with the same arguments, unless setup says otherwise.
///
/// The primary goes on as long as its body, or a worker that it forked; one that keeps workers
/// running, until a signal. Its workers have 30 seconds to leave then. A worker goes on as long as
/// its body and its connections; an exception that nobody caught makes the primary replace it.
/// @return the exit code. Of the primary: 0; 131 after SIGQUIT; 70 if the workers do not come up; 1
///         after an exception. Of a worker: 0; 1 after an exception
int run(int argc, char** argv, const primary_body& primary, const worker_body& worker);

}  // namespace cluster
