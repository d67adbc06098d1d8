// Puts the same load on a cluster under each policy, and shows which worker got how many of the
// connections.
//
// Exit codes: 0 all connections were served · 1 some were not · 2 wrong flags
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "01-spawn-exec/exec.hpp"
#include "05-round-robin/programs/policies.hpp"
#include "support/flags.hpp"

namespace {

using nlohmann::json;

struct settings {
    std::string policy = "all";
    int workers = 4;
    int connections = 200;
    int at_once = 100;
    int credit = 64;
    bool as_json = false;
};

/// How one policy dealt the connections out.
struct outcome {
    std::string policy;
    std::vector<int> shares;  // one for each worker
    int failed = 0;
    double seconds = 0;

    [[nodiscard]] int fewest() const { return *std::min_element(shares.begin(), shares.end()); }
    [[nodiscard]] int most() const { return *std::max_element(shares.begin(), shares.end()); }
    [[nodiscard]] double per_second() const {
        int sum = 0;
        for (const int share : shares) sum += share;
        return seconds > 0 ? sum / seconds : 0;
    }
    [[nodiscard]] json to_json() const {
        json spread = nullptr;  // a worker without any makes it infinite
        if (fewest() > 0) spread = static_cast<double>(most()) / fewest();
        return {{"policy", policy},
                {"connections", shares},
                {"spread", spread},
                {"failed", failed},
                {"connections_per_second", per_second()}};
    }
};

void print(const outcome& shown) {
    std::cout << shown.policy << "\n";
    constexpr int widest = 40;
    const int most = std::max(1, shown.most());
    for (std::size_t n = 0; n < shown.shares.size(); ++n) {
        const int share = shown.shares[n];
        const auto width = static_cast<std::size_t>(share * widest / most);
        std::cout << "  worker " << n + 1 << " " << std::setw(6) << share << " "
                  << std::string(width, '#') << "\n";
    }
    std::cout << "  spread " << shown.most() << "/" << shown.fewest();
    if (shown.fewest() > 0) {
        std::cout << " = " << std::fixed << std::setprecision(2)
                  << static_cast<double>(shown.most()) / shown.fewest();
    }
    std::cout << ", " << std::setprecision(0) << std::fixed << shown.per_second()
              << " connections/s, " << shown.failed << " failed\n\n"
              << std::flush;
}

/// Waits until all workers listen; their port.
asio::awaitable<std::uint16_t> until_all_listen(cluster::supervisor& workers, int count) {
    support::async_condition news(workers.executor());
    int listening = 0;
    int port = 0;
    workers.on_listening.add([&](cluster::worker_process&, const cluster::listen_query& query) {
        ++listening;
        port = query.port.value_or(0);
        news.notify_all();
    });
    workers.keep_running(count);
    while (listening < count) co_await news.wait();
    co_return static_cast<std::uint16_t>(port);
}

/// The load, in a process of its own: the primary has work to do.
asio::awaitable<json> load_from_outside(const settings& given, std::uint16_t port) {
    const std::vector<std::string> arguments{"--port",        std::to_string(port),
                                             "--connections", std::to_string(given.connections),
                                             "--at-once",     std::to_string(given.at_once)};
    const std::string program = support::sibling_program("connect_many");
    const auto result = co_await child_process::exec_file(program, arguments);
    const json parsed = json::parse(result.out, nullptr, false);
    if (parsed.is_discarded()) {
        throw std::runtime_error("connect_many said: " + result.out + result.err);
    }
    co_return parsed;
}

asio::awaitable<outcome> measure(const settings& given, const std::string& policy) {
    cluster::supervisor_settings supervision;
    supervision.command.program = support::sibling_program("dispatch_worker");
    supervision.command.arguments = {"--port", "0"};
    cluster::supervisor workers(co_await asio::this_coro::executor, std::move(supervision));
    cluster::listening_sockets sockets(workers,
                                       *policy_named(workers, policy, {.credit = given.credit}));

    const std::uint16_t port = co_await until_all_listen(workers, given.workers);
    const json measured = co_await load_from_outside(given, port);
    outcome result{policy, {}, measured["failed"].get<int>(), measured["seconds"].get<double>()};
    for (int n = 1; n <= given.workers; ++n) {
        result.shares.push_back(measured["answers"].value("worker " + std::to_string(n), 0));
    }
    co_await sockets.stop();
    co_await workers.stop(std::chrono::seconds(10));
    co_return result;
}

asio::awaitable<int> compare(settings given) {
    json all = json::array();
    int failed = 0;
    for (const auto name : policy_names) {
        const std::string policy(name);
        if (given.policy != "all" && given.policy != policy) continue;
        const outcome result = co_await measure(given, policy);
        if (!given.as_json) print(result);
        all.push_back(result.to_json());
        failed += result.failed;
    }
    if (given.as_json) std::cout << all.dump(2) << std::endl;
    co_return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("compare_scheduling", "Shows which worker gets how many connections.");
    flags.add("policy", given.policy,
              "shared, round-robin, least-connections, address-hash, reuseport, or all of them");
    flags.add("workers", given.workers, "how many workers");
    flags.add("connections", given.connections, "how many connections, one request each");
    flags.add("at-once", given.at_once, "how many of them at a time");
    flags.add("credit", given.credit,
              "how many connections a worker may not have answered for; fewer: less even");
    flags.add("json", given.as_json, "print JSON instead of bars");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.policy != "all" && !is_policy(given.policy)) {
        return flags.wrong(policy_fault() + ", or all");
    }
    if (given.workers < 1 || given.connections < 1 || given.at_once < 1 || given.credit < 1) {
        return flags.wrong("numbers must be at least 1");
    }
    return support::run_program([&] { return compare(given); });
}
