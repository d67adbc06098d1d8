// listens_twice: a worker with two listeners for messages. Each answers {"NAME": MESSAGE}; a socket
// that came with the message has NAME written to it as a line.
#include <unistd.h>

#include <cluster_workshop/cluster.hpp>
#include <nlohmann/json.hpp>

#include "tests/06-cluster-lib/programs/worker_program.hpp"

using json = nlohmann::json;
using child_process::handle;

namespace {

asio::awaitable<void> send(cluster::this_worker& from, json message) {
    static_cast<void>(co_await from.send(message));
}

asio::awaitable<void> live(cluster::this_worker& self) {
    const auto executor = co_await asio::this_coro::executor;
    const auto answer_as = [&](const std::string& name) {
        self.on_message([&, name](const json& message, std::optional<handle> passed) {
            const std::string line = name + "\n";
            if (passed) static_cast<void>(::write(passed->fd(), line.data(), line.size()));
            asio::co_spawn(executor, send(self, json{{name, message}}), support::rethrow);
        });
    };
    answer_as("first");
    answer_as("second");
    co_await self.until_leaving();
}

}  // namespace

int main(int argc, char** argv) {
    return be_worker(argc, argv, live);
}
