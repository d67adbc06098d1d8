// When to start a worker again, and when to stop trying.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace cluster {

/// How eagerly workers are started again.
struct restart_settings {
    /// The first delay of a slot that ended twice without being healthy between; each further one
    /// doubles it.   [milliseconds]
    std::chrono::milliseconds first_delay{100};
    /// What the doubling stops at.   [milliseconds]
    std::chrono::milliseconds longest_delay = std::chrono::seconds(30);
    /// How long a worker must have been ready to be healthy: its slot's delay starts over.
    /// [milliseconds]
    std::chrono::milliseconds healthy_after = std::chrono::seconds(30);
    /// Unwanted exits within `window` that are still borne; one more is too many. 0: three for each
    /// slot, at least 10.
    int limit = 0;
    /// How long an unwanted exit is remembered; one that is this old is forgotten.   [milliseconds]
    std::chrono::milliseconds window = std::chrono::seconds(60);
    /// After giving up, the time until one slot is tried again.   [milliseconds]
    std::chrono::milliseconds cool_down = std::chrono::seconds(60);
    /// How often running each slot may fail to boot before nothing has ever been ready is final.
    int boot_attempts = 3;
};

/// What is done when workers fail too often.
enum class on_give_up {
    wait,       ///< the survivors serve on, and after a while one slot is tried again
    shut_down,  ///< the cluster stops, and its primary ends with code 70
};

/// Decides which slots are to be filled with a new worker, and when.
///
/// A slot is a place for one worker, numbered from 0. The owner reports what happens and asks what
/// is due; the policy knows neither processes nor clocks: `now` comes from outside and never goes
/// back. A slot is empty or has one worker; from an unwanted end, or a suicide message, on its
/// worker no longer counts, though it may live for a while.
///
/// An unwanted end fills the slot again at once; the next after 100 ms, then after twice as long,
/// up to 30 s. Each delay is multiplied with a random number below 1 (full jitter), so that workers
/// that fell together do not come back together. More than the limit of ends within the window is a
/// crash loop: the policy gives up, and empty slots stay empty while the others serve. After a
/// cool-down one slot is tried; once its worker is healthy the episode is over, all is forgotten,
/// and every empty slot is due.
/// @source the supervisor of Erlang/OTP (intensity and period), systemd (StartLimitBurst),
///         "Exponential Backoff and Jitter" by Brooker (full jitter)
class restart_policy {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using random = std::function<double()>;

    /// All slots are due at once.
    /// @param jitter   uniform in [0, 1)
    /// @throws std::invalid_argument if `slots` is negative
    restart_policy(restart_settings settings, int slots, random jitter);

    /// From now on there shall be this many workers. New slots and retired ones are due at once (or
    /// wait with the others if the policy has given up); of fewer slots the highest are dropped,
    /// with what they had scheduled.
    /// @throws std::invalid_argument if `slots` is negative
    void resize(int slots);

    /// What an end leads to.
    enum class verdict {
        restart,      ///< the slot will be due, now or later
        waiting,      ///< the slot stays empty: given up for now, retired, or there is no such slot
        give_up,      ///< this end was one too many; said once in each episode
        boot_failed,  ///< no worker has ever been ready, and every slot has failed too often; said
                      ///< once. The slots go on as with `restart`, for an owner who does not mind.
    };

    /// A process was started in the slot.
    void started(int slot, time_point now);
    /// Its worker listens, or said that it is ready.
    void ready(int slot, time_point now);
    /// Its worker ended and was not meant to, sent the suicide message, or could not be started. An
    /// end before ready() is a failure to boot: it delays the next start, but is not held against
    /// the limit. Report a suicide once: at its exit the slot may have the next worker already. The
    /// end of an empty slot changes nothing.
    verdict ended(int slot, time_point now);
    /// Its worker ended and shall not be replaced: the slot stays empty until resize() or fill().
    void retire(int slot);
    /// Its worker ended, or is about to, and was meant to; the slot is due now. Counts for nothing,
    /// and is done even after giving up.
    void fill(int slot, time_point now);

    /// When to call due() next; may lie in the past. Empty: nothing will happen by itself.
    [[nodiscard]] std::optional<time_point> next_due() const;
    /// The slots to start now, lowest first. Each is told once; its started() or ended() must
    /// follow.
    [[nodiscard]] std::vector<int> due(time_point now);
    /// Whether the slot has a worker, or shall have one by then.
    [[nodiscard]] bool fills(int slot, time_point by) const;
    /// Whether an episode of giving up lasts.
    [[nodiscard]] bool gave_up() const { return episode_.has_value(); }

  private:
    enum class state { scheduled, starting, ready, waiting, retired };
    struct slot {
        state is = state::scheduled;
        time_point due{};          // scheduled: from when on; the clock's epoch: at once
        time_point ready_since{};  // ready
        std::chrono::milliseconds delay{0};
        int boot_failures = 0;
    };
    // From giving up to the end of a trial that went well.
    struct episode {
        time_point next_trial;
        std::optional<int> trial;  // the slot on trial, from due on
    };

    void advance(time_point now);
    void begin_trial();
    void end_episode();
    verdict ended_in_episode(int number, time_point now);
    verdict give_up(time_point now);
    void forgive_if_healthy(slot& which, time_point now);
    void schedule(slot& which, time_point now);
    bool too_many(time_point now);
    bool all_failed_to_boot();
    [[nodiscard]] std::optional<time_point> healthy_at(const slot& which) const;
    [[nodiscard]] slot* find(int number);

    restart_settings settings_;
    random jitter_;
    std::vector<slot> slots_;
    std::deque<time_point> exits_;  // of workers that had been ready, within the window
    std::optional<episode> episode_;
    bool ever_ready_ = false;
    bool said_boot_failed_ = false;
};

}  // namespace cluster
