// reports_its_signals: the signals it was born ignoring or blocking, a line each; nothing is right.
#include <csignal>
#include <iostream>

int main() {
    sigset_t blocked;
    ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
    for (int signal = 1; signal < NSIG; ++signal) {
        struct sigaction action {};
        ::sigaction(signal, nullptr, &action);
        if (action.sa_handler == SIG_IGN) std::cout << "ignored " << signal << std::endl;
        if (::sigismember(&blocked, signal) == 1) std::cout << "blocked " << signal << std::endl;
    }
}
