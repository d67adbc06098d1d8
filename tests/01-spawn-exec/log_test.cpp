// Log lines of several processes.
#include <map>
#include <regex>
#include <sstream>

#include "01-spawn-exec/exec.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace {

std::string output_of(const std::string& command) {
    return support::run(child_process::exec(command)).out;
}

}  // namespace

TEST_CASE("a log line names role and process, and holds every kind of value", "[01][log]") {
    std::smatch parts;
    const std::string line = output_of(tests::program("logs_lines") + " primary 1 3");
    REQUIRE(std::regex_match(line, parts, std::regex(R"(\[primary (\d+)\] line 0 xxx\n)")));
    CHECK(std::stoi(parts[1]) > 1);
}

TEST_CASE("lines of several processes in one file never mix", "[01][log]") {
    constexpr int processes = 4;
    constexpr int lines = 500;
    const std::string one =
        tests::program("logs_lines") + " worker " + std::to_string(lines) + " 300 & ";
    std::string command;
    for (int n = 0; n < processes; ++n) command += one;
    const tests::temporary_folder folder;
    const std::string file = folder.file("log");
    std::istringstream text(output_of("{ " + command + "wait; } >> " + file + "; cat " + file));
    const std::regex whole(R"(\[worker (\d+)\] line (\d+) x{300})");
    std::map<std::string, int> next;
    for (std::string line; std::getline(text, line);) {
        std::smatch parts;
        REQUIRE(std::regex_match(line, parts, whole));
        CHECK(std::stoi(parts[2]) == next[parts[1]]++);
    }
    CHECK(next.size() == processes);
    for (const auto& [pid, count] : next) CHECK(count == lines);
}
