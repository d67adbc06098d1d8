#include "07-state-sharing/file_fault.hpp"

#include <csignal>

#include "support/syscall.hpp"

namespace state {

void throw_file_fault(std::string_view call, std::string_view path) {
    const auto error = support::last_error();
    const int number = error.value();
    const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
    throw store_error(
        full ? store_fault::no_space : store_fault::io,
        std::string(call).append(" ").append(path).append(": ").append(error.message()));
}

void ignore_file_size_signal() {
    struct sigaction present {};
    ::sigaction(SIGXFSZ, nullptr, &present);
    if (present.sa_handler == SIG_DFL) ::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace state
