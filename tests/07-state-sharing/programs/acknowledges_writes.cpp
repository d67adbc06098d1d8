// acknowledges_writes KIND DIRECTORY: writes the numbers from "n" + 1 on, for ever, and each into
// the keys "n" and "copy/0" … "copy/9" in turn; says each number once it was acknowledged.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/07-state-sharing/store_kinds.hpp"

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const auto store = tests::open_store(argv[1], argv[2]);
    for (;;) {
        const std::int64_t number = store->increment("n");
        store->set("copy/" + std::to_string(number % 10), number);
        std::cout << number << std::endl;
    }
}
