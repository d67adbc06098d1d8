// Commands run to their end: what they said, how they ended, and what a shell makes of a text.
#include "01-spawn-exec/exec.hpp"

#include "01-spawn-exec/spawn_error.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

using tests::result_of;

exec_result result_of_file(const std::string& file, const std::vector<std::string>& arguments) {
    return support::run(exec_file(file, arguments));
}

}  // namespace

TEST_CASE("exec collects both outputs and the exit code", "[01][exec]") {
    const exec_result result = result_of("echo out; echo err >&2; exit 3");
    CHECK(result.out == "out\n");
    CHECK(result.err == "err\n");
    CHECK(result.status == exit_status::exited(3));
    CHECK_FALSE(result.success());
    CHECK(result.problem() == "command failed: echo out; echo err >&2; exit 3: code 3\nerr");
}

TEST_CASE("a command that succeeds has no problem", "[01][exec]") {
    const exec_result result = result_of("echo fine; echo remark >&2");
    CHECK(result.success());
    CHECK(result.problem().empty());
    CHECK(result.command == "echo fine; echo remark >&2");
}

TEST_CASE("exec gives the text to a shell: variables, pipes, quotes", "[01][exec]") {
    exec_options options;
    options.env = environment{{"PATH", "/usr/bin:/bin"}, {"NAME", "workshop"}};
    CHECK(result_of("echo \"$NAME\" | tr a-z A-Z; echo 'a  b'", options).out == "WORKSHOP\na  b\n");
}

TEST_CASE("exec_file leaves $HOME and ; literal", "[01][exec]") {
    const exec_result result = result_of_file("echo", {"a  b", "$HOME", ";ls", "\"q\"", "`id`"});
    CHECK(result.out == "a  b $HOME ;ls \"q\" `id`\n");
    CHECK(result.command == "echo a  b $HOME ;ls \"q\" `id`");
}

TEST_CASE("a command that is not there fails in the shell, a file at its start", "[01][exec]") {
    const exec_result result = result_of("no-such-command");
    CHECK(result.status == exit_status::exited(127));
    CHECK(result.err.find("not found") != std::string::npos);
    CHECK_THROWS_WITH(result_of_file("no-such-command", {}),
                      "spawn no-such-command: exec: No such file or directory");
}

TEST_CASE("exec reports a command that a signal ended", "[01][exec]") {
    const exec_result result = result_of("kill -9 $$");
    CHECK(result.status == exit_status::killed(SIGKILL));
    CHECK(result.problem() == "command failed: kill -9 $$: signal SIGKILL");
}

TEST_CASE("exec feeds the input and its end", "[01][exec]") {
    exec_options options;
    options.input = "b\na\n";
    CHECK(result_of("sort", options).out == "a\nb\n");
    CHECK(result_of("cat").out.empty());
}

TEST_CASE("a command that leaves most of its input unread succeeds all the same", "[01][exec]") {
    exec_options options;
    options.input = "first\n" + std::string(1024 * 1024, 'x');
    const exec_result result = result_of("head -n 1", options);
    CHECK(result.success());
    CHECK(result.out == "first\n");
}

TEST_CASE("exec runs in the folder that is asked for", "[01][exec]") {
    exec_options options;
    options.cwd = "/";
    CHECK(result_of("pwd", options).out == "/\n");
    options.cwd = "/no/such";
    CHECK_THROWS_AS(result_of("pwd", options), spawn_error);
}

TEST_CASE("a quoted word reaches the program as it stands", "[01][exec]") {
    const std::vector<std::string> words{"plain",     "two words",  "it's",        "$HOME",
                                         "; rm -rf",  "\"double\"", "back\\slash", "",
                                         "new\nline", "`id`",       "*",           "!x"};
    std::string command = tests::program("reports_arguments");
    std::string expected = command + "\n";
    for (const std::string& word : words) {
        command += " " + quote(word);
        expected += word + "\n";
    }
    CHECK(result_of(command).out == expected);
    CHECK(quote("it's") == "'it'\\''s'");
}
