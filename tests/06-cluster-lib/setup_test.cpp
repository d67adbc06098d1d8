// What the primary is told about its workers.
#include "tests/06-cluster-lib/troupe.hpp"

using namespace tests;

TEST_CASE("what setup does not give stays as it was", "[06][primary][setup]") {
    tests::run([]() -> asio::awaitable<void> {
        cluster::primary primary(co_await asio::this_coro::executor);
        cluster::setup first;
        first.program = "one";
        first.arguments = {"two"};
        primary.setup(first);
        cluster::setup second;
        second.program = "three";
        primary.setup(second);
        CHECK(primary.settings().program == "three");
        CHECK(primary.settings().arguments == std::vector<std::string>{"two"});
        CHECK_FALSE(primary.settings().cwd.has_value());
    });
}

TEST_CASE("setup tells what the settings are now", "[06][primary][setup]") {
    tests::run([]() -> asio::awaitable<void> {
        cluster::primary primary(co_await asio::this_coro::executor);
        std::vector<std::string> told;
        primary.on_setup([&](const cluster::setup& now) { told.push_back(now.program.value()); });
        cluster::setup changes;
        changes.program = "one";
        primary.setup(changes);
        changes.program = "two";
        primary.setup(changes);
        CHECK(told == std::vector<std::string>{"one", "two"});
    });
}

TEST_CASE("after the first worker setup refuses to change what is fixed", "[06][primary][setup]") {
    cluster::setup changes;
    SECTION("the policy") {
        changes.policy = cluster::policy::shared;
    }
    SECTION("a schedule") {
        changes.pick = cluster::least_connections;
    }
    SECTION("the credit") {
        changes.credit = 1;
    }
    SECTION("the refusal") {
        changes.refusal = "no";
    }
    SECTION("the limits") {
        changes.limits = cluster::worker_limits();
    }
    SECTION("the restart policy") {
        changes.restart = cluster::restart_settings();
    }
    SECTION("giving up") {
        changes.giving_up = cluster::on_give_up::shut_down;
    }
    changes.program = "another";
    tests::run([&]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        co_await all.start(1);
        CHECK_THROWS_AS(all.primary().setup(changes), std::logic_error);
        CHECK(all.primary().settings().program == tests::program("listens_as_told"));
        CHECK(all.count("setup") == 0);
    });
}

TEST_CASE("a later setup holds for the workers that start after it", "[06][primary][setup]") {
    tests::run([]() -> asio::awaitable<void> {
        cluster::setup setup;
        setup.arguments = {"first"};
        troupe all(co_await asio::this_coro::executor, "lives_as_told", setup);
        co_await all.start(1);
        setup.arguments = {"second"};
        all.primary().setup(setup);
        co_await all.start(1);
        const json before = co_await all.ask(1, "report");
        const json after = co_await all.ask(2, "report");
        CHECK(before["arguments"] == json::array({"first"}));
        CHECK(after["arguments"] == json::array({"second"}));
    });
}

TEST_CASE("each policy has a name, and no other name is one", "[06][setup]") {
    using cluster::policy;
    CHECK(cluster::policy_named("round-robin") == policy::round_robin);
    CHECK(cluster::policy_named("least-connections") == policy::least_connections);
    CHECK(cluster::policy_named("address-hash") == policy::address_hash);
    CHECK(cluster::policy_named("shared") == policy::shared);
    CHECK(cluster::policy_named("reuseport") == policy::reuseport);
    CHECK_FALSE(cluster::policy_named("roundrobin").has_value());
    CHECK(cluster::policy_names() ==
          "round-robin, least-connections, address-hash, shared, reuseport");
}

TEST_CASE("a schedule of one's own is made once for each listening socket", "[06][setup]") {
    tests::run([]() -> asio::awaitable<void> {
        int made = 0;
        cluster::setup setup;
        setup.pick = [&made] {
            ++made;
            return cluster::least_connections();
        };
        troupe all(co_await asio::this_coro::executor, "listens_as_told", setup);
        const auto ids = co_await all.start(2);
        const json anywhere = listen_on(json::object());
        static_cast<void>(co_await all.ask_all(ids, anywhere));
        static_cast<void>(co_await all.ask_all(ids, anywhere));
        CHECK(made == 2);
    });
}
