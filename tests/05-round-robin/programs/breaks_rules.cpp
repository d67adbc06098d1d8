// A worker that says "online" and "queryServer" like any other, and then, by its first argument,
// what no worker should: "garbage", "half" (a message without an end, and silence), "flood" (400 MB
// without a newline), "unknown" (answers to connections that nobody offered), "lane" (nonsense on
// its lane), "descriptors" (descriptors that nobody announces), "asks" (for the same socket without
// end, and reads no answer), "leaves" (says so without end).
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "02-fork-ipc/fork.hpp"
#include "03-handle-passing/fd_passing.hpp"
#include "support/syscall.hpp"

namespace {

int channel = -1;

void say(const std::string& bytes) {
    std::string_view left = bytes;
    while (!left.empty()) {
        const ssize_t count = ::send(channel, left.data(), left.size(), MSG_NOSIGNAL);
        if (count <= 0) ::_exit(3);  // the primary has had enough
        left.remove_prefix(static_cast<std::size_t>(count));
    }
}

void say_on_lane() {
    std::deque<support::unique_fd> arrived;
    std::string room(65536, '\0');
    while (arrived.empty()) {
        if (child_process::receive_with_descriptors(channel, room, arrived) <= 0) ::_exit(3);
    }
    say("{\"cmd\":\"NODE_HANDLE_ACK\"}\n");
    const std::string nonsense(160, 'x');
    ::send(arrived.front().get(), nonsense.data(), nonsense.size(), MSG_NOSIGNAL);
}

// Until the primary has had enough.
[[noreturn]] void repeat(const std::string& message) {
    for (;;) say(message);
}

void misbehave(const std::string& how) {
    if (how == "garbage") say("this is no JSON\n");
    if (how == "half") say("{\"cmd\":");
    if (how == "unknown") {
        for (int n = 0; n < 1000; ++n) {
            say("{\"cmd\":\"NODE_CLUSTER\",\"ack\":" + std::to_string(n) + ",\"accepted\":true}\n");
        }
        say("{\"cmd\":\"NODE_HANDLE_ACK\"}\n{\"cmd\":\"NODE_HANDLE_NACK\"}\n");
    }
    if (how == "flood") {
        const std::string megabyte(1024 * 1024, 'x');
        for (int n = 0; n < 400; ++n) say(megabyte);
    }
    if (how == "lane") say_on_lane();
    if (how == "leaves") {
        repeat("{\"cmd\":\"NODE_CLUSTER\",\"act\":\"exitedAfterDisconnect\",\"seq\":3}\n");
    }
    if (how == "descriptors") {
        for (int n = 0; n < 64; ++n) {
            if (child_process::send_with_descriptor(channel, "{", 0) < 1) ::_exit(3);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string how = argc > 1 ? argv[1] : "";
    auto end = child_process::inherited_channel();
    if (!end) return 2;
    channel = end->get();
    support::set_nonblocking(channel, false);
    const std::string lane = how == "lane" ? ",\"lane\":true" : "";
    say("{\"cmd\":\"NODE_CLUSTER\",\"act\":\"online\",\"seq\":0}\n");
    const std::string query =
        R"("index":0,"data":null,"address":"127.0.0.1","port":0,"addressType":4,"flags":0)" + lane;
    say("{\"cmd\":\"NODE_CLUSTER\",\"act\":\"queryServer\"," + query + ",\"seq\":1}\n");
    say("{\"cmd\":\"NODE_CLUSTER\",\"act\":\"listening\"," + query + ",\"seq\":2}\n");
    if (how == "asks") {
        repeat("{\"cmd\":\"NODE_CLUSTER\",\"act\":\"queryServer\"," + query + ",\"seq\":3}\n");
    }
    misbehave(how);
    for (;;) ::pause();
}
