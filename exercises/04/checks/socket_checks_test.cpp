// Who shares a socket, and what a worker hears that cannot have one.
#include <algorithm>
#include <cerrno>

#include "04-auto-restart/listening_sockets.hpp"
#include "exercises/04/checks/scripted_workers.hpp"

using namespace tests;

namespace {

// Asks as $1 says, and passes on what is answered.
const std::string asking =
    "ask() { say '\"act\":\"queryServer\",\"seq\":'$1; read -r answer <&$NODE_CHANNEL_FD\n"
    "printf '{\"heard\":%s}\\n' \"$answer\" >&$NODE_CHANNEL_FD; }\n";
const std::string free_port_ipv4 =
    "ask '4,\"address\":null,\"port\":0,\"addressType\":4,\"index\":0,\"data\":null'\n";
const std::string free_port_ipv6 =
    "ask '6,\"address\":null,\"port\":0,\"addressType\":6,\"index\":0,\"data\":null'\n";

const std::string nonsense = "ask '9,\"address\":null,\"port\":\"many\",\"addressType\":4'\n";

// The errno in the answer that a worker had to its question of this number, from 0; null if none.
cluster::json error_in(const scripted_workers& cluster, std::size_t number) {
    const auto answer = cluster.heard.at(number).second.value("heard", cluster::json());
    return answer.is_object() ? answer.value("errno", cluster::json()) : cluster::json();
}

// How a worker's question was answered: by which of the sockets that were opened.
struct answered {
    int worker;
    cluster::socket_type asked;
    int socket;
};

// In the place of a socket: one that remembers who was given it.
class numbered_socket : public cluster::served_socket {
  public:
    numbered_socket(int number, std::vector<answered>& answers)
        : number_(number), answers_(answers) {}

    void give(cluster::worker_process& worker, const cluster::cluster_message& question,
              cluster::listen_reply reply) override {
        const auto query = cluster::listen_query::from_json(question.fields);
        answers_.push_back({worker.id(), query->type, number_});
        cluster::reply_to(worker, question, cluster::messages::reply_without_socket(reply));
    }

  private:
    int number_;
    std::vector<answered>& answers_;
};

// One for which the worker has no room.
class ungivable_socket : public cluster::served_socket {
  public:
    void give(cluster::worker_process&, const cluster::cluster_message&,
              cluster::listen_reply) override {
        throw std::system_error(EMFILE, std::system_category(), "send");
    }
};

// The numbers of the sockets that were given for a type.
std::vector<int> given(const std::vector<answered>& answers, cluster::socket_type type) {
    std::vector<int> numbers;
    for (const answered& each : answers) {
        if (each.asked == type) numbers.push_back(each.socket);
    }
    return numbers;
}

}  // namespace

TEST_CASE("who asks the same gets the same socket, and who asks otherwise another",
          "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        std::vector<answered> answers;
        int opened = 0;
        scripted_workers cluster(executor, asking + free_port_ipv4 + free_port_ipv6);
        cluster::listening_sockets sockets(*cluster, [&](const cluster::listen_query&) {
            return std::make_unique<numbered_socket>(++opened, answers);
        });
        cluster->keep_running(2);
        co_await cluster.until([&] { return cluster.heard.size() == 4; },
                               "not all 4 questions of 2 workers for a socket had been answered");
        const auto ipv4 = given(answers, cluster::socket_type::tcp4);
        const auto ipv6 = given(answers, cluster::socket_type::tcp6);
        if (ipv4.size() != 2 || ipv6.size() != 2)
            FAIL("observed: of 2 questions for IPv4 and 2 for IPv6 "
                 << ipv4.size() << " and " << ipv6.size() << " were answered with a socket");
        if (ipv4[0] != ipv4[1] || ipv6[0] != ipv6[1])
            FAIL(
                "observed: two workers asked for port 0 in the same words and were given two "
                "sockets, numbers "
                << ipv4[0] << " and " << ipv4[1] << ": each would listen on a port of its own");
        if (ipv4[0] == ipv6[0])
            FAIL("observed: a question for IPv6 was answered with the socket for IPv4, number "
                 << ipv4[0]);
        if (opened != 2)
            FAIL("observed: " << opened << " sockets were opened for 2 different questions");
    });
}

TEST_CASE("a worker hears why it has no socket", "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        scripted_workers cluster(executor, asking + free_port_ipv4 + nonsense);
        cluster::listening_sockets sockets(
            *cluster, [&](const cluster::listen_query&) -> std::unique_ptr<cluster::served_socket> {
                throw std::system_error(EADDRINUSE, std::system_category(), "bind");
            });
        cluster->keep_running(1);
        co_await cluster.until([&] { return !cluster.heard.empty(); },
                               "a worker whose address is in use had no answer at all");
        if (error_in(cluster, 0) != cluster::json(-EADDRINUSE))
            FAIL("observed: a worker whose address is in use was answered with the errno "
                 << error_in(cluster, 0) << ", not " << -EADDRINUSE << ": "
                 << cluster.heard[0].second);
        co_await cluster.until([&] { return cluster.heard.size() == 2; },
                               "a question for the port \"many\" had no answer at all");
        if (error_in(cluster, 1) != cluster::json(-EINVAL))
            FAIL("observed: a question for the port \"many\" was answered with the errno "
                 << error_in(cluster, 1) << ", not " << -EINVAL << ": " << cluster.heard[1].second);
    });
}

TEST_CASE("a socket that could not be opened or given is tried again when somebody asks",
          "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        std::vector<answered> answers;
        int tried = 0;
        scripted_workers cluster(executor,
                                 asking + free_port_ipv4 + free_port_ipv4 + free_port_ipv4);
        cluster::listening_sockets sockets(
            *cluster, [&](const cluster::listen_query&) -> std::unique_ptr<cluster::served_socket> {
                if (++tried == 1)
                    throw std::system_error(EADDRINUSE, std::system_category(), "bind");
                if (tried == 2) return std::make_unique<ungivable_socket>();
                return std::make_unique<numbered_socket>(tried, answers);
            });
        cluster->keep_running(1);
        co_await cluster.until([&] { return cluster.heard.size() >= 2; },
                               "a question whose first try had failed was asked again, and had no "
                               "answer");
        if (tried < 2)
            FAIL(
                "observed: a socket could not be opened, and who asked again was answered without "
                "another try: "
                << cluster.heard[1].second);
        co_await cluster.until([&] { return cluster.heard.size() == 3; },
                               "a socket could not be given, and who asked again had no answer");
        if (tried != 3 || answers.size() != 1)
            FAIL("observed: a socket was opened and could not be given, and who asked again was "
                 << "answered without another try: " << cluster.heard[2].second);
    });
}

TEST_CASE("the key says all that makes a question what it is, in JavaScript's words",
          "[04][exercise]") {
    using cluster::listen_query;
    using cluster::socket_type;
    listen_query asked = cluster::tcp_query("127.0.0.1", 8000);
    const auto compare = [&](const std::string& what, const std::string& wanted) {
        if (asked.key() != wanted)
            FAIL("observed: the key of " << what << " is \"" << asked.key() << "\", not \""
                                         << wanted << '"');
    };
    compare("TCP port 8000 of 127.0.0.1", "127.0.0.1:8000:4:undefined:0");
    asked.index = 1;
    compare("the same, asked for by the same worker again", "127.0.0.1:8000:4:undefined:1");
    asked = cluster::tcp_query("::1", 8000);
    compare("TCP port 8000 of ::1", "::1:8000:6:undefined:0");
    asked = {};
    compare("TCP port 0 of every address", "null:0:4:undefined:0");
    asked.type = socket_type::udp4;
    compare("UDP port 0 of every address", "null:0:udp4:undefined:0");
    asked.type = socket_type::unix_path;
    asked.address = "/run/shop";
    asked.port = -1;
    compare("the path /run/shop", "/run/shop:-1:-1:undefined:0");
    asked = {};
    asked.type = socket_type::descriptor;
    asked.port.reset();
    asked.fd = 3;
    compare("descriptor 3", "null:null:null:3:0");
}
