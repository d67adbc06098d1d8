// spawns_as UID: tries to start `true` as that user, and says what came of it.
#include <cstdlib>
#include <iostream>

#include "01-spawn-exec/spawn.hpp"

int main(int argc, char** argv) {
    asio::io_context io(1);
    child_process::spawn_options options;
    options.uid = argc > 1 ? static_cast<uid_t>(std::atoi(argv[1])) : 0;
    try {
        const auto process = child_process::spawn(io.get_executor(), "true", {}, options);
        std::cout << "started" << std::endl;
    } catch (const child_process::spawn_error& error) {
        std::cout << error.what() << std::endl;
    }
}
