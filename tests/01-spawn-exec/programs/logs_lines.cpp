// logs_lines ROLE LINES LENGTH: logs that many lines, numbered, each with LENGTH letters.
#include <cstdlib>
#include <string>

#include "support/log.hpp"

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    support::set_log_role(argv[1]);
    const std::string letters(static_cast<std::size_t>(std::atoi(argv[3])), 'x');
    for (int n = 0; n < std::atoi(argv[2]); ++n) support::log() << "line " << n << " " << letters;
}
