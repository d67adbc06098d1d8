// watches_as_told polling|notification|nothing FILE: a worker that watches what a file_store has
// under "w/", and uses it as its primary's messages say.
//   {"set": KEY, "value": V, "die": true}  writes, and ends at once if told so
//   {"erase": KEY}
//   {"fill": N, "from": M}  writes N keys: w/M, w/M+1, …
//   {"add": KEY, "times": N}
//   {"say": MESSAGE}  sends it to the primary as it is
//   {"create": DATA}  a session; answered with {"token": T}
//   {"find": T}       answered with {"found": DATA or null}
//   {"echo": V}       answered with it
// Each change that it hears is sent as {"heard": KEY, "value": V or null, "version": N}; what
// comes for a watch when it has none, as {"unexpected": MESSAGE}.
#include <cluster_workshop/cluster.hpp>
#include <csignal>
#include <nlohmann/json.hpp>

#include "07-state-sharing/file_store.hpp"
#include "07-state-sharing/notified_watch.hpp"
#include "07-state-sharing/polling_watch.hpp"
#include "07-state-sharing/sessions.hpp"

using json = nlohmann::json;

namespace {

// Sends in order, however long one has to wait.
class answers {
  public:
    answers(const asio::any_io_executor& executor, cluster::this_worker& self)
        : executor_(executor), self_(self) {}

    void send(json message) {
        queue_.push_back(std::move(message));
        if (!std::exchange(sending_, true)) asio::co_spawn(executor_, send_all(), support::rethrow);
    }

  private:
    asio::awaitable<void> send_all() {
        while (!queue_.empty()) {
            const json message = std::move(queue_.front());
            queue_.pop_front();
            static_cast<void>(co_await self_.send(message));
        }
        sending_ = false;
    }

    asio::any_io_executor executor_;
    cluster::this_worker& self_;
    std::deque<json> queue_;
    bool sending_ = false;
};

void obey(state::store& store, const json& order, answers& say) {
    if (order.contains("set")) {
        store.set(order["set"].get<std::string>(), order["value"]);
        if (order.value("die", false)) std::raise(SIGKILL);
    }
    if (order.contains("erase")) store.erase(order["erase"].get<std::string>());
    const int from = order.value("from", 0);
    for (int n = from; n < from + order.value("fill", 0); ++n) {
        store.set("w/" + std::to_string(n), n);
    }
    for (int n = 0; n < order.value("times", 0); ++n)
        store.increment(order["add"].get<std::string>());
    if (order.contains("say")) say.send(order["say"]);
    if (order.contains("echo")) say.send(order);
    state::sessions sessions(store);
    if (order.contains("create")) say.send({{"token", sessions.create(order["create"])}});
    if (order.contains("find")) {
        const auto found = sessions.find(order["find"].get<std::string>());
        say.send({{"found", found ? found->value() : json()}});
    }
}

std::unique_ptr<state::store_watch> watch_of(const std::string& kind, state::store& store,
                                             const asio::any_io_executor& executor,
                                             cluster::this_worker& self) {
    if (kind == "notification") {
        return std::make_unique<state::notified_watch>(executor, store, "w/", self);
    }
    if (kind == "nothing") return nullptr;
    return std::make_unique<state::polling_watch>(executor, store, "w/",
                                                  std::chrono::milliseconds(2));
}

asio::awaitable<void> live(cluster::this_worker& self, const std::string& kind,
                           const std::string& file) {
    const auto executor = co_await asio::this_coro::executor;
    answers say(executor, self);
    state::file_store store(file);
    const auto watch = watch_of(kind, store, executor, self);
    if (watch)
        watch->on_change([&](const std::string& key, const std::optional<state::entry>& now) {
            say.send({{"heard", key},
                      {"value", now ? now->value() : json()},
                      {"version", now ? now->changed : 0}});
        });
    self.on_message([&](const json& order, std::optional<child_process::handle>) {
        if (!order.is_object()) return;
        if (!watch && order.contains("cmd")) say.send({{"unexpected", order}});
        obey(store, order, say);
    });
    self.ready();
    co_await self.until_leaving();
}

asio::awaitable<void> no_primary(cluster::primary&) {
    throw std::runtime_error("watches_as_told is a worker");
    co_return;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const std::string kind = argv[1];  // the process's title is written over them
    const std::string file = argv[2];
    return cluster::run(argc, argv, no_primary,
                        [&](cluster::this_worker& self) { return live(self, kind, file); });
}
