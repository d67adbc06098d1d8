// The channel's pure parts: lines out of a stream of bytes, and messages as text and back.
#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>
#include <string>

#include "02-fork-ipc/frame_decoder.hpp"
#include "02-fork-ipc/message.hpp"

namespace {

using child_process::json;

// An object as a worker sends it, about 100 bytes of JSON.
json small_message() {
    return {{"type", "request"}, {"worker", 3},        {"path", "/sessions/8c1f42aa"},
            {"took_ms", 1.25},   {"tags", {"a", "b"}}, {"ok", true}};
}

json long_text() {
    std::string text;
    while (text.size() < 64 * 1024) text += "The quick brown fox jumps over the lazy dog. ";
    text.resize(64 * 1024);
    return text;
}

json message_of(const benchmark::State& state) {
    return state.range(0) > 1000 ? long_text() : small_message();
}

void set_bytes(benchmark::State& state, std::size_t each) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(each));
}

// 64 KiB at a time, as a busy socket brings them, in lines of this length.
void cut_lines(benchmark::State& state) {
    const auto length = static_cast<std::size_t>(state.range(0));
    std::string bytes;
    while (bytes.size() < 64 * 1024) bytes += std::string(length - 1, 'x') + '\n';
    child_process::frame_decoder decoder;
    std::int64_t lines = 0;
    for (auto _ : state) {
        decoder.feed(bytes);
        while (auto line = decoder.next()) {
            benchmark::DoNotOptimize(line);
            ++lines;
        }
    }
    state.SetItemsProcessed(lines);
    set_bytes(state, bytes.size());
}
BENCHMARK(cut_lines)->Arg(20)->Arg(100)->Arg(64 * 1024);

void encode_ours(benchmark::State& state) {
    const json message = message_of(state);
    for (auto _ : state) benchmark::DoNotOptimize(child_process::encode(message));
    set_bytes(state, child_process::encode(message).size());
}
BENCHMARK(encode_ours)->Arg(100)->Arg(64 * 1024);

void encode_nlohmann(benchmark::State& state) {
    const json message = message_of(state);
    for (auto _ : state) benchmark::DoNotOptimize(message.dump());
    set_bytes(state, message.dump().size());
}
BENCHMARK(encode_nlohmann)->Arg(100)->Arg(64 * 1024);

void decode_ours(benchmark::State& state) {
    const std::string line = message_of(state).dump();
    for (auto _ : state) benchmark::DoNotOptimize(child_process::decode(line));
    set_bytes(state, line.size());
}
BENCHMARK(decode_ours)->Arg(100)->Arg(64 * 1024);

void decode_nlohmann(benchmark::State& state) {
    const std::string line = message_of(state).dump();
    for (auto _ : state) benchmark::DoNotOptimize(json::parse(line));
    set_bytes(state, line.size());
}
BENCHMARK(decode_nlohmann)->Arg(100)->Arg(64 * 1024);

}  // namespace
