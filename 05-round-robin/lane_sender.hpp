// The primary's end of a connection lane.
#pragma once

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "05-round-robin/answer_board.hpp"
#include "05-round-robin/lane_record.hpp"
#include "support/asio.hpp"
#include "support/unique_fd.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

/// What a worker says: its answer to an offer, or that it has room.
struct lane_report {
    lane_word word;          ///< answer, unknown_listener or room
    std::uint32_t sequence;  ///< answers: which offer
    std::size_t offered;     ///< answers: how many connections that was
    std::size_t taken;       ///< answers: the first so many are the worker's, the others are not
    std::uint32_t listener;
};

/// Offers connections to one of our own workers, many in one message.
///
/// It stands beside the channel that speaks Node's protocol, which passes one handle a message and
/// waits for each. Nothing here waits or queues: an offer is taken by the kernel at once, or not at
/// all. Our copies of the connections are never touched; they can be offered to another worker when
/// this one refuses or dies.
///
/// An offer that is taken whole is answered on the lane's answer_board, and that wakes nobody: the
/// owner looks at it when it is awake, or asks to be woken.
class lane_sender {
  public:
    /// Gets the reports of one turn: the answers in order, and each room behind the refusals that
    /// it is about. May destroy the lane, must not throw.
    using reports_handler = std::function<void(std::span<const lane_report>)>;
    /// Called once, after all reports: no error when the worker has closed its end or died, a
    /// lane_errc or errno otherwise. The lane is closed; what is unanswered will never be answered.
    /// A worker that broke the rules may hold connections that it has not answered for: end it
    /// before they are offered again. May destroy the lane.
    using end_handler = std::function<void(std::error_code)>;

    /// @param end    one end of a unix stream socket pair; made non-blocking
    /// @param first  the number of the first offer; the numbers go round at 2^32
    /// @throws std::system_error "watch"; "memfd_create" EMFILE, ENFILE; "mmap" ENOMEM
    lane_sender(const asio::any_io_executor& executor, support::unique_fd end,
                reports_handler on_reports, end_handler on_end, std::uint32_t first = 0);
    lane_sender(const lane_sender&) = delete;
    lane_sender& operator=(const lane_sender&) = delete;
    ~lane_sender() = default;

    /// The fate of an offer.
    struct offer {
        std::size_t taken = 0;       ///< how many descriptors left: all up to lane_batch, or none
        std::uint32_t sequence = 0;  ///< under which the answer will come
        std::error_code error;       ///< why none left
    };

    /// Offers connections of a listener, at most the first lane_batch of them, at once.
    /// @param fds  at least one; borrowed for the call
    /// @return error EAGAIN: the socket is full or lane_window offers are unanswered; ETOOMANYREFS,
    ///         ENOBUFS, ENOMEM: the kernel has too much under way; EPIPE: the worker or the lane
    ///         has ended; others: sendmsg(2)
    [[nodiscard]] offer send(std::uint32_t listener, std::span<const int> fds);

    /// Whether an offer waits for its answer.
    [[nodiscard]] bool unanswered() const { return first_ != next_; }

    /// Reports what is on the board. A system call only if the board says that there are records.
    void look();
    /// As look(), and the next answer wakes the event loop, which reports it.
    void wake_at_answer();
    /// The same with the answer to the last offer, unless an answer is to wake it already.
    void wake_at_last_answer();

    /// Reads what there is, at most 1 MiB, which is more than a socket holds, and the board. The
    /// event loop does so by itself when something has come over the lane; to be called when the
    /// worker is known to have died, before its unanswered connections are offered to others: it
    /// may have answered for some.
    void receive();

    /// Closes the lane, without a call of the end handler.
    void close();
    [[nodiscard]] bool is_open() const { return socket_.is_open(); }

  private:
    static constexpr std::size_t room_for_records = 256;
    struct sent_offer {
        std::uint32_t listener;
        std::uint16_t count;
    };

    void pass_board();
    void wake_at(std::uint32_t sequence);
    void wait();
    void collect(bool from_lane);
    bool read_some(std::optional<std::error_code>& end);
    std::error_code take(const lane_record& record);
    std::error_code take_answer(const lane_record& record);
    std::error_code take_board();
    bool taken_whole_before(std::uint32_t sequence);
    void finish(std::error_code error);

    asio::posix::stream_descriptor socket_;
    answer_board board_;
    reports_handler on_reports_;
    end_handler on_end_;
    // The offers first_ … next_ − 1 wait for their answer; each at its number modulo lane_window.
    std::array<sent_offer, lane_window> offers_{};
    std::uint32_t first_;
    std::uint32_t next_;
    std::uint32_t records_ = 0;  // answers that came over the lane
    std::array<char, room_for_records * sizeof(lane_record)> bytes_{};
    std::size_t filled_ = 0;            // bytes_ that are part of a record, the rest is to come
    std::vector<lane_report> reports_;  // kept for its memory
    bool receiving_ = false;
    support::weak_anchor<lane_sender> anchor_{this};
};

}  // namespace cluster
