// What the grading cases of stage 01 look at, so that they can say it.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "01-spawn-exec/spawn_options.hpp"
#include "support/syscall.hpp"
#include "support/unique_fd.hpp"
#include "tests/leaks.hpp"

namespace grading {

/// How long a step may take that takes milliseconds when it is right.
inline constexpr std::chrono::seconds soon{5};

/// A program without any pipe: nothing to read and nobody to listen.
inline child_process::spawn_options without_pipes() {
    using child_process::stdio;
    child_process::spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::ignore(), stdio::ignore()};
    return options;
}

/// The descriptors that are open now and were not in `before`, with what they refer to.
inline std::map<int, std::string> opened_since(const std::map<int, std::string>& before) {
    std::map<int, std::string> found;
    for (const auto& [fd, target] : tests::open_descriptors()) {
        if (before.count(fd) == 0) found.emplace(fd, target);
    }
    return found;
}

/// Waits for every child of this process; who they were. For starts that have failed: what they
/// leave has ended, or is about to.
inline std::vector<pid_t> reap_all() {
    std::vector<pid_t> found;
    for (pid_t pid = 0; (pid = ::waitpid(-1, nullptr, __WALL)) > 0;) found.push_back(pid);
    return found;
}

/// Clears away what is left at its end: whether something may be left is another case's question.
class cleared_away {
  public:
    cleared_away() = default;
    cleared_away(const cleared_away&) = delete;
    cleared_away& operator=(const cleared_away&) = delete;
    ~cleared_away() {
        for (const auto& [fd, target] : opened_since(before_)) ::close(fd);
        const std::string self = std::to_string(::getpid());
        std::ifstream children("/proc/self/task/" + self + "/children");
        for (pid_t pid = 0; children >> pid;) ::kill(pid, SIGKILL);
        reap_all();
    }

  private:
    std::map<int, std::string> before_ = tests::open_descriptors();
};

/// Kills a process that a case waits for, should the case not come to its end by itself. A thread
/// of its own, since code that is wrong may stop the event loop; a timer that can be seen from
/// outside, since a check that does nothing without one is taken for stuck.
class rescue {
  public:
    explicit rescue(pid_t pid)
        : timer_(support::check("timerfd", ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC))),
          done_(support::check("eventfd", ::eventfd(0, EFD_CLOEXEC))) {
        itimerspec when{};
        when.it_value.tv_sec = soon.count();
        support::check("timerfd", ::timerfd_settime(timer_.get(), 0, &when, nullptr));
        thread_ = std::thread([this, pid] {
            pollfd either[]{{timer_.get(), POLLIN, 0}, {done_.get(), POLLIN, 0}};
            support::retry([&] { return ::poll(either, 2, -1); });
            if (either[1].revents != 0) return;
            came_ = true;
            ::kill(pid, SIGKILL);
        });
    }
    rescue(const rescue&) = delete;
    rescue& operator=(const rescue&) = delete;
    ~rescue() {
        ::eventfd_write(done_.get(), 1);
        thread_.join();
    }

    /// Whether it was needed.
    [[nodiscard]] bool came() const { return came_; }

  private:
    support::unique_fd timer_;
    support::unique_fd done_;
    std::atomic<bool> came_ = false;
    std::thread thread_;
};

}  // namespace grading
