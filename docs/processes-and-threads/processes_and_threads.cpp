// Processes or threads? Measures each row of the usual comparison on this machine, and prints it.
//
// Exit codes: 0 · 1 something could not be measured · 2 wrong flags
#include <iomanip>
#include <iostream>
#include <sstream>

#include "docs/processes-and-threads/roles.hpp"
#include "docs/processes-and-threads/rows.hpp"
#include "support/cpu_count.hpp"
#include "support/flags.hpp"

namespace comparison {

std::string shown(micros time) {
    std::ostringstream text;
    const bool long_one = time.count() >= 1'000;
    const double value = long_one ? time.count() / 1'000 : time.count();
    text << std::fixed << std::setprecision(value < 100 ? 1 : 0) << value
         << (long_one ? " ms" : " µs");
    return text.str();
}

}  // namespace comparison

namespace {

using comparison::row;

// Characters, not bytes: setw counts bytes, and µ has two.
std::string padded(const std::string& text, std::size_t width) {
    std::size_t characters = 0;
    for (const char each : text) characters += (static_cast<unsigned char>(each) & 0xC0U) != 0x80U;
    return text + std::string(width > characters ? width - characters : 0, ' ');
}

void print(const row& shown) {
    std::cout << "| " << padded(shown.name, 12) << " | " << padded(shown.measured, 36) << " | "
              << padded(shown.threads, 23) << " | " << padded(shown.processes, 46) << " |"
              << std::endl;
}

}  // namespace

int main(int argc, char** argv) try {
    std::string role;
    support::flags flags("processes_and_threads",
                         "Measures what processes and threads cost on this machine.");
    flags.add("role", role, "what this process does for the one that measures; not for you");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (!role.empty()) return comparison::play(role);

    std::cout << "on " << support::available_cpus() << " cpus\n\n";
    print({"", "measured", "threads", "processes"});
    std::cout << "|---|---|---|---|\n";
    for (const auto measure :
         {comparison::data, comparison::memory_and_cpu, comparison::creation_and_switching,
          comparison::coding, comparison::reliability, comparison::distribution}) {
        for (const row& each : measure()) print(each);
    }
    return 0;
} catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << std::endl;
    return 1;
}
