// What is told of a store's changes, and what polling makes of that.
#include "07-state-sharing/store_follower.hpp"

#include <nlohmann/json.hpp>

#include "07-state-sharing/polling_watch.hpp"
#include "support/async_condition.hpp"
#include "support/timeout.hpp"
#include "tests/07-state-sharing/memory_store.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace tests;
using namespace std::chrono_literals;
using words = std::vector<std::string>;

namespace {

// Writes down what it is told: "key=value", "key gone".
class told_record {
  public:
    state::store_watch::listener listener() {
        return [this](const std::string& key, const std::optional<state::entry>& now) {
            lines_.push_back(now ? key + "=" + now->json : key + " gone");
        };
    }
    words take() { return std::exchange(lines_, {}); }
    [[nodiscard]] const words& lines() const { return lines_; }

  private:
    words lines_;
};

}  // namespace

TEST_CASE("a listener is told first what is there, and then what changes", "[07][watch]") {
    memory_store store;
    store.set("w/a", 1);
    store.set("other", 1);
    state::store_follower follower(store, "w/");
    told_record told;
    follower.add(told.listener());
    CHECK(follower.has_new_listener());
    CHECK(follower.look());
    CHECK_FALSE(follower.has_new_listener());
    CHECK(told.take() == words{"w/a=1"});
    CHECK(follower.look());
    CHECK(told.take().empty());
    store.set("w/a", 2);
    store.set("w/b", 1);
    store.set("other", 2);
    CHECK(follower.look());
    CHECK(told.take() == words{"w/a=2", "w/b=1"});
}

TEST_CASE("a listener is told of what is erased", "[07][watch]") {
    memory_store store;
    store.set("w/a", 1);
    store.set("w/b", 1);
    state::store_follower follower(store, "w/");
    told_record told;
    follower.add(told.listener());
    CHECK(follower.look());
    told.take();
    store.erase("w/a");
    CHECK(follower.look());
    CHECK(told.take() == words{"w/a gone"});
    store.erase("w/b");
    CHECK(follower.look_at("w/b"));
    CHECK(follower.look_at("w/b"));
    CHECK(told.take() == words{"w/b gone"});
}

TEST_CASE("a key is told once for each version, whichever way it is read", "[07][watch]") {
    memory_store store;
    state::store_follower follower(store, "w/");
    told_record told;
    follower.add(told.listener());
    CHECK(follower.look());
    store.set("w/a", 1);
    CHECK(follower.look_at("w/a"));
    CHECK(follower.look());
    CHECK(follower.look_at("w/a"));
    CHECK(told.take() == words{"w/a=1"});
    store.set("w/a", 1);  // the same value, another version
    CHECK(follower.look_at("w/a"));
    CHECK(told.take() == words{"w/a=1"});
}

TEST_CASE("a listener that comes later is told what is there, and the others are not again",
          "[07][watch]") {
    memory_store store;
    store.set("w/a", 1);
    state::store_follower follower(store, "w/");
    told_record early;
    told_record late;
    follower.add(early.listener());
    CHECK(follower.look());
    early.take();
    follower.add(late.listener());
    store.set("w/b", 1);
    CHECK(follower.look_at("w/b"));
    CHECK(late.take().empty());
    store.set("w/c", 1);
    CHECK(follower.look());
    CHECK(early.take() == words{"w/b=1", "w/c=1"});
    CHECK(late.take() == words{"w/a=1", "w/b=1", "w/c=1"});
}

TEST_CASE("a listener that comes later does not hear of what had gone before it came",
          "[07][watch]") {
    memory_store store;
    store.set("w/a", 1);
    state::store_follower follower(store, "w/");
    CHECK(follower.look());
    store.erase("w/a");
    told_record late;
    follower.add(late.listener());
    CHECK(follower.look());
    CHECK(late.take().empty());
}

TEST_CASE("after the loss of the store what is there now is told, with versions that are smaller",
          "[07][watch]") {
    memory_store store;
    for (int n = 0; n < 5; ++n) store.set("w/a", n);
    store.set("w/b", 1);
    state::store_follower follower(store, "w/");
    told_record told;
    follower.add(told.listener());
    CHECK(follower.look());
    told.take();
    store.lose_everything();
    store.set("w/a", "new");
    CHECK(follower.look());
    CHECK(told.take() == words{"w/a=\"new\"", "w/b gone"});
}

TEST_CASE("a store that cannot be read is read when it can be again", "[07][watch]") {
    memory_store store;
    state::store_follower follower(store, "w/");
    told_record told;
    follower.add(told.listener());
    CHECK(follower.look());
    store.set("w/a", 1);
    store.fail_reads(state::store_fault::io);
    CHECK_FALSE(follower.look());
    CHECK_FALSE(follower.look_at("w/a"));
    CHECK_FALSE(follower.latest().has_value());
    store.fail_reads({});
    CHECK(follower.look());
    CHECK(told.take() == words{"w/a=1"});
}

TEST_CASE("a listener may write to the store, and hears of that too", "[07][watch]") {
    memory_store store;
    store.set("w/a", 1);
    state::store_follower follower(store, "w/");
    told_record told;
    follower.add([&](const std::string& key, const auto&) {
        if (key == "w/a") store.set("w/b", 1);
    });
    follower.add(told.listener());
    CHECK(follower.look());
    CHECK(follower.look());
    CHECK(told.take() == words{"w/a=1", "w/b=1"});
}

TEST_CASE("polling tells at the next turn what is there, though nothing has changed",
          "[07][watch]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        memory_store store;
        store.set("w/a", 1);
        state::polling_watch watch(executor, store, "w/", 1h);
        support::async_condition news(executor);
        told_record told;
        watch.on_change([&](const auto&, const auto&) { news.notify_all(); });
        watch.on_change(told.listener());
        CHECK(told.lines().empty());
        co_await news.wait();
        CHECK(told.take() == words{"w/a=1"});
        watch.on_change(told.listener());
        watch.on_change([&](const auto&, const auto&) { news.notify_all(); });
        co_await news.wait();
        CHECK(told.take() == words{"w/a=1"});
    });
}

TEST_CASE("polling reads everything only when something has changed", "[07][watch]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        memory_store store;
        support::async_condition news(executor);
        told_record told;
        state::polling_watch watch(executor, store, "w/", 1ms);
        watch.on_change(told.listener());
        watch.on_change([&](const auto&, const auto&) { news.notify_all(); });
        for (int n = 0; n < 5; ++n) {
            store.set("w/a", n);
            while (told.lines().empty()) co_await news.wait();
            CHECK(told.take() == words{"w/a=" + std::to_string(n)});
        }
        CHECK(store.scans() <= 6);
    });
}

TEST_CASE("polling goes on after a fault of the store, and after its loss", "[07][watch]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        memory_store store;
        for (int n = 0; n < 5; ++n) store.set("w/a", n);
        support::async_condition news(executor);
        told_record told;
        state::polling_watch watch(executor, store, "w/", 1ms);
        watch.on_change(told.listener());
        watch.on_change([&](const auto&, const auto&) { news.notify_all(); });
        co_await news.wait();
        CHECK(told.take() == words{"w/a=4"});
        store.fail_reads(state::store_fault::io);
        while (store.failures() == 0) co_await support::pause(1ms);
        store.fail_reads({});
        store.lose_everything();
        store.set("w/a", "new");
        co_await news.wait();
        CHECK(told.take() == words{"w/a=\"new\""});
    });
}

TEST_CASE("a polling watch without an interval is refused", "[07][watch]") {
    asio::io_context io(1);
    memory_store store;
    CHECK_THROWS_AS(state::polling_watch(io.get_executor(), store, "w/", 0ms),
                    std::invalid_argument);
}

TEST_CASE("a polling watch that is gone looks no more", "[07][watch]") {
    asio::io_context io(1);
    memory_store store;
    store.set("w/a", 1);
    told_record told;
    {
        state::polling_watch watch(io.get_executor(), store, "w/", 1ms);
        watch.on_change(told.listener());
    }
    io.run();
    CHECK(told.lines().empty());
}
