// The memory that a worker and its primary share.
#include "04-auto-restart/heartbeat.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <cstdlib>

#include "01-spawn-exec/spawn.hpp"
#include "04-auto-restart/hang_watch.hpp"
#include "support/syscall.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/helpers.hpp"

using namespace std::chrono_literals;
using namespace child_process;
using namespace cluster;

namespace {

void announce(const std::string& text) {
    ::setenv(heartbeat::variable, text.c_str(), 1);
}

// What inherited() says against what was announced, without the value; empty if it takes it.
std::string refusal(const std::string& text) try {
    announce(text);
    static_cast<void>(heartbeat::inherited());
    return "";
} catch (const std::runtime_error& error) {
    if (std::getenv(heartbeat::variable) != nullptr) return "left the variable";
    const std::string expected = std::string(heartbeat::variable) + "=" + text + ": ";
    const std::string said = error.what();
    return said.rfind(expected, 0) == 0 ? said.substr(expected.size()) : said;
}

// A worker's own descriptor for the page: our tests are both sides.
int passed_on(const heartbeat& page) {
    return support::duplicate(page.fd()).release();
}

child start_beating(const asio::any_io_executor& executor, const heartbeat& page,
                    const std::vector<std::string>& arguments) {
    spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::inherit(),
                           stdio::descriptor(page.fd())};
    options.env = current_environment();
    (*options.env)[heartbeat::variable] = heartbeat::announcement(3, 1ms);
    return spawn(executor, tests::program("beats"), arguments, options);
}

}  // namespace

TEST_CASE("a new heartbeat has no tick and no connection, and is close-on-exec",
          "[04][heartbeat]") {
    const heartbeat page = heartbeat::create();
    CHECK(page.ticks() == 0);
    CHECK(page.connections() == 0);
    CHECK((::fcntl(page.fd(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("the primary sees what a worker counts", "[04][heartbeat]") {
    tests::run([]() -> asio::awaitable<void> {
        const heartbeat page = heartbeat::create();
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments{"--tick", "7"};
        child worker = start_beating(executor, page, arguments);
        const std::string said = co_await tests::read_line(worker.out());
        CHECK(said == "ticked");
        CHECK(page.ticks() == 7);
        CHECK(page.connections() == 7);
    });
}

TEST_CASE("what a worker counted stays readable after its end", "[04][heartbeat]") {
    tests::run([]() -> asio::awaitable<void> {
        const heartbeat page = heartbeat::create();
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments{"--tick", "3"};
        child worker = start_beating(executor, page, arguments);
        co_await tests::read_line(worker.out());
        worker.kill(SIGKILL);
        co_await worker.wait();
        CHECK(page.ticks() == 3);
    });
}

TEST_CASE("a worker can neither shorten the memory nor harm its primary with what it writes",
          "[04][heartbeat]") {
    tests::run([]() -> asio::awaitable<void> {
        const heartbeat page = heartbeat::create();
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments{"--scribble"};
        child worker = start_beating(executor, page, arguments);
        const std::string said = co_await tests::read_line(worker.out());
        CHECK(said == "Operation not permitted");
        CHECK(page.ticks() == ~std::uint64_t{0});
        CHECK(page.connections() == ~std::uint64_t{0});
    });
}

TEST_CASE("a heart beats as long as its event loop turns", "[04][heartbeat]") {
    const heartbeat page = heartbeat::create();
    announce(heartbeat::announcement(passed_on(page), 1ms));
    auto inherited = heartbeat::inherited();
    REQUIRE(inherited.has_value());
    CHECK(inherited->interval == 1ms);
    asio::io_context io(1);
    const heart heart(io.get_executor(), std::move(*inherited));
    CHECK(page.ticks() == 0);
    for (std::uint64_t n = 1; n <= 20; ++n) {
        REQUIRE(io.run_one() == 1);
        CHECK(page.ticks() == n);
    }
}

TEST_CASE("a heart can be destroyed at any time", "[04][heartbeat]") {
    const heartbeat page = heartbeat::create();
    asio::io_context io(1);
    for (int turns = 0; turns < 3; ++turns) {
        announce(heartbeat::announcement(passed_on(page), 1ms));
        {
            const heart heart(io.get_executor(), std::move(*heartbeat::inherited()));
            for (int n = 0; n < turns; ++n) io.run_one();
        }
        const std::uint64_t ticks = page.ticks();
        io.run();
        io.restart();
        CHECK(page.ticks() == ticks);
    }
}

TEST_CASE("a heart that is destroyed when its next beat is due does not beat", "[04][heartbeat]") {
    asio::io_context io(1);
    const heartbeat first_page = heartbeat::create();
    const heartbeat second_page = heartbeat::create();
    announce(heartbeat::announcement(passed_on(first_page), 1h));
    const heart first(io.get_executor(), std::move(*heartbeat::inherited()));
    announce(heartbeat::announcement(passed_on(second_page), 1h));
    {
        const heart second(io.get_executor(), std::move(*heartbeat::inherited()));
        io.run_one();  // both are due now, and the first one is done
    }
    io.poll();
    CHECK(first_page.ticks() == 1);
    CHECK(second_page.ticks() == 0);
}

TEST_CASE("a worker that hangs is aborted after the time of silence", "[04][heartbeat]") {
    tests::run([]() -> asio::awaitable<void> {
        using clock = std::chrono::steady_clock;
        const heartbeat page = heartbeat::create();
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments{"--then-hang"};
        child worker = start_beating(executor, page, arguments);
        co_await tests::read_line(worker.out());

        hang_limits limits;
        limits.silence = 100ms;
        hang_watch watch(limits, clock::now());
        asio::steady_timer timer(executor);
        auto judged = hang_watch::verdict::fine;
        while (judged == hang_watch::verdict::fine) {
            timer.expires_at(*watch.next_look());
            co_await timer.async_wait(support::as_result);
            judged = watch.look(page.ticks(), clock::now());
        }
        CHECK(judged == hang_watch::verdict::abort_it);
        worker.kill(SIGABRT);
        const exit_status status = co_await worker.wait();
        CHECK(status.signal() == SIGABRT);
    });
}

TEST_CASE("a process that was given no heartbeat has none", "[04][heartbeat]") {
    CHECK_FALSE(heartbeat::inherited().has_value());
}

TEST_CASE("an inherited heartbeat is taken over once, and its descriptor closed",
          "[04][heartbeat]") {
    heartbeat page = heartbeat::create();
    page.tick();
    const int fd = passed_on(page);
    announce(heartbeat::announcement(fd, 1500ms));
    const auto inherited = heartbeat::inherited();
    REQUIRE(inherited.has_value());
    CHECK(inherited->interval == 1500ms);
    CHECK(inherited->page.fd() == -1);
    CHECK(inherited->page.ticks() == 1);
    CHECK(::fcntl(fd, F_GETFD) == -1);
    CHECK(std::getenv(heartbeat::variable) == nullptr);
    CHECK_FALSE(heartbeat::inherited().has_value());
}

TEST_CASE("an announcement of a heartbeat that makes no sense is refused", "[04][heartbeat]") {
    for (const char* text : {"", ":", ":1000", "x:1000", "-1:1000", " 3:1000"}) {
        CHECK(refusal(text) == "no descriptor number before the colon");
    }
    for (const char* text : {"3", "3:", "3:0", "3:-1", "3:1s", "3:1000:", "3:99999999999"}) {
        CHECK(refusal(text) == "no number of milliseconds after the colon");
    }
    CHECK(refusal("999:1000") == "no such descriptor is open");
}

TEST_CASE("a descriptor that is no heartbeat is refused, and stays open", "[04][heartbeat]") {
    const support::unique_fd file(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const support::unique_fd unsealed(::memfd_create("unsealed", MFD_CLOEXEC));
    CHECK(::ftruncate(unsealed.get(), 4096) == 0);
    const support::unique_fd empty(::memfd_create("short", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    ::fcntl(empty.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    for (const auto* fd : {&file, &unsealed, &empty}) {
        const std::string number = std::to_string(fd->get());
        CHECK(refusal(number + ":1000") == "not the memory of a heartbeat");
        CHECK(::fcntl(fd->get(), F_GETFD) != -1);
    }
}

TEST_CASE("without descriptors or memory a heartbeat fails typed", "[04][heartbeat]") {
    const tests::few_descriptors limit(0);
    CHECK_THROWS_WITH(heartbeat::create(), "memfd_create: Too many open files");
}
