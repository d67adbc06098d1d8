#include "01-spawn-exec/exit_status.hpp"

#include <csignal>
#include <cstring>
#include <ostream>

namespace child_process {

exit_status exit_status::from(const siginfo_t& info) {
    if (info.si_code == CLD_EXITED) return exited(info.si_status);
    return killed(info.si_status, info.si_code == CLD_DUMPED);
}

std::optional<int> exit_status::code() const {
    return signal_ == 0 ? std::optional(code_) : std::nullopt;
}

std::optional<int> exit_status::signal() const {
    return signal_ != 0 ? std::optional(signal_) : std::nullopt;
}

std::string signal_name(int signal) {
    const char* name = ::sigabbrev_np(signal);
    return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

std::ostream& operator<<(std::ostream& out, const exit_status& status) {
    if (status.signal_ == 0) return out << "code " << status.code_;
    return out << "signal " << signal_name(status.signal_)
               << (status.core_ ? " (core dumped)" : "");
}

}  // namespace child_process
