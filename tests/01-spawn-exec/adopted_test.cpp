#include "01-spawn-exec/adopted.hpp"

#include <sys/prctl.h>

#include "01-spawn-exec/spawn.hpp"
#include "support/timeout.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace {

// For as long as it lives, the kernel gives us the orphans among our descendants.
struct adopting {
    adopting() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }
    adopting(const adopting&) = delete;
    adopting& operator=(const adopting&) = delete;
    ~adopting() { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }
};

}  // namespace

TEST_CASE("orphans come to whoever has asked for them", "[01][adopted]") {
    CHECK_FALSE(child_process::adopts_orphans());
    const adopting here;
    CHECK(child_process::adopts_orphans());
}

TEST_CASE("an adopted child is reaped, and the status of one of ours is left to its owner",
          "[01][adopted]") {
    tests::run([]() -> asio::awaitable<void> {
        const adopting here;
        const auto executor = co_await asio::this_coro::executor;
        auto own = child_process::spawn(executor, "sh", {"-c", "(exit 3 &) ; exit 7"});
        for (int reaped = 0; reaped < 1;) {
            reaped += child_process::reap_adopted();
            co_await support::pause(std::chrono::milliseconds(5));
        }
        CHECK(child_process::reap_adopted() == 0);
        const auto status = co_await own.wait();
        CHECK(status.code() == 7);
    });
}
