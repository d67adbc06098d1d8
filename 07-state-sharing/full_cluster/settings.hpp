// What full_cluster is told on its command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "06-cluster-lib/setup.hpp"
#include "07-state-sharing/full_cluster/access_log.hpp"
#include "support/cpu_count.hpp"
#include "support/flags.hpp"

namespace full_cluster {

/// The primary and its workers read the same words.
struct settings {
    std::uint16_t port = support::default_port();
    std::uint16_t admin_port = 8001;
    int workers = support::available_cpus();
    std::string policy = "round-robin";
    std::string state_directory;
    std::string store = "lmdb";
    std::string watch = "notification";
    int poll_interval = 1000;  // [milliseconds]
    int job_interval = 1000;   // [milliseconds]
    int session_minutes = 30;
    int hang_limit = 10'000;  // [milliseconds]
    std::string log = "off";
    std::string log_file;
    std::string pages;
    int listen_fd = -1;  // of the primary; given to its workers by the primary alone

    settings();
    /// @return nothing when the program shall go on, otherwise its exit code
    [[nodiscard]] std::optional<int> parse(int argc, char** argv);
    [[nodiscard]] log_format format() const;
    [[nodiscard]] bool notified() const { return watch == "notification"; }

  private:
    void name_all(support::flags& flags);
    [[nodiscard]] std::optional<std::string> mistake() const;
};

}  // namespace full_cluster
