// One HTTP request read, and its answer written, without a socket.
#include <benchmark/benchmark.h>

#include <ctime>
#include <stdexcept>
#include <string>

#include "support/http_head.hpp"
#include "support/http_writer.hpp"

namespace {

// What a load generator sends, and what a browser sends.
const std::string short_request = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n";
const std::string long_request =
    "GET /sessions?user=ada HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nConnection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"120\", \"Not?A_Brand\";v=\"24\"\r\nsec-ch-ua-mobile: ?0\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\nUpgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36\r\nAccept: text/html,application/xhtml+xml\r\n"
    "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
    "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-US,en;q=0.9\r\n\r\n";

void read_head(benchmark::State& state, const std::string& bytes) {
    const support::http_limits limits;
    support::http_head_end end;
    support::http_request request;
    for (auto _ : state) {
        end.restart();
        const auto found = end.find(bytes, limits);
        support::http_framing framing;
        if (found.size != bytes.size() || support::parse_http_head(bytes, request, framing) != 0) {
            throw std::logic_error("a good request was refused");
        }
        benchmark::DoNotOptimize(request);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK_CAPTURE(read_head, short_request, short_request);
BENCHMARK_CAPTURE(read_head, long_request, long_request);

void write_answer(benchmark::State& state) {
    support::http_writer writer(std::chrono::seconds(5));
    writer.set_time(std::time(nullptr));
    std::string out;
    for (auto _ : state) {
        support::http_response response;
        response.text("hello\n");
        out.clear();
        writer.append(out, response, true, support::http_after::stay);
        benchmark::DoNotOptimize(out.data());
    }
}
BENCHMARK(write_answer);

}  // namespace
