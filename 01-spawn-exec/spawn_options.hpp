// What a program is started with: its descriptors, environment, folder, identity.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace child_process {

/// What stands at one descriptor number of the child.
class stdio {
  public:
    enum class kind { pipe, input_pipe, ignore, inherit, descriptor };

    /// A pipe to the parent: the child reads it at number 0 and writes it at every other number.
    [[nodiscard]] static stdio pipe() { return {kind::pipe, -1}; }
    /// A pipe that the child reads, at any number.
    [[nodiscard]] static stdio input_pipe() { return {kind::input_pipe, -1}; }
    /// /dev/null.
    [[nodiscard]] static stdio ignore() { return {kind::ignore, -1}; }
    /// The parent's own descriptor of the same number; /dev/null if the parent has none there.
    [[nodiscard]] static stdio inherit() { return {kind::inherit, -1}; }
    /// A copy of the parent's descriptor `fd`, borrowed until spawn returns.
    [[nodiscard]] static stdio descriptor(int fd) { return {kind::descriptor, fd}; }

    [[nodiscard]] kind what() const { return kind_; }
    [[nodiscard]] int fd() const { return fd_; }

  private:
    stdio(kind what, int fd) : kind_(what), fd_(fd) {}
    kind kind_;
    int fd_;
};

/// Names and values.
using environment = std::map<std::string, std::string>;

/// This process's environment, to take, change and hand on.
[[nodiscard]] environment current_environment();

struct spawn_options {
    /// What the child finds at descriptor 0, 1, 2, …; the first three are pipes unless given. It
    /// finds nothing else open.
    std::vector<stdio> descriptors;
    /// The child's whole environment. It replaces ours, it is not added to it; ours if not given.
    std::optional<environment> env;
    /// The folder it starts in; ours if not given. A program named with a slash is looked for from
    /// there.
    std::optional<std::string> cwd;
    /// What the program sees as its own name, argv[0]; the file's name if not given.
    std::optional<std::string> argv0;
    /// Joins file and arguments with spaces and has /bin/sh run that text.
    bool shell = false;
    /// A session and process group of its own: no terminal, no Ctrl-C from it, may outlive us.
    bool detached = false;
    /// The process group to join; 0 makes one of its own, numbered like its pid. Not together with
    /// `detached`.
    std::optional<pid_t> process_group;
    /// Who it runs as (needs privilege). Supplementary groups are dropped with either.
    std::optional<uid_t> uid;
    std::optional<gid_t> gid;
    /// The signal the kernel sends it when we die, however we die. A program can turn that off for
    /// itself.
    /// @source prctl(2), PR_SET_PDEATHSIG
    std::optional<int> parent_death_signal;
};

}  // namespace child_process
