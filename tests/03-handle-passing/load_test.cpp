// Load generators that nobody here wrote, while the parent closes its own copy of the port.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "tests/03-handle-passing/running.hpp"

using namespace child_process;
using namespace tests;

namespace {

bool is_here(const std::string& tool) {
    std::istringstream folders(std::getenv("PATH"));
    std::string folder;
    while (std::getline(folders, folder, ':')) {
        folder += "/" + tool;
        if (::access(folder.c_str(), X_OK) == 0) return true;
    }
    std::cout << "SKIPPED: there is no " << tool << " here to load with" << std::endl;
    return false;
}

// Runs a shell command against a fresh family; `$URL` in it is their page. Gives what it printed.
std::string load(const std::string& line) {
    std::string printed;
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const temporary_folder home;  // siege writes a file there
        running parent(executor, stage_command("share_server_parent",
                                               {"--port", "0", "--parent-answers", "20"}));
        co_await parent.until("has the port", 2);
        // No proxy that the machine may use stands between them.
        const std::string text =
            "unset http_proxy HTTP_PROXY ALL_PROXY all_proxy; export HOME=" + home.path().string() +
            "; URL=http://127.0.0.1:" + std::to_string(parent.port()) + "/; " + line + " 2>&1";
        running tool(executor, {"sh", "-c", text});
        const exit_status status = co_await tool.end();
        CHECK(status.code() == 0);
        printed = tool.output();
        parent.process().kill(SIGTERM);
        const exit_status end = co_await parent.end();
        CHECK(end.code() == 0);
    });
    return printed;
}

}  // namespace

TEST_CASE("siege -c 100 -r 2 gets 200 answers of 200", "[03][load]") {
    if (!is_here("siege")) return;
    const std::string printed = load("siege -c 100 -r 2 $URL");
    CAPTURE(printed);
    std::string plain;  // the tool pads its numbers
    for (const char c : printed) plain += c == ' ' || c == '\t' ? "" : std::string(1, c);
    CHECK(plain.find("\"transactions\":200") != std::string::npos);
    CHECK(plain.find("\"availability\":100.00") != std::string::npos);
}

TEST_CASE("ab gets an answer to every request, with one each connection and with many",
          "[03][load]") {
    if (!is_here("ab")) return;
    for (const char* line : {"ab -n 1000 -c 50 $URL", "ab -k -n 1000 -c 50 $URL"}) {
        const std::string printed = load(line);
        CAPTURE(printed);
        CHECK(printed.find("Complete requests:      1000\n") != std::string::npos);
        // Not "Failed requests: 0": ab counts an answer as failed when it is not as long as the
        // first one, and the parent's is shorter than a child's.
        CHECK(printed.find("Non-2xx") == std::string::npos);
        const auto failed = printed.find("(Connect: 0, Receive: 0, Length: ");
        const bool none = printed.find("Failed requests:        0\n") != std::string::npos;
        CHECK((none || failed != std::string::npos));
        if (!none) CHECK(printed.find(", Exceptions: 0)", failed) != std::string::npos);
    }
}

TEST_CASE("wrk meets no error", "[03][load]") {
    if (!is_here("wrk")) return;
    const std::string printed = load("wrk -t 1 -c 20 -d 1 $URL");
    CAPTURE(printed);
    CHECK(printed.find("requests in") != std::string::npos);
    CHECK(printed.find("Socket errors") == std::string::npos);
    CHECK(printed.find("Non-2xx") == std::string::npos);
}

TEST_CASE("curl gets an answer a hundred times in a row", "[03][load]") {
    if (!is_here("curl")) return;
    const std::string printed = load("for n in $(seq 100); do curl -sf $URL || echo failed; done");
    CHECK(printed.find("failed") == std::string::npos);
    CHECK(std::count(printed.begin(), printed.end(), '\n') == 100);
}
