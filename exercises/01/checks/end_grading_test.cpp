// Grading: waiting for a child, and signals to one.
#include <boost/asio/post.hpp>
#include <csignal>
#include <sstream>

#include "01-spawn-exec/spawn.hpp"
#include "exercises/01/checks/observing.hpp"
#include "exercises/kit/faulty_calls.hpp"
#include "support/timeout.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

const char* in_words(kill_result result) {
    switch (result) {
        case kill_result::sent:
            return "sent";
        case kill_result::gone:
            return "gone";
        case kill_result::error:
            break;
    }
    return "error";
}

void judge_signal_to_the_dead(child& process, const char* state) {
    const kit::faulty_calls calls;
    std::error_code error;
    const kill_result result = process.kill(SIGTERM, error);
    if (result != kill_result::gone) {
        FAIL_CHECK("observed: a signal to process " << process.pid() << ", which " << state
                                                    << ", is reported as " << in_words(result)
                                                    << ", not as gone");
    }
    if (calls.count("kill") != 0) {
        FAIL_CHECK("observed: kill(2) was called with the number "
                   << process.pid() << ", though that process " << state
                   << ": whoever has this number by now gets the signal");
    }
}

}  // namespace

TEST_CASE("grading: others go on while one waits for the end of a child", "[01]") {
    const grading::cleared_away later;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        spawn_options options = grading::without_pipes();
        options.descriptors[0] = stdio::pipe();
        const std::vector<std::string> arguments{"-c", "read line; exit 7"};
        child process = spawn(executor, "sh", arguments, options);
        const grading::rescue rescue(process.pid());
        std::optional<exit_status> told;
        std::string failure;
        bool done = false;
        asio::steady_timer ended(executor, grading::soon);
        const auto waits = [&]() -> asio::awaitable<void> {
            try {
                told = co_await process.wait();
            } catch (const std::exception& thrown) {
                failure = std::string(": ") + thrown.what();
            }
            done = true;
            ended.cancel();
        };
        asio::co_spawn(executor, waits(), asio::detached);
        co_await asio::post(asio::use_awaitable);  // until the other one waits
        if (rescue.came()) {
            FAIL("observed: wait() for process "
                 << process.pid() << " stopped the whole event loop for 5 s; the coroutine that "
                 << "was to end its input never came to run");
        }
        if (done) {
            FAIL("observed: wait() returned while process " << process.pid() << " was alive"
                                                            << failure);
        }
        process.in().end();
        co_await ended.async_wait(support::as_result);
        if (!done) FAIL("observed: process " << process.pid() << " ended, and wait() goes on");
        if (!failure.empty()) FAIL("observed: wait() failed" << failure);
        if (told->code() != 7) FAIL("observed: wait() told " << *told << ", not code 7");
    });
}

TEST_CASE("grading: a signal reaches a living child, and nobody in the place of a dead one",
          "[01]") {
    const grading::cleared_away later;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> hour{"3600"};
        child living = spawn(executor, "sleep", hour, grading::without_pipes());
        const kill_result result = living.kill(SIGKILL);
        if (result != kill_result::sent) {
            FAIL("observed: a signal to a living child is reported as " << in_words(result));
        }
        const auto status = co_await support::with_timeout(living.wait(), grading::soon);
        if (!status) FAIL("observed: the child lives on 5 s after SIGKILL");
        if (status->signal() != SIGKILL) FAIL("observed: the child ended with " << *status);
        judge_signal_to_the_dead(living, "has ended and was waited for");

        child zombie = spawn(executor, "true", {}, grading::without_pipes());
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(zombie.pid()), &info, WEXITED | WNOWAIT);
        judge_signal_to_the_dead(zombie, "has ended and is a zombie");
        ::waitid(P_PID, static_cast<id_t>(zombie.pid()), &info, WEXITED);
        judge_signal_to_the_dead(zombie, "somebody else has waited for");
    });
}

TEST_CASE("grading: a wait for a child that somebody else has waited for is told so", "[01]") {
    const grading::cleared_away later;
    tests::run([]() -> asio::awaitable<void> {
        child process =
            spawn(co_await asio::this_coro::executor, "true", {}, grading::without_pipes());
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(process.pid()), &info, WEXITED);
        std::ostringstream outcome;
        try {
            const auto told = co_await support::with_timeout(process.wait(), grading::soon);
            if (told) outcome << "wait() told \"" << *told << "\"";
            if (!told) outcome << "wait() was still waiting after 5 s";
        } catch (const std::system_error& error) {
            if (error.code() == std::errc::no_child_process) co_return;
            outcome << "wait() threw \"" << error.what() << "\"";
        }
        FAIL("observed: process " << process.pid() << " had been waited for by somebody else, and "
                                  << outcome.str() << ", not ECHILD");
    });
}

TEST_CASE("grading: what a child used is known as soon as how it ended", "[01]") {
    const grading::cleared_away later;
    tests::run([]() -> asio::awaitable<void> {
        child process =
            spawn(co_await asio::this_coro::executor, "true", {}, grading::without_pipes());
        static_cast<void>(co_await support::with_timeout(process.wait(), grading::soon));
        if (!process.status()) FAIL("observed: wait() has returned, and status() is empty");
        const auto used = process.usage();
        if (!used) FAIL("observed: status() is " << *process.status() << ", and usage() is empty");
        if (used->max_rss == 0) {
            FAIL("observed: usage() says that `true` never held any memory: max_rss is 0");
        }
    });
}
