// What is left when a primary is killed: nothing, whatever its workers are doing.
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cstdlib>
#include <memory>

#include "support/environment.hpp"
#include "support/sockets.hpp"
#include "tests/04-auto-restart/primary_program.hpp"
#include "tests/04-auto-restart/processes.hpp"
#include "tests/04-auto-restart/request.hpp"

using namespace tests;

namespace {

using steady = std::chrono::steady_clock;

// How often each death is died: more of them when somebody measures, and then to the millisecond.
constexpr const char* measured = "PRIMARY_DEATHS";

int times() {
    constexpr int usual = 4;
    const char* wanted = std::getenv(measured);
    return wanted == nullptr ? usual : support::number_in<int>(wanted).value_or(usual);
}

std::chrono::milliseconds allowed() {
    return std::getenv(measured) == nullptr ? slack : 0s;
}

constexpr int side_by_side = 4;
constexpr int workers_each = 2;

// A primary with two workers, and a client for each.
class doomed_cluster {
  public:
    explicit doomed_cluster(const asio::any_io_executor& executor)
        : primary(executor, {"--workers", std::to_string(workers_each), "--hang-limit", "0"}) {}

    void ask(const std::string& target) {
        requests.push_back(std::make_unique<request>(primary.executor(), primary.port(), target));
    }

    primary_program primary;
    std::vector<std::unique_ptr<request>> requests;
};

using step = std::function<asio::awaitable<void>(doomed_cluster&)>;

// One death: `before` brings the workers into the state that is wanted.
asio::awaitable<void> die(const step& before, std::chrono::milliseconds limit, const step& after) {
    doomed_cluster one(co_await asio::this_coro::executor);
    co_await one.primary.until_listening(workers_each);
    co_await before(one);
    std::vector<support::unique_fd> workers;
    for (const auto& [id, pid] : one.primary.alive()) workers.push_back(open_process(pid));
    REQUIRE(workers.size() == workers_each);
    one.primary.kill(SIGKILL);
    const auto end = steady::now() + limit + allowed();
    for (support::unique_fd& worker : workers) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - steady::now());
        const bool gone = co_await ends_within(std::move(worker), std::max(left, 0ms));
        CHECK(gone);
    }
    co_await after(one);
    CHECK_NOTHROW(support::listen_tcp("127.0.0.1", one.primary.port()));
    co_await one.primary.end();
}

// Several at the same time.
void die_often(const step& before, std::chrono::milliseconds limit, const step& after) {
    run_at_most(2 * patience + 8s * times(), [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        support::async_condition changed(executor);
        int begun = 0;
        int running = 0;
        const auto one_after_the_other = [&]() -> asio::awaitable<void> {
            while (begun++ < times()) co_await die(before, limit, after);
            --running;
            changed.notify_all();
        };
        for (int n = 0; n < side_by_side; ++n) {
            ++running;
            asio::co_spawn(executor, one_after_the_other(), support::rethrow);
        }
        while (running > 0) co_await changed.wait();
    });
}

struct becomes_a_reaper {
    becomes_a_reaper() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }
    becomes_a_reaper(const becomes_a_reaper&) = delete;
    becomes_a_reaper& operator=(const becomes_a_reaper&) = delete;
    ~becomes_a_reaper() { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }
};

asio::awaitable<void> nothing(doomed_cluster&) {
    co_return;
}

}  // namespace

TEST_CASE("idle workers are gone within a second of their primary's death", "[04][orphans]") {
    die_often(nothing, 1s, nothing);
}

TEST_CASE("workers answer what was asked before they follow their primary", "[04][orphans]") {
    const step ask = [](doomed_cluster& one) -> asio::awaitable<void> {
        for (int n = 0; n < 4; ++n) one.ask("/slow?ms=1000");
        // Whoever asks later is answered later: the others have been taken by then.
        const std::string answer = co_await ask_once(one.primary.port(), "/");
        CHECK(answer.starts_with("HTTP/1.1 200"));
    };
    die_often(ask, 6s, [](doomed_cluster& one) -> asio::awaitable<void> {
        for (const auto& each : one.requests) {
            const std::string answer = co_await each->answer();
            CHECK(answer.ends_with("that was slow\n"));
        }
    });
}

TEST_CASE("workers in an endless loop are gone within six seconds of their primary's death",
          "[04][orphans]") {
    const step hang = [](doomed_cluster& one) -> asio::awaitable<void> {
        const std::size_t all = one.primary.alive().size();
        for (std::size_t busy = 1; busy <= all; ++busy) {
            // Who hangs takes no more, so that each request finds another.
            one.ask("/hang");
            co_await until_seen([&] {
                std::size_t found = 0;
                for (const auto& [id, pid] : one.primary.alive()) found += computes(pid) ? 1 : 0;
                return found >= busy;
            });
        }
    };
    die_often(hang, 6s, nothing);
}

TEST_CASE("stopped workers are gone within six seconds of their primary's death", "[04][orphans]") {
    const step halt = [](doomed_cluster& one) -> asio::awaitable<void> {
        for (const auto& [id, pid] : one.primary.alive()) {
            REQUIRE(::kill(pid, SIGSTOP) == 0);
            co_await until_seen([pid = pid] { return state_of(pid) == 'T'; });
        }
    };
    die_often(halt, 6s, nothing);
}

TEST_CASE("an orphan that cannot finish in time gives up before it is ended", "[04][orphans]") {
    tests::run([]() -> asio::awaitable<void> {
        // Orphans become our children: only a parent is told how they end.
        const becomes_a_reaper reaper;
        doomed_cluster one(co_await asio::this_coro::executor);
        co_await one.primary.until_listening(workers_each);
        for (int n = 0; n < 4; ++n) one.ask("/slow?ms=600000");
        co_await ask_once(one.primary.port(), "/");
        const auto workers = one.primary.alive();
        one.primary.kill(SIGKILL);
        co_await one.primary.end();
        for (const auto& [id, pid] : workers) {
            co_await until_seen([pid = pid] { return state_of(pid) == 'Z'; });
            int status = -1;
            CHECK(::waitpid(pid, &status, 0) == pid);
            CHECK(status == 0);
        }
    });
}
