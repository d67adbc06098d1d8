// What the tests of the queue push, and how they read what it gives.
#pragma once

#include "03-handle-passing/handle_queue.hpp"
#include "tests/03-handle-passing/channels.hpp"

namespace tests {

inline handle server_handle() {
    return handle(a_server());
}
inline handle connection_handle() {
    return handle(std::move(support::make_socket_pair().first));
}

/// What next() gives, with a star where a descriptor rides; "-" for nothing.
inline std::string written(child_process::handle_queue& queue) {
    const auto out = queue.next();
    if (!out) return "-";
    if (out->fd != -1) queue.departed();
    return out->line + (out->fd != -1 ? "*" : "");
}

}  // namespace tests
