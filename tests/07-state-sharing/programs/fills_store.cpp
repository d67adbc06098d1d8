// fills_store KIND DIRECTORY BYTES: writes with a limit of BYTES for the size of a file, until that
// is reached, and says how it went: "no_space after N, kept N, wrote again".
#include <sys/resource.h>

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/07-state-sharing/store_kinds.hpp"

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const auto store = tests::open_store(argv[1], argv[2]);
    const rlim_t limit = std::strtoul(argv[3], nullptr, 10);
    const rlimit small{limit, limit};
    if (::setrlimit(RLIMIT_FSIZE, &small) == -1) return 3;
    const std::string kilobyte(1000, 'x');
    int written = 0;
    try {
        for (; written < 1000; ++written) store->set(std::to_string(written), kilobyte);
    } catch (const state::store_error& error) {
        std::cout << to_string(error.fault()) << " after " << written;
    }
    std::cout << ", kept " << store->scan("").size();
    store->erase("0");
    store->set("0", kilobyte);
    std::cout << ", wrote again" << std::endl;
}
