// owns_directory PATH: takes a state directory, says "mine" or why not, and stays until its input
// ends.
#include <iostream>
#include <string>

#include "07-state-sharing/state_directory.hpp"
#include "07-state-sharing/store_error.hpp"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    try {
        const state::state_directory directory(argv[1]);
        std::cout << "mine" << std::endl;
        for (std::string line; std::getline(std::cin, line);) continue;
    } catch (const state::store_error& error) {
        std::cout << to_string(error.fault()) << ": " << error.what() << std::endl;
    }
}
