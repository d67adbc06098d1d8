// How late notifications are heard. Not run by ctest: tests_07 "[.measure]".
#include <csignal>
#include <iostream>

#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/load.hpp"

using namespace tests;
using child_process::exit_status;

TEST_CASE("how late 8 workers under load hear of a change", "[.measure][notification]") {
    const int clients = GENERATE(0, 16);
    tests::run_at_most(std::chrono::minutes(2), [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const temporary_folder folder;
        const std::vector<std::string> arguments{"8", "500", folder.file("state.json")};
        auto cluster = child_process::spawn(executor, program("measures_notification"), arguments);
        const std::string line = co_await read_line(cluster.out());
        const auto port = static_cast<std::uint16_t>(std::stoi(line.substr(line.find(' '))));
        load requests(executor, port);
        requests.start(1, 1);
        requests.start(clients);
        const std::string figures = co_await read_line(cluster.out());
        co_await requests.finish();
        std::cout << clients << " clients, " << requests.account().answered
                  << " requests answered: " << figures << std::endl;
        CHECK(figures.find("\"heard\":4000") != figures.npos);
        cluster.kill(SIGTERM);
        const exit_status status = co_await cluster.wait();
        CHECK(status == exit_status::exited(0));
    });
}
