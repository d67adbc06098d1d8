// misbehaves HOW WORKER ARGUMENTS…: the first worker of a cluster breaks the rules of its channel;
// its replacements become WORKER.
//   --garbage      says what is no JSON
//   --half         says half a message, and ends
//   --endless      a message without an end
//   --closes       closes its channel, and stays
//   --wrong-types  asks for sockets in words that mean nothing, prints the answers, and ends
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

const int channel = std::atoi(std::getenv("NODE_CHANNEL_FD"));

[[noreturn]] void stay() {
    for (;;) ::pause();
}

void say(const std::string& text) {
    if (::write(channel, text.data(), text.size()) == -1) stay();
}

std::string hear() {
    std::string line;
    for (char next = 0; ::read(channel, &next, 1) == 1 && next != '\n';) line += next;
    return line;
}

void ask(const std::string& fields) {
    say(R"({"cmd":"NODE_CLUSTER","act":"queryServer","seq":7,)" + fields + "}\n");
    std::cout << "answer " << hear() << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    if (std::string(std::getenv("NODE_UNIQUE_ID")) != "1") return ::execv(argv[2], argv + 2);
    const std::string how = argv[1];
    if (how == "--garbage") say("{\"act\":\n");
    if (how == "--half") {
        say("{\"act\":");
        return 0;
    }
    if (how == "--endless") {
        for (const std::string chunk(65536, '1');;) say(chunk);
    }
    if (how == "--closes") ::close(channel);
    if (how == "--wrong-types") {
        ask(R"("address":5,"port":0,"addressType":4)");
        ask(R"("address":"127.0.0.1","port":"0","addressType":4)");
        ask(R"("address":"127.0.0.1","port":65536,"addressType":4)");
        ask(R"("address":"127.0.0.1","port":0,"addressType":"tcp")");
        ask(R"("address":"no address","port":0,"addressType":4)");
        return 0;
    }
    stay();
}
