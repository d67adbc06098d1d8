// Passes its channel (descriptor 3) on through the unix socket at descriptor 4, and stays until
// that one is closed: a test becomes the child of somebody else's parent.
#include <unistd.h>

#include "03-handle-passing/fd_passing.hpp"

int main() {
    constexpr int channel = 3;
    constexpr int line = 4;
    if (child_process::send_with_descriptor(line, "x", channel) != 1) return 1;
    ::close(channel);
    char byte = 0;
    return ::read(line, &byte, 1) == 0 ? 0 : 1;
}
