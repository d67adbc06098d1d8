// uses_store KIND DIRECTORY: another process at a store. Obeys lines such as
//     {"do": "set", "key": "a", "value": 1}
// and answers each with a line of JSON.
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/07-state-sharing/store_kinds.hpp"

namespace {

using nlohmann::json;

json done(state::store& store, const json& order) {
    const std::string what = order["do"];
    const std::string key = order.value("key", "");
    if (what == "set") return store.set(key, order["value"]);
    if (what == "erase") return store.erase(key);
    if (what == "latest") return store.latest();
    if (what == "increment") {
        std::int64_t sum = 0;
        for (int left = order.value("times", 1); left > 0; --left) sum = store.increment(key);
        return sum;
    }
    if (what == "swap") {
        const auto written = store.compare_and_set(key, order["expected"], order["value"]);
        return written ? json(*written) : json(nullptr);
    }
    const auto found = store.get(key);
    return found ? found->value() : json(nullptr);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const auto store = tests::open_store(argv[1], argv[2]);
    for (std::string line; std::getline(std::cin, line);) {
        try {
            std::cout << done(*store, json::parse(line)) << std::endl;
        } catch (const state::store_error& error) {
            std::cout << json{{"error", to_string(error.fault())}} << std::endl;
        }
    }
}
