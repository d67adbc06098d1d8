// What the grading cases of stage 07 look at, so that they can say it.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <system_error>

#include "07-state-sharing/store_error.hpp"
#include "support/syscall.hpp"
#include "support/unique_fd.hpp"

namespace grading {

/// The bytes of a file; nothing if there is none.
inline std::optional<std::string> bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

inline void put_bytes(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

/// All that can be read through a descriptor, from the file's begin.
inline std::string bytes_behind(int fd) {
    std::string bytes(64 * 1024, '\0');
    const auto count = support::check("pread", ::pread(fd, bytes.data(), bytes.size(), 0));
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
}

/// The names in a folder.
inline std::set<std::string> names_in(const std::filesystem::path& folder) {
    std::set<std::string> names;
    for (const auto& each : std::filesystem::directory_iterator(folder)) {
        names.insert(each.path().filename().string());
    }
    return names;
}

inline std::string listed(const std::set<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "nothing" : text;
}

/// How an operation ends: "done", the name of a store's fault, or what else it throws.
inline std::string end_of(const std::function<void()>& operation) {
    try {
        operation();
        return "done";
    } catch (const state::store_error& error) {
        return std::string(to_string(error.fault()));
    } catch (const std::exception& error) {
        return error.what();
    }
}

/// A process of ours, which is killed and waited for at the latest when this goes.
class helper {
  public:
    explicit helper(pid_t pid) : pid_(pid) {}
    helper(const helper&) = delete;
    helper& operator=(const helper&) = delete;
    ~helper() { kill(); }
    [[nodiscard]] pid_t pid() const { return pid_; }
    void kill() {
        if (over_) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        over_ = true;
    }

  private:
    pid_t pid_;
    bool over_ = false;
};

/// A copy of this process that does `work`, writes into a pipe what that returns, and stays.
class copy_of_us {
  public:
    explicit copy_of_us(const std::function<std::string()>& work)
        : ends_(support::make_pipe()), process_(start(work)) {
        ends_.write.reset();
    }
    [[nodiscard]] pid_t pid() const { return process_.pid(); }
    void kill() { process_.kill(); }

    /// What it has to say; empty if it has ended without a word.
    [[nodiscard]] std::string said() {
        std::string text;
        std::string chunk(4096, '\0');
        while (text.empty() || text.back() != '.') {
            const auto count = support::retry(
                [&] { return ::read(ends_.read.get(), chunk.data(), chunk.size()); });
            if (count <= 0) return "";
            text.append(chunk, 0, static_cast<std::size_t>(count));
        }
        text.pop_back();
        return text;
    }

  private:
    pid_t start(const std::function<std::string()>& work) {
        const pid_t pid = support::check("fork", ::fork());
        if (pid != 0) return pid;
        try {
            const std::string text = work() + ".";
            const auto count = ::write(ends_.write.get(), text.data(), text.size());
            if (count != static_cast<ssize_t>(text.size())) ::_exit(1);
            for (;;) ::pause();
        } catch (...) {
            ::_exit(1);
        }
    }

    support::pipe_ends ends_;
    helper process_;
};

}  // namespace grading
