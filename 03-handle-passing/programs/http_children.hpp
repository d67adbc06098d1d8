// What the parents of HTTP children have in common: start them, hear how much they serve, end them.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "02-fork-ipc/fork.hpp"
#include "03-handle-passing/handle_channel.hpp"
#include "support/log.hpp"
#include "support/timeout.hpp"

/// Children that are sent sockets and answer HTTP on them. Each says {"served": n} whenever its
/// count has changed, and leaves when it is told "stop".
class http_children {
  public:
    struct member {
        member(const asio::any_io_executor& executor, child_process::forked started)
            : process(std::move(started.process)),
              channel(executor, std::move(started.channel_end)) {}
        child_process::child process;
        child_process::handle_channel channel;
        std::uint64_t served = 0;
    };

    /// Starts `count` children with the command `words`.
    http_children(const asio::any_io_executor& executor, const std::vector<std::string>& words,
                  int count)
        : changed_(executor) {
        const std::vector<std::string> arguments(words.begin() + 1, words.end());
        for (int n = 0; n < count; ++n) {
            members_.emplace_back(executor, child_process::fork(executor, words[0], arguments));
        }
        for (member& one : members_) {
            ++living_;
            asio::co_spawn(executor, follow(one), asio::detached);
        }
    }

    [[nodiscard]] std::list<member>& members() { return members_; }
    /// Whether none is left, and not because all were told to leave: a Ctrl-C reaches them too, and
    /// perhaps before it reaches us.
    [[nodiscard]] bool lost() const { return living_ == 0 && failed_ > 0; }

    [[nodiscard]] std::uint64_t served() const {
        std::uint64_t sum = 0;
        for (const member& one : members_) sum += one.served;
        return sum;
    }

    /// Waits until they have answered `enough` requests (0: for ever), or none is left.
    asio::awaitable<void> until_served(std::uint64_t enough) {
        while (living_ > 0 && (enough == 0 || served() < enough)) co_await changed_.wait();
    }

    /// Tells all to finish what they have and leave; who has not left after five seconds is killed.
    asio::awaitable<void> stop() {
        for (member& one : members_) one.channel.post("stop");
        if (co_await support::with_timeout(until_served(0), std::chrono::seconds(5))) co_return;
        for (member& one : members_) one.process.kill(SIGKILL);
        co_await until_served(0);
    }

    /// Prints how many requests each has answered. The shares are uneven where all of them accept
    /// from one queue: whoever is awake first takes the next connection, and who has just answered
    /// one is awake.
    void print_shares(std::uint64_t by_parent = 0) const {
        const std::uint64_t sum = by_parent + served();
        support::log() << "served " << sum << " requests";
        if (by_parent > 0) print_share("parent", by_parent, sum);
        for (const member& one : members_) {
            print_share("child " + std::to_string(one.process.pid()), one.served, sum);
        }
    }

  private:
    asio::awaitable<void> listen_to(member& one) {
        while (auto said = co_await one.channel.receive()) {
            one.served = said->message.value("served", one.served);
            changed_.notify_all();
        }
    }

    asio::awaitable<void> follow(member& one) {
        try {
            co_await listen_to(one);
        } catch (const std::exception& error) {
            support::log() << "child " << one.process.pid() << " said nonsense: " << error.what();
            one.process.kill(SIGKILL);
        }
        const auto status = co_await one.process.wait();
        if (!status.success()) {
            support::log() << "child " << one.process.pid() << " ended: " << status;
            ++failed_;
        }
        --living_;
        changed_.notify_all();
    }

    static void print_share(const std::string& who, std::uint64_t count, std::uint64_t sum) {
        constexpr std::uint64_t widest = 40;
        const std::uint64_t width = sum == 0 ? 0 : count * widest / sum;
        const std::string bar = width == 0 ? "" : " " + std::string(width, '#');
        support::log() << "  by " << who << ": " << count << bar;
    }

    std::list<member> members_;
    int living_ = 0;
    int failed_ = 0;  // ended otherwise than with code 0
    support::async_condition changed_;
};
