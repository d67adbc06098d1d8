#include "support/http_chunked.hpp"

#include "tests/catch.hpp"

namespace {

using support::http_chunked;
using support::http_limits;

const std::string two_chunks =
    "5\r\nhello\r\n1;name=\"x\"\r\n,\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n";

// Feeds the input as a connection does: what was not used is offered again, with more behind it.
int take_all(http_chunked& chunked, const std::string& input, std::size_t step) {
    std::string held;
    for (std::size_t at = 0; at < input.size() && !chunked.done(); at += step) {
        held += input.substr(at, step);
        const auto [used, status] = chunked.take(held);
        if (status != 0) return status;
        held.erase(0, used);
    }
    return 0;
}

TEST_CASE("chunks are put together however they are cut", "[support][http]") {
    for (std::size_t step = 1; step <= two_chunks.size(); ++step) {
        http_chunked chunked("head", {});
        CAPTURE(step);
        CHECK(take_all(chunked, two_chunks, step) == 0);
        CHECK(chunked.done());
        CHECK(chunked.body() == "hello, world");
        CHECK(chunked.head() == "head");
    }
}

TEST_CASE("what follows the last chunk is left for the next request", "[support][http]") {
    http_chunked chunked("", {});
    const auto [used, status] = chunked.take(two_chunks + "GET /");
    CHECK(status == 0);
    CHECK(used == two_chunks.size());
}

TEST_CASE("a malformed chunk is refused", "[support][http]") {
    const std::string input =
        GENERATE("x\r\n", "-1\r\n", "5\nhello\r\n", "5\r\nhelloX\r\n0\r\n\r\n",
                 "00000000000000005\r\nhello\r\n", "5\r\nhello\n0\r\n\r\n", " 5\r\nhello\r\n");
    CAPTURE(input);
    http_chunked chunked("", {});
    CHECK(take_all(chunked, input + "0\r\n\r\n", 1) == 400);
}

TEST_CASE("chunks beyond the limit of a body are 413", "[support][http]") {
    http_limits limits;
    limits.body = 11;
    http_chunked chunked("", limits);
    CHECK(take_all(chunked, two_chunks, 7) == 413);
    CHECK(chunked.body().size() <= 11);
}

TEST_CASE("a chunk line or a trailer without end is 431", "[support][http]") {
    const std::string begin = GENERATE("5;name=", "0\r\nTrailer: ");
    http_chunked chunked("", {});
    CHECK(take_all(chunked, begin + std::string(20'000, 'x'), 1000) == 431);
}

TEST_CASE("extensions and trailers together have one limit, however many chunks there are",
          "[support][http]") {
    const auto judged = [](std::size_t chunks, std::size_t trailer) {
        std::string input;
        for (std::size_t i = 0; i < chunks; ++i)
            input += "1;" + std::string(160, 'x') + "\r\na\r\n";
        http_chunked chunked("", {});
        return take_all(chunked, input + "0\r\nT:" + std::string(trailer, 'x') + "\r\n\r\n", 1000);
    };
    CHECK(judged(100, 300) == 0);
    CHECK(judged(100, 400) == 431);
    CHECK(judged(103, 0) == 431);
}

}  // namespace
