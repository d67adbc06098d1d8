// takes_channel_and_becomes COMMAND: takes the channel over, then has a shell in its own place run
// COMMAND.
#include <unistd.h>

#include "02-fork-ipc/fork.hpp"

int main(int argc, char** argv) {
    const auto channel = child_process::inherited_channel();
    if (argc != 2 || !channel) return 2;
    return ::execl("/bin/sh", "sh", "-c", argv[1], nullptr);
}
