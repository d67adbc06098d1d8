// A worker's end of a connection lane.
#pragma once

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "05-round-robin/answer_board.hpp"
#include "05-round-robin/lane_record.hpp"
#include "support/asio.hpp"
#include "support/unique_fd.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

/// An offer of the primary.
struct lane_offer {
    std::uint32_t listener;
    std::size_t arrived;  ///< how many connections may be taken
    std::size_t lost;     ///< how many more the kernel could not give us: our table is full
};

/// What a worker answers to an offer.
struct lane_answer {
    bool known = true;      ///< whether it listens there
    std::size_t taken = 0;  ///< the first so many are taken, the rest is refused
};

/// Takes connections that the primary offers.
///
/// An offer is answered before its connections are handed out, so that the primary never offers
/// again what somebody has begun to read. One that is taken whole is answered on the lane's
/// answer_board, every other one by a record: as long as that cannot be written the connections
/// stay here and nothing more is read. A descriptor that was lost on the way counts as refused; the
/// primary has a copy.
class lane_receiver {
  public:
    struct handlers {
        /// Decides how many are taken. What is refused has to be followed, some time, by room().
        /// Decides only: must neither destroy the lane nor throw.
        std::function<lane_answer(const lane_offer&)> on_offer;
        /// Gets those that were taken, in the order of the offer; what it does not move away is
        /// closed. May destroy the lane, must not throw.
        std::function<void(std::uint32_t listener, std::span<support::unique_fd>)> on_connections;
        /// Called once: no error when the primary has closed its end or died, otherwise a lane_errc
        /// or errno. May destroy the lane.
        std::function<void(std::error_code)> on_end;
    };

    /// @param end  one end of a unix stream socket pair; made non-blocking
    /// @throws std::system_error "watch"
    lane_receiver(const asio::any_io_executor& executor, support::unique_fd end, handlers tell);
    lane_receiver(const lane_receiver&) = delete;
    lane_receiver& operator=(const lane_receiver&) = delete;
    ~lane_receiver() = default;

    /// Tells the primary that connections of a listener can be taken. Never waits; said again while
    /// the primary does not read, it is sent once.
    void room(std::uint32_t listener);

    /// Closes the lane, without a call of on_end. What was offered and not answered is the
    /// primary's again.
    void close();
    [[nodiscard]] bool is_open() const { return socket_.is_open(); }

  private:
    void wait_to_read();
    void wait_to_write();
    void receive();
    bool read_record();
    void take(const lane_record& record);
    void take_board();
    void take_offer(const lane_record& record);
    void write();
    void publish();
    void hand_out();
    void finish(std::error_code error);

    asio::posix::stream_descriptor socket_;
    handlers tell_;
    std::array<char, sizeof(lane_record)> bytes_{};
    std::size_t filled_ = 0;  // bytes_ of a record whose rest is to come
    std::deque<support::unique_fd> arrived_;
    std::optional<answer_board> board_;  // until it comes, and if it does not, answers are records
    lane_progress answered_;             // with the answer that is under way
    bool answering_ = false;             // arrived_ are taken, as soon as unsent_ is empty
    std::uint32_t listener_ = 0;         // whose they are
    std::string unsent_;
    std::vector<std::uint32_t> rooms_;       // listeners that have it; to be sent after that
    std::vector<support::unique_fd> batch_;  // kept for its memory
    bool reading_ = false;                   // a wait is on its way
    bool writing_ = false;
    support::weak_anchor<lane_receiver> anchor_{this};
};

}  // namespace cluster
