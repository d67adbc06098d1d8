#include "01-spawn-exec/spawn_options.hpp"

#include <unistd.h>

#include <string_view>

namespace child_process {

environment current_environment() {
    environment result;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (equals == std::string_view::npos || equals == 0) continue;  // no name
        result.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return result;
}

}  // namespace child_process
