// A program that cannot be started: which one, at which step, and why.
#include <fstream>

#include "01-spawn-exec/spawn.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

struct failure {
    std::string step;
    std::string program;
    int error = 0;
};

failure failure_of(const std::string& file, const spawn_options& options = {},
                   const std::vector<std::string>& arguments = {}) {
    asio::io_context io(1);
    try {
        child process = spawn(io.get_executor(), file, arguments, options);
    } catch (const spawn_error& error) {
        return {error.step(), error.program(), error.code().value()};
    }
    return {};
}

void check_failure(const failure& found, const std::string& step, int error) {
    CHECK(found.step == step);
    CHECK(found.error == error);
}

}  // namespace

TEST_CASE("a program that does not exist is ENOENT at the exec step", "[01][errors]") {
    const failure found = failure_of("/no/such");
    check_failure(found, "exec", ENOENT);
    CHECK(found.program == "/no/such");
    check_failure(failure_of("no-such-command"), "exec", ENOENT);
}

TEST_CASE("a file that may not be executed is EACCES at the exec step", "[01][errors]") {
    const tests::temporary_folder folder;
    std::ofstream(folder.file("plain.txt")) << "no program\n";
    check_failure(failure_of(folder.file("plain.txt")), "exec", EACCES);
    check_failure(failure_of(folder.path().string()), "exec", EACCES);  // a folder is no program
}

TEST_CASE("in PATH a forbidden file is reported only when no other folder has a good one",
          "[01][errors]") {
    const tests::temporary_folder folder;
    std::ofstream(folder.file("true")) << "no program\n";
    spawn_options options;
    options.env = environment{{"PATH", folder.path().string() + ":/nowhere"}};
    check_failure(failure_of("true", options), "exec", EACCES);
    options.env = environment{{"PATH", folder.path().string() + ":/usr/bin:/bin"}};
    check_failure(failure_of("true", options), "", 0);
}

TEST_CASE("an executable file that is no program is ENOEXEC", "[01][errors]") {
    const tests::temporary_folder folder;
    std::ofstream(folder.file("script")) << "echo a script without its first line\n";
    std::filesystem::permissions(folder.file("script"), std::filesystem::perms::owner_all);
    check_failure(failure_of(folder.file("script")), "exec", ENOEXEC);
}

TEST_CASE("a working folder that is not there is blamed on chdir, not on the program",
          "[01][errors]") {
    spawn_options options;
    options.cwd = "/no/such/folder";
    const failure found = failure_of("true", options);
    check_failure(found, "chdir", ENOENT);
    CHECK(found.program == "true");
    options.cwd = "/etc/passwd";
    check_failure(failure_of("true", options), "chdir", ENOTDIR);
}

TEST_CASE("more arguments than the kernel takes are E2BIG", "[01][errors]") {
    const std::string longest(1024 * 1024, 'x');  // one argument may have 128 KiB
    check_failure(failure_of("true", {}, {longest}), "exec", E2BIG);
}

TEST_CASE("a descriptor that the parent does not have is EBADF at dup", "[01][errors]") {
    spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::descriptor(987)};
    check_failure(failure_of("true", options), "dup", EBADF);
}

TEST_CASE("an error says program, step and reason in one line", "[01][errors]") {
    asio::io_context io(1);
    CHECK_THROWS_WITH(spawn(io.get_executor(), "/no/such"),
                      "spawn /no/such: exec: No such file or directory");
}

TEST_CASE("the error_code form of spawn returns the same errno", "[01][errors]") {
    asio::io_context io(1);
    std::error_code error;
    CHECK_FALSE(spawn(io.get_executor(), "/no/such", {}, {}, error).has_value());
    CHECK(error == std::errc::no_such_file_or_directory);
    CHECK(spawn(io.get_executor(), "true", {}, {}, error).has_value());
    CHECK_FALSE(error);
}

TEST_CASE("empty names and zero bytes are refused before anything is started", "[01][errors]") {
    asio::io_context io(1);
    const auto executor = io.get_executor();
    const std::string cut("x\0y", 3);
    CHECK_THROWS_AS(spawn(executor, ""), std::invalid_argument);
    CHECK_THROWS_AS(spawn(executor, cut), std::invalid_argument);
    CHECK_THROWS_AS(spawn(executor, "true", {cut}), std::invalid_argument);
    spawn_options options;
    options.cwd = cut;
    CHECK_THROWS_AS(spawn(executor, "true", {}, options), std::invalid_argument);
    for (const auto& entry : {environment{{cut, "v"}}, environment{{"NAME", cut}},
                              environment{{"", "v"}}, environment{{"A=B", "v"}}}) {
        options = {};
        options.env = entry;
        CHECK_THROWS_AS(spawn(executor, "true", {}, options), std::invalid_argument);
    }
}
