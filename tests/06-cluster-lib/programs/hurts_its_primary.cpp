// The first worker of a primary, which hurts it in the way that its first argument names; all
// others become the program that the further arguments name. Each of the ways would hurt a Node
// peer.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <vector>

#include "02-fork-ipc/fork.hpp"
#include "03-handle-passing/fd_passing.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"

namespace {

int channel = -1;

void say(const std::string& line) {
    const std::string bytes = line + "\n";
    if (::send(channel, bytes.data(), bytes.size(), MSG_NOSIGNAL) <= 0) ::_exit(3);
}

void send_with(const std::string& bytes, int fd) {
    if (child_process::send_with_descriptor(channel, bytes, fd) <= 0) ::_exit(3);
}

void say_with(const std::string& line, int fd) {
    send_with(line + "\n", fd);
}

std::string handle_of(const std::string& type, const std::string& message) {
    return R"({"cmd":"NODE_HANDLE","type":")" + type + R"(","msg":)" + message + "}";
}

// How far it is: the test waits for that.
void tell(const std::string& line) {
    static_cast<void>(!::write(STDOUT_FILENO, line.data(), line.size()));
}

void wait_for_offer() {
    pollfd offer{channel, POLLIN, 0};
    support::retry([&] { return ::poll(&offer, 1, -1); });
}

// Acknowledges each handle, and answers nothing.
[[noreturn]] void take_and_keep_silent() {
    std::deque<support::unique_fd> taken;
    for (std::array<char, 65536> room{};;) {
        const std::size_t before = taken.size();
        if (child_process::receive_with_descriptors(channel, room, taken) <= 0) ::_exit(0);
        if (taken.size() == before) continue;
        say(R"({"cmd":"NODE_HANDLE_ACK"})");
        tell("hurt\n");
    }
}

void hurt(const std::string& how) {
    const auto listening = support::listen_tcp("127.0.0.1", 0);
    if (how == "blank line") say("");
    if (how == "malformed line") say("{");
    if (how == "answers to nothing") {
        for (int n = 0; n < 100; ++n) {
            say(R"({"cmd":"NODE_HANDLE_ACK"})");
            say(R"({"cmd":"NODE_HANDLE_NACK"})");
        }
    }
    if (how == "a file") {
        const support::unique_fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        say_with(handle_of("net.Native", "1"), file.get());
    }
    if (how == "unknown type") say_with(handle_of("net.Unheard", "1"), listening.get());
    if (how == "many descriptors") {
        for (int n = 0; n < 8; ++n) send_with(" ", listening.get());
        say_with(handle_of("net.Native", "1"), listening.get());
    }
    if (how == "no descriptor") say(handle_of("net.Native", "1"));
    if (how == "a connection for its primary") {
        const std::string offer = R"({"cmd":"NODE_CLUSTER","act":"newconn","key":"x","seq":9})";
        say_with(handle_of("net.Socket", offer), listening.get());
    }
    if (how == "early ack") {
        wait_for_offer();
        say(R"({"cmd":"NODE_HANDLE_ACK"})");
    }
    if (how == "no answer") take_and_keep_silent();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    if (std::string(::getenv("NODE_UNIQUE_ID")) != "1") {
        ::execv(argv[2], argv + 2);
        return 127;
    }
    sigset_t begins;  // SIGUSR1, when the others serve
    ::sigemptyset(&begins);
    ::sigaddset(&begins, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &begins, nullptr);
    auto end = child_process::inherited_channel();
    channel = end->get();
    support::set_nonblocking(channel, false);
    const std::string query = R"("index":0,"data":null,"address":null,"port":0,"addressType":4)";
    say(R"({"cmd":"NODE_CLUSTER","act":"online","seq":0})");
    say(R"({"cmd":"NODE_CLUSTER","act":"queryServer",)" + query + R"(,"seq":1})");
    tell("ready\n");
    int signal = 0;
    ::sigwait(&begins, &signal);
    hurt(argv[1]);
    tell("hurt\n");
    for (;;) ::pause();
}
