// Reading a child's outputs, as many tests do. (Name what was read before you CHECK it: g++ 12
// destroys a temporary too early when co_await stands inside Catch2's macros.)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "01-spawn-exec/child.hpp"
#include "01-spawn-exec/exec.hpp"

namespace tests {

/// All that comes until the end.
inline asio::awaitable<std::string> read_all(child_process::pipe_reader& from) {
    std::string text;
    while (auto chunk = co_await from.read()) text += *chunk;
    co_return text;
}

/// What comes until the first newline, without it: a child's "ready".
inline asio::awaitable<std::string> read_line(child_process::pipe_reader& from) {
    std::string text;
    while (text.find('\n') == std::string::npos) {
        auto chunk = co_await from.read();
        if (!chunk) break;
        text += *chunk;
    }
    co_return text.substr(0, text.find('\n'));
}

/// The ports in lines such as "… listening on http://127.0.0.1:3456/", as far as they have come.
inline std::vector<std::uint16_t> ports_in(const std::string& said) {
    const std::string before = "listening on http://127.0.0.1:";
    std::vector<std::uint16_t> ports;
    for (std::size_t at = said.find(before); at != std::string::npos; at = said.find(before, at)) {
        at += before.size();
        const std::size_t end = said.find("/\n", at);
        if (end == std::string::npos) break;
        ports.push_back(static_cast<std::uint16_t>(std::stoi(said.substr(at, end - at))));
    }
    return ports;
}

/// Reads until `count` servers have said where they listen.
inline asio::awaitable<std::vector<std::uint16_t>> read_ports(child_process::pipe_reader& from,
                                                              std::size_t count) {
    std::string said;
    while (ports_in(said).size() < count) {
        auto chunk = co_await from.read();
        if (!chunk) break;
        said += *chunk;
    }
    co_return ports_in(said);
}

/// What became of a shell command, and all that it said.
inline child_process::exec_result result_of(
    const std::string& command,
    const child_process::exec_options& options = child_process::exec_options()) {
    return support::run(child_process::exec(command, options));
}

}  // namespace tests
