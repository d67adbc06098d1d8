#include "support/log.hpp"

#include <unistd.h>

#include <utility>

#include "support/syscall.hpp"

namespace support {
namespace {

std::string& log_role() {
    static std::string role = "process";
    return role;
}

}  // namespace

void set_log_role(std::string role) {
    log_role() = std::move(role);
}

void log_line(const std::string& text) {
    const std::string line =
        "[" + log_role() + " " + std::to_string(::getpid()) + "] " + text + "\n";
    // A reader that went away (EPIPE) or a full disk must not stop the program that only wanted to
    // say something.
    retry([&] { return ::write(STDOUT_FILENO, line.data(), line.size()); });
}

}  // namespace support
