// What the apps can be told on the command line.
#pragma once

#include <string>
#include <vector>

#include "06-cluster-lib/server.hpp"
#include "support/flags.hpp"

/// Where it listens, in words.
inline std::string place(const net::server& server, const std::string& path) {
    return path.empty() ? "port " + std::to_string(server.port()) : path;
}

struct app_flags {
    std::uint16_t port = support::default_port();
    std::string address;
    std::string path;

    void add_to(support::flags& flags) {
        flags.add("port", port, "port to listen on; 0 picks a free one");
        flags.add("address", address, "IP address to listen on; every one unless given");
        flags.add("path", path, "unix socket to listen on, instead");
        flags.rest(ignored_, "[IGNORED...]");
    }

    /// A Node primary puts the name of its script in front of the flags.
    const char* const* without_script(int& argc, char** argv) {
        words_.assign(argv, argv + argc);
        if (argc > 1 && argv[1][0] != '-') words_.erase(words_.begin() + 1);
        argc = static_cast<int>(words_.size());
        return words_.data();
    }

    [[nodiscard]] net::listen_options where() const {
        net::listen_options result;
        result.port = port;
        result.address = address;
        result.path = path;
        return result;
    }

  private:
    std::vector<std::string> ignored_;
    std::vector<const char*> words_;
};
