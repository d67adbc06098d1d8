// The stories of tests/06-cluster-lib/node/scenarios.js, told by our primary, or lived by our
// workers: scenarios SCENARIO [SCRIPT]. The workers are this program, or `node SCRIPT SCENARIO`.
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "06-cluster-lib/run.hpp"
#include "support/sockets.hpp"

namespace {

using nlohmann::json;

// What the primary does at an event.
using deed = std::function<void(cluster::worker&)>;

void disconnect(cluster::worker& worker) {
    worker.disconnect();
}

void go(cluster::worker& worker) {
    worker.send("go");
}

struct story {
    std::map<std::string, deed> at;
    int forks = 1;
};

deed after(int times, deed then) {
    return [times, then = std::move(then)](cluster::worker& worker) mutable {
        if (--times == 0) then(worker);
    };
}

asio::awaitable<void> disconnect_all(cluster::primary& cluster) {
    co_await cluster.disconnect();
}

story story_of(const std::string& name, cluster::primary& cluster,
               const asio::any_io_executor& executor) {
    if (name == "killed") return {{{"listening", [](auto& worker) { worker.kill(); }}}};
    if (name == "killed_hard") {
        return {{{"listening", [](auto& worker) { worker.kill(SIGKILL); }}}};
    }
    if (name == "is_spoken_to") return {{{"forked", go}, {"message", disconnect}}};
    if (name == "told_early") return {{{"forked", disconnect}}};
    if (name == "told_online") return {{{"online", disconnect}}};
    if (name == "fails_to_listen") return {{{"message", disconnect}}};
    if (name == "two_sockets") return {{{"listening", after(2, disconnect)}}};
    if (name == "two_workers") {
        const auto all = [&cluster, executor](cluster::worker&) {
            asio::co_spawn(executor, disconnect_all(cluster), support::rethrow);
        };
        return {{{"listening", after(2, all)}}, 2};
    }
    if (name == "replaced") {
        const auto again = [&cluster](cluster::worker& worker) {
            if (worker.id() == 1) cluster.fork();
        };
        return {{{"listening", go}, {"exit", again}}};
    }
    for (const std::string acts : {"crashes", "exits", "leaves", "kills_itself", "hangs_up"}) {
        if (name == acts) return {{{"listening", go}}};
    }
    return {{{"listening", disconnect}}};
}

void tell(cluster::primary& cluster, const std::map<std::string, deed>& at) {
    const auto told = [&at](cluster::worker& worker, const std::string& event,
                            const std::string& rest = "") {
        std::cout << worker.id() << " " << event << rest << std::endl;
        const auto found = at.find(event);
        if (found != at.end()) found->second(worker);
    };
    cluster.on_fork([told](auto& worker) { told(worker, "fork"); });
    cluster.on_online([told](auto& worker) { told(worker, "online"); });
    cluster.on_listening([told](auto& worker, const cluster::listening_address& where) {
        told(worker, "listening", " " + where.address + (where.datagram ? " udp4" : " 4"));
    });
    cluster.on_message([told](auto& worker, const json& message, auto) {
        told(worker, "message", " " + message.dump());
    });
    cluster.on_disconnect([told](auto& worker) { told(worker, "disconnect"); });
    cluster.on_exit([told](auto& worker, child_process::exit_status status) {
        const std::string code = status.code() ? std::to_string(*status.code()) : "null";
        const std::string signal =
            status.signal() ? child_process::signal_name(*status.signal()) : "null";
        const std::string wanted = worker.exited_after_disconnect() ? "true" : "false";
        told(worker, "exit", " " + code + " " + signal + " after_disconnect=" + wanted);
    });
}

asio::awaitable<void> lead(cluster::primary& cluster, std::vector<std::string> words) {
    const support::unique_fd taken = support::listen_tcp("127.0.0.1", 0);
    const child_process::environment env{
        {"TAKEN", std::to_string(support::local_port(taken.get()))}};
    story told = story_of(words.at(0), cluster, co_await asio::this_coro::executor);
    tell(cluster, told.at);
    cluster::setup setup;
    if (words.size() > 1) {
        setup.program = "node";
        setup.arguments = {words.at(1), words.at(0)};
        cluster.setup(setup);
    }
    for (int n = 0; n < told.forks; ++n) {
        cluster::worker& worker = cluster.fork(env);
        if (told.at.count("forked") > 0) told.at["forked"](worker);
    }
    co_await cluster.until_empty();
}

asio::awaitable<void> say(cluster::this_worker& self, json message) {
    static_cast<void>(co_await self.send(message));
}

void obey(cluster::this_worker& self, const std::string& name) {
    if (name == "crashes") throw std::runtime_error("on purpose");
    if (name == "exits" || (name == "replaced" && self.id() == 1)) std::_Exit(7);
    if (name == "leaves" || name == "replaced") self.disconnect();
    if (name == "kills_itself") self.kill();
}

asio::awaitable<void> fail_to_listen(cluster::this_worker& self) {
    net::listen_options where;
    where.address = "127.0.0.1";
    where.port = static_cast<std::uint16_t>(std::stoi(std::getenv("TAKEN")));
    json failure;
    try {
        const auto server = co_await self.listen(where);
    } catch (const std::system_error& error) {
        failure["error"] = error.code() == std::errc::address_in_use ? "EADDRINUSE" : error.what();
    }
    co_await say(self, failure);
}

asio::awaitable<void> work(cluster::this_worker& self, std::string name) {
    const auto executor = co_await asio::this_coro::executor;
    self.on_message([&](const json& heard, auto) {
        if (name == "is_spoken_to") {
            const json answer = {{"heard", heard}};
            asio::co_spawn(executor, say(self, answer), support::rethrow);
        } else {
            obey(self, name);
        }
    });
    net::listen_options where;
    where.address = "127.0.0.1";
    net::bind_options datagrams;
    datagrams.address = "127.0.0.1";
    std::vector<net::server> servers;
    std::vector<asio::ip::udp::socket> sockets;
    const json first = {{"first", true}};
    if (name == "speaks_first") co_await say(self, first);
    if (name == "fails_to_listen") co_await fail_to_listen(self);
    if (name == "datagrams") sockets.push_back(co_await self.bind_udp(datagrams));
    const bool listens = name != "datagrams" && name != "fails_to_listen" &&
                         name != "is_spoken_to" && name != "told_online";
    if (listens) servers.push_back(co_await self.listen(where));
    if (name == "two_sockets") servers.push_back(co_await self.listen(where));
    co_await self.until_leaving();
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    return cluster::run(
        argc, argv, [&](cluster::primary& cluster) { return lead(cluster, words); },
        [&](cluster::this_worker& self) { return work(self, words.at(0)); });
}
