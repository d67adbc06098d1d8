#include "04-auto-restart/crash_report.hpp"

#include <ostream>

namespace cluster {

std::ostream& operator<<(std::ostream& out, const crash_report& report) {
    out << "worker " << report.id << " (slot " << report.slot << ", pid " << report.pid
        << ") ended: " << report.status;
    if (report.wanted) return out << ", as it should";
    if (!report.reason.empty()) out << ", because: " << report.reason;
    if (!report.was_ready) out << ", before it was ready";
    if (report.connections > 0) out << ", with " << report.connections << " open connections";
    if (!report.last_words.empty() && !report.status.success()) {
        out << "; it said at last:\n" << report.last_words;
    }
    return out;
}

}  // namespace cluster
