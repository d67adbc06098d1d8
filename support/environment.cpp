#include "support/environment.hpp"

#include <cstdlib>

namespace support {

std::optional<std::string> take_variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    std::string result = value;
    ::unsetenv(name);
    return result;
}

}  // namespace support
