#include "07-state-sharing/full_cluster/worker_part.hpp"

#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "06-cluster-lib/serve_http.hpp"
#include "07-state-sharing/full_cluster/beside.hpp"
#include "07-state-sharing/full_cluster/site.hpp"
#include "07-state-sharing/full_cluster/sole_job.hpp"
#include "07-state-sharing/full_cluster/stores.hpp"
#include "07-state-sharing/full_cluster/wall_clock.hpp"
#include "07-state-sharing/full_cluster/worker_orders.hpp"
#include "07-state-sharing/notified_watch.hpp"
#include "07-state-sharing/polling_watch.hpp"
#include "support/log.hpp"
#include "support/timeout.hpp"

namespace full_cluster {
namespace {

using namespace asio::experimental::awaitable_operators;

constexpr auto report_interval = std::chrono::milliseconds(250);

void obey(order what, const asio::any_io_executor& executor, access_log& log) {
    switch (what) {
        case order::crash:
            // From the event loop, where nobody catches.
            asio::post(executor, [] { throw std::runtime_error("told to crash"); });
            break;
        case order::hang:
            hang();
            break;
        case order::reopen_log:
            log.reopen();
            break;
    }
}

asio::awaitable<void> report(cluster::this_worker& self, site& pages) {
    const auto counted = pages.take_figures();
    if (counted.requests == 0) co_return;
    const auto message = report_of(counted);
    static_cast<void>(co_await self.send(message));
}

asio::awaitable<void> keep_reporting(cluster::this_worker& self, site& pages) {
    for (;;) {
        co_await support::pause(report_interval);
        co_await report(self, pages);
    }
}

// A task that fails is an uncaught exception: this worker is to be replaced.
std::function<void(std::exception_ptr)> rethrow_on(const asio::any_io_executor& executor) {
    return [executor](const std::exception_ptr& error) {
        asio::post(executor, [error] { std::rethrow_exception(error); });
    };
}

// Until the worker leaves.
asio::awaitable<void> while_staying(cluster::this_worker& self, asio::awaitable<void> task) {
    const auto executor = co_await asio::this_coro::executor;
    co_await (self.until_leaving() || beside(std::move(task), rethrow_on(executor)));
}

// The scheduled job: counts its runs, and says who did the last.
void run_job(state::store& store, int worker) {
    try {
        store.update("job", [&](const std::optional<nlohmann::json>& present) {
            auto told = present.value_or(nlohmann::json{{"runs", 0}});
            told["runs"] = told.value("runs", 0) + 1;
            told["last_at_ms"] = now_in_milliseconds();
            told["worker"] = worker;
            told["pid"] = ::getpid();
            return told;
        });
    } catch (const state::store_error& error) {
        support::log() << "the job could not be written down: " << error.what();
    }
}

net::listen_options where(const settings& given) {
    net::listen_options options;
    options.port = given.port;
    if (given.listen_fd >= 0) options.primary_fd = given.listen_fd;
    return options;
}

}  // namespace

asio::awaitable<void> work(cluster::this_worker& self, const settings& given) {
    const auto executor = co_await asio::this_coro::executor;
    const auto store = open_store(given);
    state::session_options lives;
    lives.lifetime = std::chrono::minutes(given.session_minutes);
    state::sessions sessions(*store, lives);
    state::notified_watch notification(executor, *store, watched_setting::key, self);
    state::polling_watch polling(executor, *store, watched_setting::key,
                                 std::chrono::milliseconds(given.poll_interval));
    watched_setting setting(*store, notification, polling, given.watch);
    support::static_files files(given.pages + "/app");
    support::static_files shared_files(given.pages + "/shared");
    access_log log(given.format(), given.log_file, self.id());
    site pages({self, *store, sessions, setting, files, shared_files, log});
    self.on_message([&](const nlohmann::json& message, const auto&) {
        if (const auto what = order_in(message)) obey(*what, executor, log);
    });
    support::http_server http(executor,
                              [&](const auto& asked, auto& reply) { pages.answer(asked, reply); });
    cluster::server server = co_await self.listen(where(given));
    sole_job job(given.state_directory + "/job.lock", std::chrono::milliseconds(given.job_interval),
                 [&] { run_job(*store, self.id()); });
    const auto serve = [&]() -> asio::awaitable<void> {
        co_await (net::serve_http(server, http) && while_staying(self, job.run()));
    };
    co_await (serve() || beside(keep_reporting(self, pages), rethrow_on(executor)));
    co_await report(self, pages);
}

}  // namespace full_cluster
