// What a worker said last.
#pragma once

#include <unistd.h>

#include <functional>
#include <string>
#include <string_view>

#include "01-spawn-exec/pipes.hpp"
#include "04-auto-restart/shared_output.hpp"
#include "support/asio.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

/// The end of a text that may be long: its last 8 KiB.
class text_tail {
  public:
    static constexpr std::size_t limit = 8 * 1024;

    void add(std::string_view text);

    /// What was added last, at most `limit` bytes. If something is missing it begins with a whole
    /// line, unless one line alone is longer than the limit.
    [[nodiscard]] std::string text() const;

  private:
    std::string kept_;
    bool begins_in_line_ = false;
};

/// The parent's side of a child's standard error: passes on to ours what the child says, and keeps
/// the end of it, to tell why a worker died.
///
/// While our standard error takes nothing, the child's pipe is not read: the child waits then as it
/// would if it had inherited our standard error itself, and we do not.
class error_tail {
  public:
    /// @param from  the child's pipe, child_process::child::err()
    /// @param to    where it is passed on
    /// @lifetime    `from` must outlive this
    /// @throws      std::system_error as shared_output
    error_tail(const asio::any_io_executor& executor, child_process::pipe_reader& from,
               int to = STDERR_FILENO)
        : from_(from), to_(executor, to) {}

    /// Passes on until the child's pipe ends. What cannot be written, as on a full disk, is kept,
    /// but not passed on.
    ///
    /// That may come after the child's end, when a grandchild holds the pipe or nobody reads what
    /// we write: bound the wait for it.
    /// @throws   std::system_error "read"
    /// @lifetime destroying this, or the child, ends it
    /// @cancel   safe; what was being written may have been written in part
    [[nodiscard]] asio::awaitable<void> relay();

    /// Who is told what the child says, as it comes.
    std::function<void(std::string_view)> on_text;

    /// What the child said last, as far as it was read.
    [[nodiscard]] std::string tail() const { return tail_.text(); }

  private:
    child_process::pipe_reader& from_;
    shared_output to_;
    text_tail tail_;
    support::weak_anchor<error_tail> anchor_{this};
};

}  // namespace cluster
