// who_are_you: who knows a user that has logged in.
#include "01-spawn-exec/exec.hpp"
#include "tests/06-cluster-lib/running_program.hpp"

using namespace tests;

namespace {

// The answers of both workers to a user who logged in at one of them.
std::string answers_after_login(std::vector<std::string> flags) {
    std::string answers;
    tests::run([&]() -> asio::awaitable<void> {
        flags.insert(flags.end(), {"--workers", "2", "--port", "0"});
        running_program cluster(co_await asio::this_coro::executor,
                                stage_program("07-state-sharing", "who_are_you"), flags);
        co_await cluster.until_said("listens on", 2);
        const std::string site =
            "http://127.0.0.1:" + std::to_string(cluster.number_after("http://127.0.0.1:")) + "/";
        const std::string script = "cookie=$(curl -s -D - -o /dev/null -d name=ada+l. " + site +
                                   "login | sed -n 's/.*\\(session=[^;]*\\).*/\\1/p'); for n in 1 "
                                   "2; do curl -s -H \"Cookie: "
                                   "$cookie\" " +
                                   site + "; done | cut -d: -f2 | sort";
        const auto result = co_await child_process::exec(script);
        answers = result.out;
        co_await cluster.stop(SIGTERM);
    });
    return answers;
}

}  // namespace

TEST_CASE("a user is known to the one worker that has met him in memory", "[07][sessions]") {
    CHECK(answers_after_login({}) == " hello ada l.\n who are you?\n");
}

TEST_CASE("a user is known to all workers that share a store", "[07][sessions]") {
    const temporary_folder folder;
    CHECK(answers_after_login({"--state", folder.file("sessions")}) ==
          " hello ada l.\n hello ada l.\n");
}
