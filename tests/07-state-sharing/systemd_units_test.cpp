// The unit files, read by systemd's own checker.
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <regex>
#include <sstream>

#include "01-spawn-exec/exec.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/text.hpp"

using namespace tests;

namespace {

bool systemd_analyze_is_here() {
    if (::access("/usr/bin/systemd-analyze", X_OK) == 0) return true;
    std::cout << "SKIPPED: systemd-analyze is not installed\n";
    return false;
}

std::string unit_text(const std::string& name) {
    return content_of(source_file("07-state-sharing/systemd/" + name));
}

// A copy in which the program is one that this machine has.
std::string write_unit(const temporary_folder& folder, const std::string& name) {
    const std::regex installed("/usr/local/bin/full_cluster");
    std::ofstream(folder.file(name)) << std::regex_replace(unit_text(name), installed, "/bin/true");
    return folder.file(name);
}

asio::awaitable<child_process::exec_result> analyze(std::vector<std::string> arguments) {
    return child_process::exec_file("systemd-analyze", std::move(arguments));
}

}  // namespace

TEST_CASE("systemd understands every line of the service and of its socket", "[07][systemd]") {
    if (!systemd_analyze_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        const std::vector<std::string> arguments{"verify", "--man=no",
                                                 write_unit(folder, "cluster-workshop.service"),
                                                 write_unit(folder, "cluster-workshop.socket")};
        const auto result = co_await analyze(arguments);
        CHECK(result.status == child_process::exit_status::exited(0));
        CHECK(result.err == "");
        CHECK(result.out == "");
    });
}

TEST_CASE("the service is shut in: systemd rates its exposure below 2 of 10", "[07][systemd]") {
    if (!systemd_analyze_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        const std::vector<std::string> arguments{"security", "--offline=yes", "--threshold=20",
                                                 "--no-pager",
                                                 write_unit(folder, "cluster-workshop.service")};
        const auto result = co_await analyze(arguments);
        if (result.err.find("unrecognized option") != std::string::npos) {
            std::cout << "SKIPPED: this systemd-analyze is older than 250\n";
            co_return;
        }
        INFO(result.out << result.err);
        CHECK(result.status == child_process::exit_status::exited(0));
    });
}

TEST_CASE("the service starts the cluster with flags that it knows", "[07][systemd]") {
    tests::run([]() -> asio::awaitable<void> {
        const std::string program = stage_program("07-state-sharing", "full_cluster");
        const std::vector<std::string> asked{"--help"};
        const auto help = co_await child_process::exec_file(program, asked);
        const std::string unit = unit_text("cluster-workshop.service");
        const std::size_t begin = unit.find("ExecStart=");
        const std::string command = unit.substr(begin, unit.find("\n#", begin) - begin);
        std::istringstream parts(command);
        int flags = 0;
        for (std::string word; parts >> word;) {
            if (!word.starts_with("--")) continue;
            INFO(word);
            CHECK(help.out.find(word + " ") != std::string::npos);
            ++flags;
        }
        CHECK(flags == 5);
    });
}
