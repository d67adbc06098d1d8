// A worker's life, from its own side.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "04-auto-restart/heartbeat.hpp"
#include "04-auto-restart/orphan_guard.hpp"
#include "04-auto-restart/primary_link.hpp"
#include "support/async_condition.hpp"

namespace cluster {

/// Why a worker leaves, and how.
struct leaving {
    enum class cause {
        told,       ///< the primary said "disconnect"
        orphaned,   ///< the primary has gone
        signalled,  ///< SIGTERM
        failed,     ///< suicide(): an uncaught exception
        recycled,   ///< recycle()
        left,       ///< quit()
    };
    cause why;
    /// What to exit with: 1 after a failure, otherwise 0.
    int exit_code;
    /// How long the connections may still take; without a limit the primary sees to it.
    std::optional<std::chrono::milliseconds> limit;
};

/// What every worker does besides its work: lets its heart beat, watches that it has a primary,
/// hears when it shall leave, and tells when it has failed.
class worker_life {
  public:
    /// How long a worker that leaves on its own may take; the articles' worker waits for ever.
    static constexpr std::chrono::milliseconds patience{5'000};
    /// The same for an orphan: it shall have left when its orphan_guard's alarm goes off.
    static constexpr std::chrono::milliseconds orphan_patience{4'500};
    /// What is left of it after SIGTERM to a worker that leaves already: less than what a primary
    /// waits before SIGKILL.
    static constexpr std::chrono::milliseconds last_patience{1'000};

    /// Takes out of the environment what the primary left there: NODE_UNIQUE_ID and the variables
    /// of heartbeat and orphan_guard. SIGINT and SIGHUP, which a terminal sends to everybody, are
    /// the primary's to answer and ignored from now on.
    /// @throws std::runtime_error if they are not what a primary leaves
    worker_life(const asio::any_io_executor& executor, support::unique_fd channel_end);
    worker_life(const worker_life&) = delete;
    worker_life& operator=(const worker_life&) = delete;
    ~worker_life() = default;

    /// Unique among all workers that the primary ever had; 0 in a process without NODE_UNIQUE_ID.
    [[nodiscard]] int id() const { return id_; }
    [[nodiscard]] primary_link& primary() { return primary_; }
    [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }

    /// As primary().listen; the primary is told that we listen no more when we leave.
    /// @throws as that: ECANCELED when we shall leave before the answer has come. run_worker takes
    ///         it, out of its body, for the end of the work.
    [[nodiscard]] asio::awaitable<listen_grant> listen(listen_query query);

    /// We serve this key no more, which the primary is told.
    void unlisten(const std::string& key);

    /// Tells the primary, without a message, how many connections are open.
    void set_connections(std::size_t open);

    /// Tells the primary that this worker has met what it cannot trust itself to survive: the
    /// replacement is started while we finish what we have. The first call counts.
    void suicide(const std::string& reason);
    /// The same in health, such as after so many requests: no fault, and not counted as one.
    void recycle(const std::string& reason);

    /// Leaves on purpose, which is no fault and needs no replacement: the primary is told so, and
    /// we leave when it has answered.
    /// @param limit  how long the connections may still take; without one the primary sees to it
    void quit(std::optional<std::chrono::milliseconds> limit = std::nullopt);

    /// Waits for the end of the work, whoever brings it about.
    /// @cancel safe
    [[nodiscard]] asio::awaitable<leaving> until_leaving();
    /// Waits until it shall leave and the limit for that is over, or was made shorter and is over:
    /// `co_await support::with_end(server.drain(), life.until_time_is_up())`.
    /// @cancel safe
    [[nodiscard]] asio::awaitable<void> until_time_is_up();
    /// Ends the channel to the primary, as the last thing. A connection that was on its way to us
    /// is refused before that, so that another worker gets it.
    /// @cancel closes the channel at once
    [[nodiscard]] asio::awaitable<void> say_goodbye();
    /// Nothing as long as it shall not leave.
    [[nodiscard]] const std::optional<leaving>& leaves() const { return leaving_; }

    /// The exit code that `body` comes to, or that of leaving if it was waiting in listen() then.
    [[nodiscard]] asio::awaitable<int> lived(asio::awaitable<int> body);

  private:
    void leave(leaving::cause why, std::optional<std::chrono::milliseconds> limit);
    void end_within(std::chrono::milliseconds limit);
    void stop_listening();
    asio::awaitable<void> take_leave(std::optional<std::chrono::milliseconds> limit);
    void listen_to_signals();
    asio::awaitable<void> until_alone();

    asio::any_io_executor executor_;
    int id_;
    std::optional<heart> heart_;
    orphan_guard guard_;
    primary_link primary_;
    asio::signal_set signals_;
    std::vector<std::string> keys_;  // that we listen on
    std::optional<leaving> leaving_;
    bool quits_ = false;  // and waits for the primary's answer
    support::async_condition news_;
    asio::steady_timer end_;  // expires when the limit of leaving_ is over
    support::weak_anchor<worker_life> anchor_{this};
};

/// The main function of a worker: runs `body`, and turns every exception that nobody caught, in a
/// handler, a timer or a coroutine, into a suicide.
/// @return the exit code: what body returned; 1 if it threw
int run_worker(support::unique_fd channel_end,
               const std::function<asio::awaitable<int>(worker_life&)>& body);

/// What an exception says.
[[nodiscard]] std::string describe(std::exception_ptr error);

}  // namespace cluster
