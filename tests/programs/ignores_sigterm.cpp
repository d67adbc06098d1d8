// ignores_sigterm: says "ready" and stays, whatever SIGTERM wants.
#include <unistd.h>

#include <csignal>

int main() {
    std::signal(SIGTERM, SIG_IGN);
    if (::write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
    for (;;) ::pause();
}
