// A worker that says what the test wants: of each message {"say": …} it sends what is in there as
// its own, and of every other message it tells: {"heard": …}. It acknowledges each descriptor, and
// closes it.
#include <unistd.h>

#include <array>
#include <deque>
#include <nlohmann/json.hpp>
#include <string>

#include "02-fork-ipc/fork.hpp"
#include "03-handle-passing/fd_passing.hpp"
#include "support/syscall.hpp"

namespace {

void say(int channel, const nlohmann::json& message) {
    const std::string line = message.dump() + "\n";
    if (::write(channel, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(3);
}

void obey(int channel, const nlohmann::json& message) {
    if (message.contains("say")) return say(channel, message["say"]);
    if (message["cmd"] == "NODE_HANDLE") say(channel, {{"cmd", "NODE_HANDLE_ACK"}});
    say(channel, {{"heard", message}});
}

}  // namespace

int main() {
    auto end = child_process::inherited_channel();
    if (!end) return 2;
    support::set_nonblocking(end->get(), false);
    say(end->get(), {{"cmd", "NODE_CLUSTER"}, {"act", "online"}, {"seq", 0}});
    std::string unread;
    std::array<char, 4096> room{};
    for (;;) {
        std::deque<support::unique_fd> arrived;
        const auto count = child_process::receive_with_descriptors(end->get(), room, arrived);
        if (count <= 0) return 0;
        unread.append(room.data(), static_cast<std::size_t>(count));
        for (auto at = unread.find('\n'); at != unread.npos; at = unread.find('\n')) {
            obey(end->get(), nlohmann::json::parse(unread.substr(0, at)));
            unread.erase(0, at + 1);
        }
    }
}
