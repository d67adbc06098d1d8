// A helper process: this program once more, in a role.
#pragma once

#include <string>
#include <vector>

#include "01-spawn-exec/spawn.hpp"
#include "support/sockets.hpp"

namespace comparison {

/// Reads and writes that wait, and take everything; an end or an error of the other side throws.
void read_all(int fd, void* bytes, std::size_t size);
void write_all(int fd, const void* bytes, std::size_t size);
/// One byte.
void send_word(int fd);
void await_word(int fd);

/// A process in a role of roles.hpp, with a socket between us, at its descriptor 3.
class helper {
  public:
    /// @param more  what it finds at its descriptors 4, 5, …
    explicit helper(const std::string& role, const std::vector<int>& more = {});

    [[nodiscard]] int socket() const { return ours_.get(); }
    [[nodiscard]] pid_t pid() const { return process_.pid(); }
    /// Waits for its end.
    child_process::exit_status end();

  private:
    child_process::child start(const std::string& role, const std::vector<int>& more, int theirs);

    asio::io_context io_{1};
    support::unique_fd ours_;
    child_process::child process_;
};

}  // namespace comparison
