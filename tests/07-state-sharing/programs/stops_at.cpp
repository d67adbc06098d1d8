// stops_at POINT OPERATION PATH: does something to a file_store whose key "a" is 1 (and stops for
// good when it comes to POINT, having said so). The other end is to kill it there.
#include <unistd.h>

#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "07-state-sharing/file_store.hpp"

namespace {

void operate(state::store& store, const std::string& operation) {
    if (operation == "set") store.set("a", 2);
    if (operation == "erase") store.erase("a");
    if (operation == "update") {
        store.update("a", [](const auto&) { return std::optional<nlohmann::json>(2); });
    }
    if (operation == "get") (void)store.get("a");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const std::string operation = argv[2];
    bool armed = operation == "open";
    state::file_store_options options;
    options.lasts = state::durability::disk;
    options.at = [&](const char* point) {
        if (!armed || std::strcmp(point, argv[1]) != 0) return;
        std::cout << "at " << point << std::endl;
        for (;;) ::pause();
    };
    try {
        state::file_store store(argv[3], options);
        armed = true;
        operate(store, operation);
        std::cout << "done" << std::endl;
    } catch (const state::store_error& error) {
        std::cout << to_string(error.fault()) << std::endl;
    }
}
