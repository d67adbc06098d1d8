#include "04-auto-restart/process_title.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

namespace cluster {
namespace {

// Where the kernel finds the command line when somebody reads /proc/PID/cmdline: the texts of argv,
// one after the other, each with its zero byte.
struct argument_area {
    char* begin = nullptr;
    std::size_t size = 0;
};

// "pid (name) state …": the name may hold spaces and parentheses, so it ends at the last one.
argument_area find_arguments() {
    constexpr int first_field = 3;  // in proc(5)'s numbers, the one behind the name
    constexpr int arg_start = 48;
    std::ifstream file("/proc/self/stat");
    std::ostringstream text;
    text << file.rdbuf();
    const std::string stat = text.str();
    const auto name_end = stat.rfind(')');
    if (name_end == std::string::npos) return {};
    std::istringstream fields(stat.substr(name_end + 1));
    std::string skipped;
    for (int field = first_field; field < arg_start; ++field) fields >> skipped;
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    fields >> begin >> end;
    if (!fields || begin == 0 || end <= begin) return {};
    return {reinterpret_cast<char*>(begin), end - begin};
}

}  // namespace

void set_process_title(std::string_view title) {
    ::prctl(PR_SET_NAME, std::string(title).c_str());  // cuts it itself
    const argument_area arguments = find_arguments();
    if (arguments.size == 0) return;
    // The last byte stays zero: with another one there the kernel would take what follows, the
    // environment, for more of the command line.
    const auto length = std::min(title.size(), arguments.size - 1);
    char* const rest = std::copy_n(title.data(), length, arguments.begin);
    std::fill(rest, arguments.begin + arguments.size, '\0');
}

}  // namespace cluster
