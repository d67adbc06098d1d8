#include "02-fork-ipc/outbox.hpp"

#include "tests/02-fork-ipc/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

// An outbox whose socket never matters to write(2): the test says what each write takes.
struct scripted {
    explicit scripted(const asio::any_io_executor& executor,
                      support::socket_pair pair = support::make_socket_pair())
        : socket(executor, pair.first.release()),
          peer(std::move(pair.second)),
          out(socket, [this](std::string_view bytes) { return write(bytes); }) {}

    ssize_t write(std::string_view bytes) {
        ++calls;
        if (next_error != 0) {
            errno = std::exchange(next_error, 0);
            return -1;
        }
        const auto taken = bytes.substr(0, most);
        written += taken;
        return static_cast<ssize_t>(taken.size());
    }

    asio::posix::stream_descriptor socket;
    support::unique_fd peer;
    std::string written;
    std::size_t most = 1'000'000;
    int next_error = 0;
    int calls = 0;
    outbox out;
};

asio::awaitable<void> wait_below(outbox& out, std::size_t limit, bool& done) {
    co_await out.until_below(limit);
    done = true;
}

}  // namespace

TEST_CASE("a hundred small messages cost one write", "[02][outbox]") {
    tests::run([]() -> asio::awaitable<void> {
        scripted to(co_await asio::this_coro::executor);
        for (int n = 0; n < 100; ++n) to.out.append("x");
        CHECK(to.calls == 0);
        CHECK(to.out.size() == 100);
        co_await to.out.until_below(1);
        CHECK(to.calls == 1);
        CHECK(to.written == std::string(100, 'x'));
    });
}

TEST_CASE("a write that takes a part is followed by the rest", "[02][outbox]") {
    tests::run([]() -> asio::awaitable<void> {
        scripted to(co_await asio::this_coro::executor);
        to.most = 3;
        to.out.append("0123456789");
        co_await to.out.until_below(1);
        CHECK(to.written == "0123456789");
        CHECK(to.calls == 4);
    });
}

TEST_CASE("a full or an interrupted socket is tried again, in order", "[02][outbox]") {
    for (const int error : {EAGAIN, EINTR}) {
        tests::run([error]() -> asio::awaitable<void> {
            scripted to(co_await asio::this_coro::executor);
            to.next_error = error;
            to.out.append("first ");
            co_await settle();
            to.out.append("second");
            co_await to.out.until_below(1);
            CHECK(to.written == "first second");
            CHECK_FALSE(to.out.broken());
        });
    }
}

TEST_CASE("a peer that is gone breaks the outbox and wakes who waits", "[02][outbox]") {
    for (const int error : {EPIPE, ECONNRESET}) {
        tests::run([error]() -> asio::awaitable<void> {
            scripted to(co_await asio::this_coro::executor);
            to.next_error = error;
            to.out.append("lost");
            co_await to.out.until_below(1);
            CHECK(to.out.broken());
            CHECK(to.out.size() == 0);
            to.out.append("dropped");
            CHECK(to.out.size() == 0);
            co_await settle();
            CHECK(to.written.empty());
        });
    }
}

TEST_CASE("waiting for room ends as soon as there is room", "[02][outbox]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        scripted to(executor);
        to.out.append("0123456789");
        bool below_eleven = false;
        bool below_ten = false;
        asio::co_spawn(executor, wait_below(to.out, 11, below_eleven), asio::detached);
        to.next_error = EAGAIN;
        asio::co_spawn(executor, wait_below(to.out, 10, below_ten), asio::detached);
        CHECK_FALSE(below_ten);
        co_await until([&] { return below_eleven && below_ten; });
    });
}

TEST_CASE("an outbox that is destroyed wakes who waits, and writes no more", "[02][outbox]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto to = std::make_unique<scripted>(executor);
        bool done = false;
        to->out.append("never written");
        to->next_error = EAGAIN;
        asio::co_spawn(executor, wait_below(to->out, 1, done), asio::detached);
        to.reset();
        co_await until([&] { return done; });
    });
}
