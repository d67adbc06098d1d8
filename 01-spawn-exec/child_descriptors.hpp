// What stands at the descriptor numbers of a child, made ready before the child exists.
#pragma once

#include <string>
#include <vector>

#include "01-spawn-exec/pipes.hpp"
#include "01-spawn-exec/spawn_options.hpp"
#include "support/asio.hpp"
#include "support/unique_fd.hpp"

namespace child_process {

/// Opens what the options ask for: pipes, /dev/null, descriptors of the parent.
///
/// Holds the child's ends until it is destroyed; by then the child has its copies. Were ours to
/// stay open, no reader would ever see the end.
class child_descriptors {
  public:
    /// @throws spawn_error "pipe" or "open /dev/null", EMFILE, ENFILE; what was opened is closed
    child_descriptors(const asio::any_io_executor& executor, std::vector<stdio> wanted,
                      std::string program);

    /// The descriptor of ours that becomes the child's number 0, 1, 2, …
    [[nodiscard]] const std::vector<int>& sources() const { return sources_; }
    [[nodiscard]] parent_ends take_parent_ends() { return std::move(ends_); }

  private:
    int open_source(int number, const stdio& what);
    int open_pipe(int number, bool child_reads);
    int open_null_device();
    int keep(support::unique_fd fd) { return owned_.emplace_back(std::move(fd)).get(); }

    asio::any_io_executor executor_;
    std::string program_;
    std::vector<int> sources_;
    std::vector<support::unique_fd> owned_;
    parent_ends ends_;
};

}  // namespace child_process
