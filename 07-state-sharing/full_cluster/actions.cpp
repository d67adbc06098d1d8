#include "07-state-sharing/full_cluster/actions.hpp"

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>

#include "01-spawn-exec/exec.hpp"
#include "07-state-sharing/full_cluster/worker_orders.hpp"
#include "support/environment.hpp"
#include "support/flags.hpp"

namespace full_cluster {
namespace {

constexpr int most_workers = 64;
constexpr int most_requests = 1'000'000;

std::optional<int> number(const support::http_request& request, const char* name) {
    return support::number_in<int>(request.query(name).value_or(""));
}

action_result refused(int status, std::string sentence) {
    return {status, std::move(sentence)};
}

}  // namespace

action_result actions::run(std::string_view name, const support::http_request& request) {
    if (board_.stopping()) return refused(409, "the cluster is stopping");
    if (name == "reload") return reload();
    if (name == "scale") return scale(number(request, "by").value_or(0));
    if (name == "load") return load(number(request, "requests").value_or(0));
    const auto slot = number(request, "slot");
    if (!slot) return refused(400, "which worker? Name it by ?slot=N");
    return on_worker(name, *slot);
}

action_result actions::done(std::optional<int> worker, std::string sentence) {
    board_.note("action", worker, sentence);
    return {202, std::move(sentence)};
}

cluster::worker* actions::worker_in(int slot) const {
    for (cluster::worker* each : cluster_.workers()) {
        const bool stays = each->state() != cluster::worker_state::dead &&
                           each->state() != cluster::worker_state::leaving;
        if (each->slot() == slot && stays) return each;
    }
    return nullptr;
}

action_result actions::on_worker(std::string_view name, int slot) {
    cluster::worker* worker = worker_in(slot);
    if (worker == nullptr) {
        return refused(404, "slot " + std::to_string(slot) + " has no worker now");
    }
    const int id = worker->id();
    if (name == "crash" || name == "hang") {
        const auto what = name == "crash" ? order::crash : order::hang;
        if (!worker->send(message_of(what))) return refused(503, "it does not listen to us");
        return done(id, name == "crash" ? "told to throw where nobody catches"
                                        : "told to never return to its event loop");
    }
    if (name == "kill") {
        worker->kill(SIGKILL);
        return done(id, "SIGKILL");
    }
    if (name == "stop" || name == "continue") {
        const bool stop = name == "stop";
        worker->kill(stop ? SIGSTOP : SIGCONT);
        return done(id, stop ? "SIGSTOP" : "SIGCONT");
    }
    return refused(404, "there is no action of that name");
}

action_result actions::reload() {
    auto reloading = [](cluster::primary& cluster) -> asio::awaitable<void> {
        static_cast<void>(co_await cluster.reload());
    };
    asio::co_spawn(executor_, reloading(cluster_), support::rethrow);
    return {202, "a rolling reload was asked for"};
}

action_result actions::scale(int by) {
    if (by != 1 && by != -1) return refused(400, "?by=1 or ?by=-1");
    const int wanted = std::clamp(cluster_.wanted() + by, 1, most_workers);
    if (wanted == cluster_.wanted()) {
        return refused(409, "there are 1 to " + std::to_string(most_workers) + " workers");
    }
    cluster_.scale(wanted);
    return done(std::nullopt, std::to_string(wanted) + " workers wanted");
}

action_result actions::load(int requests) {
    if (requests < 1 || requests > most_requests) {
        return refused(400, "?requests=1 to 1000000");
    }
    const auto port = board_.port();
    if (!port) return refused(503, "no worker listens yet");
    if (loading_) return refused(409, "a load is running already");
    loading_ = true;
    const std::string count = std::to_string(requests);
    asio::co_spawn(executor_, follow_load(support::weak_ref(anchor_), std::to_string(*port), count),
                   support::rethrow);
    board_.note("load", std::nullopt, count + " requests");
    return {202, count + " requests are under way"};
}

// The load is another process's: the primary does not ask its own workers questions.
asio::awaitable<void> actions::follow_load(support::weak_ref<actions> self, std::string port,
                                           std::string requests) {
    std::string told;
    try {
        const std::vector<std::string> words{"--port", port, "--requests", requests};
        const auto result =
            co_await child_process::exec_file(support::sibling_program("run_load"), words);
        told = result.out.empty() ? result.problem() : result.out;
    } catch (const std::exception& error) {
        told = error.what();
    }
    if (self) self->load_ended(told);
}

void actions::load_ended(std::string_view told) {
    loading_ = false;
    const auto figures = nlohmann::json::parse(told, nullptr, false);
    if (!figures.is_object()) {
        board_.note("load", std::nullopt, "failed: " + std::string(told));
        return;
    }
    const auto number = [&](const char* name) {
        const auto told_number = figures.value(name, nlohmann::json());
        return told_number.is_number() ? std::to_string(told_number.get<std::int64_t>()) : "?";
    };
    board_.note("load", std::nullopt,
                number("answered") + " of " + number("requests") + " answered in " +
                    number("elapsed_ms") + " ms, " + number("failed") + " failed");
}

}  // namespace full_cluster
