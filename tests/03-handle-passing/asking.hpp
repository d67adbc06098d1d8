// Requests to the programs that serve HTTP.
#pragma once

#include <map>

#include "support/unique_fd.hpp"
#include "tests/03-handle-passing/running.hpp"

namespace tests {

using shares = std::map<std::string, int>;  // by the answer's text

inline std::string body_of(const std::string& response) {
    const auto end = response.find("\r\n\r\n");
    const bool fine = response.starts_with("HTTP/1.1 200") && end != std::string::npos;
    return fine ? response.substr(end + 4) : "no answer: " + response;
}

// A round of requests that are all under way at the same time.
inline void ask_at_once(std::uint16_t port, int requests, shares& answers) {
    const std::string request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    std::vector<support::unique_fd> connections;
    for (int n = 0; n < requests; ++n) {
        connections.emplace_back(connect_to(port));
        REQUIRE(::send(connections.back().get(), request.data(), request.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(request.size()));
    }
    for (const auto& connection : connections) {
        std::string response;
        std::array<char, 4096> chunk{};
        ssize_t count = 0;
        while ((count = ::recv(connection.get(), chunk.data(), chunk.size(), 0)) > 0) {
            response.append(chunk.data(), static_cast<std::size_t>(count));
        }
        ++answers[body_of(response)];
    }
}

inline int sum(const shares& answers) {
    int result = 0;
    for (const auto& [who, count] : answers) {
        CHECK(who.starts_with("handled by "));
        result += count;
    }
    return result;
}

inline int children_in(const shares& answers) {
    return static_cast<int>(answers.size()) -
           static_cast<int>(answers.count("handled by parent\n"));
}

}  // namespace tests
