// titles_itself: says "ready", then takes each line of its input for its title, and says "done".
#include <iostream>
#include <string>

#include "04-auto-restart/process_title.hpp"

int main() {
    std::cout << "ready" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        cluster::set_process_title(line);
        std::cout << "done" << std::endl;
    }
}
