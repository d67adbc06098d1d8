// What a parent tells through the environment.
#include "support/environment.hpp"

#include <cstdlib>

#include "tests/catch.hpp"

using support::number_in;
using support::take_variable;

TEST_CASE("a variable that is taken is gone from the environment", "[support][environment]") {
    ::setenv("CLUSTER_WORKSHOP_TEST", "a value", 1);
    CHECK(take_variable("CLUSTER_WORKSHOP_TEST") == "a value");
    CHECK(std::getenv("CLUSTER_WORKSHOP_TEST") == nullptr);
    CHECK_FALSE(take_variable("CLUSTER_WORKSHOP_TEST").has_value());
}

TEST_CASE("a number is the whole text or none", "[support][environment]") {
    CHECK(number_in<int>("0") == 0);
    CHECK(number_in<int>("-12") == -12);
    CHECK(number_in<int>("2147483647") == 2147483647);
    for (const char* text : {"", " 1", "1 ", "+1", "0x1", "1.5", "2147483648", "one"}) {
        CAPTURE(text);
        CHECK_FALSE(number_in<int>(text).has_value());
    }
    CHECK_FALSE(number_in<unsigned>("-1").has_value());
}
