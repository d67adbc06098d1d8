// What a client may ask of our HTTP server before it is refused or cut.
#pragma once

#include <chrono>
#include <cstddef>

namespace support {

/// The limits of an http_server. Each names what happens beyond it.
struct http_limits {
    /// The request line: 414 URI Too Long. [bytes]
    std::size_t request_line = 8 * 1024;
    /// The whole head, request line and fields: 431 Request Header Fields Too Large. [bytes]
    std::size_t head = 16 * 1024;
    /// The number of header fields: 431.
    std::size_t fields = 100;
    /// The body, after chunks are put together: 413 Content Too Large. [bytes]
    std::size_t body = 1024 * 1024;
    /// From the first byte of a request (or from the connection) to the end of its head: 408
    /// Request Timeout; a connection that never said a word is just closed.
    std::chrono::milliseconds head_time{10'000};
    /// Between two requests of a connection, which is then closed. The client is told one second
    /// less.
    std::chrono::milliseconds keep_alive{5'000};
    /// The requests of one connection; the last answer says `Connection: close`.
    std::size_t requests = 1'000;
    /// Without a byte of an announced body: 408. Without a byte of our answer taken: the connection
    /// is reset.
    std::chrono::milliseconds stall{30'000};
    /// After our last answer we read on, so that the client can read that answer before a reset
    /// reaches it.
    std::chrono::milliseconds linger_time{2'000};
    std::size_t linger_bytes = 64 * 1024;
    /// While draining: how long an idle connection may still come with one more request; never
    /// longer than keep_alive.
    std::chrono::milliseconds drain_idle{5'000};
};

}  // namespace support
