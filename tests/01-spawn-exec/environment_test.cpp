// What a program is told: its environment, folder and arguments.
#include <cstdlib>

#include "01-spawn-exec/program_text.hpp"
#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

std::string output_of(const std::string& file, std::vector<std::string> arguments = {},
                      spawn_options options = {}) {
    std::string text;
    exit_status status = exit_status::exited(1);
    tests::run([&]() -> asio::awaitable<void> {
        child process = spawn(co_await asio::this_coro::executor, file, arguments, options);
        text = co_await tests::read_all(process.out());
        status = co_await process.wait();
    });
    CHECK(status.success());
    return text;
}

}  // namespace

TEST_CASE("the child's environment replaces ours, nothing is added", "[01][environment]") {
    ::setenv("ONLY_OURS", "1", 1);
    spawn_options options;
    options.env = environment{{"A", "1"}, {"B", "x=y z"}};
    const std::string report = output_of(tests::program("reports_its_environment"), {}, options);
    CHECK(report == "A=1\nB=x=y z\n");
    options.env = environment{};
    CHECK(output_of(tests::program("reports_its_environment"), {}, options).empty());
    ::unsetenv("ONLY_OURS");
}

TEST_CASE("without env the child gets our environment", "[01][environment]") {
    ::setenv("ONLY_OURS", "handed on", 1);
    const std::string report = output_of(tests::program("reports_its_environment"));
    CHECK(report.find("ONLY_OURS=handed on\n") != std::string::npos);
    CHECK(current_environment().at("ONLY_OURS") == "handed on");
    ::unsetenv("ONLY_OURS");
}

TEST_CASE("the program is looked for in the PATH of the child's environment", "[01][environment]") {
    spawn_options options;
    options.env = environment{{"PATH", "/no/such:" + tests::program("")}};
    CHECK(output_of("reports_arguments", {"found"}, options) == "reports_arguments\nfound\n");
}

TEST_CASE("the paths that are tried are the name itself or every folder of PATH",
          "[01][environment]") {
    spawn_options options;
    options.env = environment{{"PATH", "/a:/b::/c"}};
    CHECK(program_text("x", {}, options).files() ==
          std::vector<std::string>{"/a/x", "/b/x", "./x", "/c/x"});
    CHECK(program_text("./x", {}, options).files() == std::vector<std::string>{"./x"});
    options.env = environment{};
    CHECK(program_text("x", {}, options).files().back() == "/usr/bin/x");
}

TEST_CASE("the child starts in cwd", "[01][environment]") {
    const tests::temporary_folder folder;
    spawn_options options;
    options.cwd = folder.path().string();
    CHECK(output_of("pwd", {"-P"}, options) ==
          std::filesystem::canonical(folder.path()).string() + "\n");
}

TEST_CASE("a relative program is looked for from cwd", "[01][environment]") {
    spawn_options options;
    options.cwd = tests::program("");
    CHECK(output_of("./reports_arguments", {}, options) == "./reports_arguments\n");
}

TEST_CASE("argv0 is what the program sees as its own name", "[01][environment]") {
    spawn_options options;
    options.argv0 = "another name";
    CHECK(output_of(tests::program("reports_arguments"), {"x"}, options) == "another name\nx\n");
}

TEST_CASE("spawn hands every argument over as it stands", "[01][environment]") {
    const std::string report =
        output_of(tests::program("reports_arguments"), {"$HOME", "a b", "; ls", "", "\"q'", "*"});
    CHECK(report.substr(report.find('\n')) == "\n$HOME\na b\n; ls\n\n\"q'\n*\n");
}

TEST_CASE("with the shell option the arguments are one command text", "[01][environment]") {
    spawn_options options;
    options.shell = true;
    options.env = environment{{"NAME", "value"}};
    CHECK(output_of("echo", {"$NAME;", "echo", "two"}, options) == "value\ntwo\n");
}
