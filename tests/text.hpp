// Values and files as text, to be compared and told of.
#pragma once

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace tests {

/// What the value's operator<< writes.
template <class T>
[[nodiscard]] std::string printed(const T& value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

/// The bytes of a file; empty if it cannot be read.
[[nodiscard]] inline std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace tests
