// Lanes that end or are stuck.
#include "tests/05-round-robin/lanes.hpp"
#include "tests/helpers.hpp"

using namespace cluster;
using namespace tests;

TEST_CASE("answers that a dead worker has sent are read before the end", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        sender_alone ends(co_await asio::this_coro::executor);
        const accepted_connections here(3);
        for (int n = 0; n < 3; ++n) CHECK(ends.primary.lane->send(1, here.fds).taken == 3);
        write_record(ends.peer.get(), {lane_word::answer, 3, 0, 1});
        write_record(ends.peer.get(), {lane_word::answer, 1, 1, 1});
        ends.peer.reset();  // with all offers unread
        SECTION("by the event loop") {
            const auto error = co_await error_of(ends.primary);
            CHECK_FALSE(error);
        }
        SECTION("when asked for, at once") {
            ends.primary.lane->receive();
            CHECK(ends.primary.ended == std::error_code());
        }
        CHECK(ends.primary.told == std::vector<std::string>{"0:3/3", "1:1/3"});
        CHECK_FALSE(ends.primary.lane->is_open());
    });
}

TEST_CASE("offers to a dead worker fail, and its answers are still read", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        sender_alone ends(co_await asio::this_coro::executor);
        const accepted_connections here(1);
        CHECK(ends.primary.lane->send(1, here.fds).taken == 1);
        write_record(ends.peer.get(), {lane_word::answer, 1, 0, 1});
        ends.peer.reset();
        // The kernel tells first that something was left unread.
        auto offer = ends.primary.lane->send(1, here.fds);
        CHECK(offer.taken == 0);
        CHECK(
            (offer.error == std::errc::broken_pipe || offer.error == std::errc::connection_reset));
        const auto error = co_await error_of(ends.primary);
        CHECK_FALSE(error);
        CHECK(ends.primary.told == std::vector<std::string>{"0:1/1"});
        offer = ends.primary.lane->send(1, here.fds);
        CHECK(offer.error == std::errc::broken_pipe);
    });
}

TEST_CASE("a worker that never answers is offered no more than the window holds", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        sender_alone ends(co_await asio::this_coro::executor);
        const accepted_connections here(2);
        std::deque<unique_fd> got;
        std::array<char, record_size> bytes{};
        std::size_t offers = 0;
        lane_sender::offer last;
        while ((last = ends.primary.lane->send(1, here.fds)).taken == 2) {
            ++offers;  // it reads, so that the socket does not fill
            REQUIRE(child_process::receive_with_descriptors(ends.peer.get(), bytes, got) ==
                    record_size);
            got.clear();
        }
        CHECK(offers == lane_window);
        CHECK(last.error == std::errc::resource_unavailable_try_again);
        write_record(ends.peer.get(), {lane_word::answer, 2, 0, 1});
        ends.primary.lane->receive();
        CHECK(ends.primary.lane->send(1, here.fds).sequence == lane_window);
    });
}

TEST_CASE("a socket that is full takes nothing, and no offer is half sent", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        auto pair = support::make_socket_pair();
        constexpr int smallest = 1;  // the kernel makes some 4 KiB of it
        ::setsockopt(pair.first.get(), SOL_SOCKET, SO_SNDBUF, &smallest, sizeof smallest);
        sender_alone ends(co_await asio::this_coro::executor, std::move(pair));
        const accepted_connections here(2);
        std::size_t offers = 0;
        lane_sender::offer last;
        while ((last = ends.primary.lane->send(1, here.fds)).taken == 2) ++offers;
        CHECK(offers > 0);
        CHECK(offers < lane_window);
        CHECK(last.error == std::errc::resource_unavailable_try_again);
        std::deque<unique_fd> got;
        std::array<char, record_size> bytes{};
        for (std::uint32_t n = 0; n < offers; ++n) {
            REQUIRE(child_process::receive_with_descriptors(ends.peer.get(), bytes, got) ==
                    record_size);
            const lane_record record = record_of(bytes.data());
            CHECK(record.sequence == n);
            CHECK(record.count == 2);
        }
        CHECK(got.size() == 2 * offers);
        const auto next = ends.primary.lane->send(1, here.fds);
        CHECK(next.taken == 2);
        CHECK(next.sequence == offers);
    });
}

TEST_CASE("the end of the primary is an end without error", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        receiver_alone ends(co_await asio::this_coro::executor);
        ends.peer.reset();
        const auto error = co_await error_of(ends.worker);
        CHECK_FALSE(error);
        ends.worker.lane->room(1);  // too late, and harmless
    });
}

TEST_CASE("a connection whose answer cannot be told is not handed out", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        receiver_alone ends(co_await asio::this_coro::executor);
        const accepted_connections here(2);
        SECTION("because the primary is gone") {
            write_record(ends.peer.get(), {lane_word::offer, 2, 0, 1}, here.fds);
            ends.peer.reset();
        }
        SECTION("because the primary does not read, and then is gone") {
            for (std::uint32_t n = 0; n < 2000; ++n) ends.worker.lane->room(n);
            write_record(ends.peer.get(), {lane_word::offer, 2, 0, 1}, here.fds);
            ends.peer.reset();
        }
        const auto error = co_await error_of(ends.worker);
        CHECK_FALSE(error);
        CHECK(ends.worker.got.empty());
    });
}

TEST_CASE("a primary that reads no answers gets nothing taken, and loses nothing", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto pair = support::make_socket_pair();
        fill(pair.second.get());
        receiver_alone ends(executor, std::move(pair));
        const accepted_connections here(2);
        for (std::uint32_t n = 0; n < 3; ++n) {
            write_record(ends.peer.get(), {lane_word::offer, 2, n, 1}, here.fds);
        }
        co_await until(ends.worker, [&] { return !ends.worker.offers.empty(); });
        for (int n = 0; n < 1000; ++n) ends.worker.lane->room(1);  // told once
        for (int turn = 0; turn < 100; ++turn) co_await asio::post(executor, asio::use_awaitable);
        CHECK(ends.worker.got.empty());
        CHECK(ends.worker.offers.size() == 1);

        asio::posix::stream_descriptor peer(executor, ends.peer.release());
        support::set_nonblocking(peer.native_handle());
        std::string heard;
        while (ends.worker.got.size() < 6) {
            co_await peer.async_wait(asio::posix::stream_descriptor::wait_read, support::as_result);
            std::array<char, 65536> some{};
            const auto count = ::recv(peer.native_handle(), some.data(), some.size(), 0);
            if (count > 0) heard.append(some.data(), static_cast<std::size_t>(count));
        }
        std::array<char, 4096> rest{};
        const auto count = ::recv(peer.native_handle(), rest.data(), rest.size(), 0);
        if (count > 0) heard.append(rest.data(), static_cast<std::size_t>(count));
        std::vector<lane_word> words;
        std::string records = heard.substr(heard.find_first_not_of('\0'));
        for (std::size_t n = 0; n + record_size <= records.size(); n += record_size) {
            words.push_back(record_of(records.data() + n).word);
        }
        CHECK(words == std::vector<lane_word>{lane_word::answer, lane_word::room, lane_word::answer,
                                              lane_word::answer});
    });
}

TEST_CASE("an end that is closed by hand tells the other one and not itself", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto pair = support::make_socket_pair();
        told_sender primary(executor, std::move(pair.first));
        told_receiver worker(executor, std::move(pair.second));
        SECTION("the primary") {
            primary.lane->close();
            co_await until(worker, [&] { return worker.ended.has_value(); });
            CHECK_FALSE(primary.ended);
        }
        SECTION("the worker") {
            worker.lane->close();
            co_await until(primary, [&] { return primary.ended.has_value(); });
            CHECK_FALSE(worker.ended);
        }
    });
}
