// Server-sent events: what happens here, told to every browser that listens.
#pragma once

#include <chrono>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "support/asio.hpp"
#include "support/unique_fd.hpp"
#include "support/weak_ref.hpp"

namespace support {

/// One event as a browser's EventSource gets it.
struct server_event {
    std::string name;  ///< what addEventListener() names; no line end in it
    std::string data;  ///< any text, mostly JSON
};

/// What the subscribers of an event_stream may cost.
struct event_stream_limits {
    /// More subscribers are answered 503.
    std::size_t subscribers = 64;
    /// A subscriber for whom more than this waits, beside what the kernel holds for it, is cut. It
    /// may come again. [bytes]
    std::size_t waiting = 1024 * 1024;
    /// How often a comment is sent, so that no proxy takes a quiet stream for a dead one.
    std::chrono::milliseconds keep_alive{15'000};
};

/// Tells events to any number of HTTP clients, each on a connection that its server has handed
/// over:
///
///     if (request.path() == "/events") {
///         return reply.hand_over([&](support::unique_fd connection) {
///             events.subscribe(std::move(connection), history);
///         });
///     }
///     …
///     events.publish("log", line.dump());
///
/// A subscriber that does not read delays nobody: what the kernel does not take for it waits in
/// memory of its own, up to the limit.
/// @lifetime  may be destroyed at any time; it closes. The io_context of `executor` must outlive it
/// @source    HTML Living Standard, "Server-sent events"
class event_stream {
  public:
    explicit event_stream(const asio::any_io_executor& executor, event_stream_limits limits = {});
    ~event_stream();
    event_stream(const event_stream&) = delete;
    event_stream& operator=(const event_stream&) = delete;

    /// Answers the request that came on `connection`, and keeps it until the client goes.
    /// @param first  events for this subscriber alone, before all others
    /// @throws std::invalid_argument for a name with a line end in it
    void subscribe(unique_fd connection, const std::vector<server_event>& first = {});

    /// Tells everybody who listens now.
    /// @throws std::invalid_argument for a name with a line end in it
    void publish(std::string_view name, std::string_view data);

    /// Lets all subscribers go, and answers 503 from now on. What waits for slow ones is dropped.
    void close();

    /// How many listen now. One that has gone is noticed by the event loop.
    [[nodiscard]] std::size_t subscribers() const;

  private:
    struct subscriber;

    void send(std::string_view bytes);
    void send_to(subscriber& one, std::string_view bytes);
    void await_end(subscriber& one);
    void await_room(subscriber& one);
    void remove_gone();
    void await_keep_alive();

    asio::any_io_executor executor_;
    event_stream_limits limits_;
    asio::steady_timer timer_;
    bool closed_ = false;
    std::list<subscriber> subscribers_;
    weak_anchor<event_stream> anchor_{this};
};

}  // namespace support
