// One line for each request.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "support/unique_fd.hpp"

namespace full_cluster {

enum class log_format { off, text, json };

/// What a line says.
struct logged_request {
    std::string_view method;
    std::string_view target;
    int status = 0;
    std::size_t bytes = 0;  ///< of the body
    std::chrono::microseconds taken{};
};

/// Writes requests to a file that all workers append to, or to standard output.
///
/// Each line is one write(2): to a file in append mode, so that lines of several processes never
/// mix; to a pipe the kernel promises that up to 4 KiB, which is why long targets are cut. A
/// client's bytes cannot forge a line: what is no printable ASCII is escaped.
class access_log {
  public:
    /// @param path  appended to, made with mode 0640; empty: standard output
    /// @throws std::system_error "open …" ENOENT, EACCES
    access_log(log_format format, std::string path, int worker);

    /// A line that cannot be written (disk full) is lost: serving goes on. A pipe that nobody reads
    /// is waited for, as with every program that writes to one.
    void write(const logged_request& request) const;

    /// Opens the file by its name again: whoever rotates logs renames it and sends SIGUSR1. If that
    /// fails the old one goes on.
    void reopen();

  private:
    log_format format_;
    std::string path_;
    int worker_;
    support::unique_fd file_;
};

/// The line without its end. `at` is UTC, with milliseconds.
[[nodiscard]] std::string log_line_of(log_format format, const logged_request& request, int worker,
                                      std::chrono::system_clock::time_point at);

}  // namespace full_cluster
