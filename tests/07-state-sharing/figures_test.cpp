#include "07-state-sharing/full_cluster/figures.hpp"

#include <nlohmann/json.hpp>

#include "07-state-sharing/full_cluster/worker_orders.hpp"
#include "tests/catch.hpp"

using full_cluster::figures;

TEST_CASE("figures come out of their message as they went in", "[07][figures]") {
    figures counted;
    counted.count(200, std::chrono::microseconds(100));
    counted.count(404, std::chrono::microseconds(20));
    counted.count(500, std::chrono::microseconds(3));
    const auto told = full_cluster::figures_in(nlohmann::json::parse(report_of(counted).dump()));
    REQUIRE(told);
    CHECK(told->requests == 3);
    CHECK(told->errors == 1);
    CHECK(told->latency.to_json() == counted.latency.to_json());
}

TEST_CASE("other messages carry no figures, and nonsense carries none either", "[07][figures]") {
    for (const char* text : {"null", "7", "[]", "{}", R"({"cmd":"other"})", R"({"cmd":"figures"})",
                             R"({"cmd":"figures","requests":-1,"errors":0,"latency":{}})",
                             R"({"cmd":"figures","requests":"many","errors":0,"latency":{}})",
                             R"({"cmd":7,"requests":1,"errors":0,"latency":{}})"}) {
        INFO(text);
        CHECK_FALSE(full_cluster::figures_in(nlohmann::json::parse(text)));
    }
}

TEST_CASE("an order comes out of its message as it went in", "[07][figures]") {
    using full_cluster::order;
    for (const auto what : {order::crash, order::hang, order::reopen_log}) {
        CHECK(full_cluster::order_in(full_cluster::message_of(what)) == what);
    }
    for (const char* text : {"null", "[]", "{}", R"({"cmd":"order"})",
                             R"({"cmd":"order","what":"sing"})", R"({"cmd":3,"what":"crash"})"}) {
        INFO(text);
        CHECK_FALSE(full_cluster::order_in(nlohmann::json::parse(text)));
    }
}
