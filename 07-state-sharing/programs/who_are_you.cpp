// Log in, and be known again: by the one worker that remembers you in a variable of its own, or,
// with --state, by all of them.
//
// Exit codes: 0 stopped by a signal · 70 the workers do not come up · 131 SIGQUIT · 1 it failed · 2
// wrong flags
#include <cluster_workshop/cluster.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "07-state-sharing/file_store.hpp"
#include "07-state-sharing/sessions.hpp"
#include "support/flags.hpp"
#include "support/form.hpp"

namespace {

struct settings {
    std::uint16_t port = support::default_port();
    int workers = support::available_cpus();
    std::string state;
};

/// Who belongs to which token.
class acquaintances {
  public:
    explicit acquaintances(const std::string& state) {
        if (state.empty()) return;
        store_ = std::make_unique<state::file_store>(state);
        sessions_ = std::make_unique<state::sessions>(*store_);
    }

    std::string meet(const std::string& name) {
        if (sessions_) return sessions_->create(name);
        std::string token = state::session_token::random().text();
        names_[token] = name;
        return token;
    }

    std::optional<std::string> recall(const std::string& token) {
        if (!sessions_) {
            const auto found = names_.find(token);
            return found == names_.end() ? std::nullopt : std::optional(found->second);
        }
        const auto found = sessions_->find(token);
        if (!found) return std::nullopt;
        return found->value().get<std::string>();
    }

  private:
    std::map<std::string, std::string> names_;
    std::unique_ptr<state::file_store> store_;
    std::unique_ptr<state::sessions> sessions_;
};

void answer(acquaintances& known, int worker, const support::http_request& asked,
            support::http_reply& reply) {
    const std::string me = "worker " + std::to_string(worker) + ": ";
    if (asked.path() == "/login" && asked.method() == "POST") {
        const auto name = support::form_value(asked.body(), "name").value_or("nobody");
        reply.header("Set-Cookie", "session=" + known.meet(name) + "; HttpOnly; SameSite=Lax");
        return reply.text(me + "nice to meet you, " + name + "\n");
    }
    const auto token = support::cookie(asked, "session");
    const auto name = known.recall(std::string(token.value_or("")));
    if (!name) return reply.text(me + "who are you?\n", 401);
    reply.text(me + "hello " + *name + "\n");
}

asio::awaitable<void> lead(cluster::primary& cluster, const settings& given) {
    cluster.on_listening([](cluster::worker& worker, const cluster::listening_address& where) {
        support::log() << "worker " << worker.id() << ", pid " << worker.pid()
                       << ", listens on http://127.0.0.1:" << where.port << "/";
    });
    cluster.keep_running(given.workers);
    co_await cluster.until_signal();
    co_await cluster.disconnect();
}

asio::awaitable<void> work(cluster::this_worker& self, const settings& given) {
    acquaintances known(given.state);
    support::http_server http(co_await asio::this_coro::executor,
                              [&](const auto& asked, support::http_reply& reply) {
                                  answer(known, self.id(), asked, reply);
                              });
    cluster::server server = co_await self.listen(given.port);
    co_await net::serve_http(server, http);
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("who_are_you", "Greets those who have logged in. Who knows them?");
    flags.add("port", given.port, "port to answer on; 0 picks a free one");
    flags.add("workers", given.workers, "how many workers");
    flags.add("state", given.state, "file for the sessions of all workers; none: each has its own");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.workers < 1) return flags.wrong("--workers must be at least 1");
    return cluster::run(
        argc, argv, [&](cluster::primary& cluster) { return lead(cluster, given); },
        [&](cluster::this_worker& self) { return work(self, given); });
}
