#define CATCH_CONFIG_EXTERNAL_INTERFACES  // Catch2 v2 shows its listener classes only then
#include "tests/catch.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "support/syscall.hpp"
#include "support/unique_fd.hpp"
#include "tests/leaks.hpp"

namespace tests {
namespace {

namespace fs = std::filesystem;

#if __has_include(<catch2/catch_all.hpp>)
using listener_base = Catch::EventListenerBase;
#else
using listener_base = Catch::TestEventListenerBase;
#endif

bool own_session = false;
int leaking = 0;

fs::path& private_folder() {
    static fs::path folder;
    return folder;
}

struct process {
    pid_t pid = 0;
    std::string name;
    char state = '?';
    pid_t parent = 0;
    pid_t session = 0;
};

// "pid (name) state ppid pgrp session …"; the name may hold spaces and parentheses, so it ends at
// the last one.
process read_process(const fs::path& folder) {
    std::ifstream file(folder / "stat");
    std::string line;
    std::getline(file, line);
    const auto open = line.find('(');
    const auto close = line.rfind(')');
    process result;
    if (close == std::string::npos) return result;
    result.name = line.substr(open + 1, close - open - 1);
    pid_t group = 0;
    std::istringstream rest(line.substr(close + 1));
    rest >> result.state >> result.parent >> group >> result.session;
    result.pid = std::stoi(line);
    return result;
}

// Our children, and what our children left in our session. A zombie whose parent is somebody else
// is that one's to reap.
std::vector<process> left_processes() {
    std::vector<process> result;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        const process found = read_process(entry.path());
        const bool child = found.parent == ::getpid();
        const bool descendant = own_session && found.session == ::getsid(0) && found.state != 'Z';
        if (found.pid != 0 && found.pid != ::getpid() && (child || descendant))
            result.push_back(found);
    }
    return result;
}

// Waits until the process has ended, at most two seconds. A zombie counts as ended: it stays in the
// list.
void give_time_to_end(const process& leftover) {
    const support::unique_fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, leftover.pid, 0)));
    pollfd ended{pidfd.get(), POLLIN, 0};
    constexpr int patience_ms = 2000;
    if (pidfd) support::retry([&] { return ::poll(&ended, 1, patience_ms); });
}

void add_processes(std::vector<std::string>& leaks) {
    for (const process& leftover : left_processes()) give_time_to_end(leftover);
    for (const process& leftover : left_processes()) {
        leaks.push_back("process " + std::to_string(leftover.pid) + " (" + leftover.name +
                        "), state " + leftover.state);
    }
}

class leak_listener : public listener_base {
  public:
    using listener_base::listener_base;

    void testCaseStarting(const Catch::TestCaseInfo& info) override {  // NOLINT: Catch2's name
        listener_base::testCaseStarting(info);
        before_ = open_descriptors();
    }

    void testCaseEnded(const Catch::TestCaseStats& stats) override {  // NOLINT: Catch2's name
        listener_base::testCaseEnded(stats);
        const auto leaks = find_leaks(before_);
        if (leaks.empty()) return;
        ++leaking;
        std::cerr << "LEAK in \"" << stats.testInfo.name << "\":\n";
        for (const std::string& leak : leaks) std::cerr << "  " << leak << "\n";
    }

  private:
    std::map<int, std::string> before_;
};

CATCH_REGISTER_LISTENER(leak_listener)  // NOLINT: Catch2's macro

}  // namespace

void watch_for_leaks() {
    own_session =
        ::setsid() != -1;  // fails for the leader of a group, as when started from a shell
    std::string name = (fs::temp_directory_path() / "cluster-workshop-test.XXXXXX").string();
    support::check("mkdtemp", ::mkdtemp(name.data()) != nullptr ? 0 : -1);
    private_folder() = name;
    support::check("setenv", ::setenv("TMPDIR", name.c_str(), 1));
}

std::map<int, std::string> open_descriptors() {
    std::map<int, std::string> result;
    std::error_code gone;
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
        const std::string target = fs::read_symlink(entry.path(), gone).string();
        if (target.rfind("/proc/", 0) == 0) continue;  // the one that reads this folder
        result.emplace(std::stoi(entry.path().filename()), target);
    }
    return result;
}

std::vector<std::string> find_leaks(const std::map<int, std::string>& before) {
    std::vector<std::string> leaks;
    for (const auto& [fd, target] : open_descriptors()) {
        if (before.count(fd) == 0)
            leaks.push_back("descriptor " + std::to_string(fd) + " " + target);
    }
    add_processes(leaks);
    for (const auto& entry : fs::directory_iterator(private_folder())) {
        leaks.push_back("file " + entry.path().string());
    }
    return leaks;
}

int leaking_tests() {
    return leaking;
}

void stop_watching_for_leaks() {
    std::error_code ignored;
    fs::remove_all(private_folder(), ignored);
}

}  // namespace tests
