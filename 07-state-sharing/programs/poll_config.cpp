// One setting for all workers: one changes it, and the others look again and again whether it has
// changed. notify_config does it the other way.
//
// Exit codes: 0 done, or stopped by a signal · 70 the workers do not come up · 131 SIGQUIT · 1 it
// failed · 2 wrong flags
#include "07-state-sharing/file_store.hpp"
#include "07-state-sharing/polling_watch.hpp"
#include "07-state-sharing/programs/config_primary.hpp"
#include "07-state-sharing/programs/config_worker.hpp"
#include "support/flags.hpp"

namespace {

struct settings {
    int workers = 3;
    int interval = 1000;
    std::string file;
    std::vector<std::string> values;
};

asio::awaitable<void> lead(cluster::primary& cluster, const settings& given) {
    const demo::temporary_folder folder;
    cluster::setup setup;
    setup.arguments = {"--file", folder.file("state.json"), "--interval",
                       std::to_string(given.interval)};
    cluster.setup(setup);
    config_primary config(co_await asio::this_coro::executor, cluster);
    co_await config.run(given.workers, given.values);
}

asio::awaitable<void> work(cluster::this_worker& self, const settings& given) {
    const auto executor = co_await asio::this_coro::executor;
    state::file_store store(given.file);
    state::polling_watch watch(executor, store, "setting",
                               std::chrono::milliseconds(given.interval));
    config_worker config(executor, self, store);
    co_await config.run(watch);
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("poll_config",
                         "Changes a setting, which all workers poll: to each VALUE in turn, or to "
                         "the lines that you type.");
    flags.add("interval", given.interval, "how often the workers look   [milliseconds]");
    flags.add("workers", given.workers, "how many workers");
    flags.add("file", given.file, "the store; the primary names it to its workers");
    flags.rest(given.values, "[VALUE...]");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.interval < 1) return flags.wrong("--interval must be at least 1");
    if (given.workers < 1) return flags.wrong("--workers must be at least 1");
    return cluster::run(
        argc, argv, [&](cluster::primary& cluster) { return lead(cluster, given); },
        [&](cluster::this_worker& self) { return work(self, given); });
}
