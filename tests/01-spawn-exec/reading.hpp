// Reading a child's outputs, as many tests do. (Name what was read before you CHECK it: g++ 12
// destroys a temporary too early when co_await stands inside Catch2's macros.)
#pragma once

#include <string>

#include "01-spawn-exec/child.hpp"

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

}  // namespace tests
