// What stands in a handout instead of a function's body.
#pragma once

#include <stdexcept>
#include <string>

namespace kit {

/// Says that a function of the exercise is still to be written, and which one.
class not_implemented_error : public std::logic_error {
  public:
    explicit not_implemented_error(const std::string& function)
        : std::logic_error("not implemented: " + function) {}
};

/// @param function  its name, as in its definition: "frame_decoder::next"
/// @throws not_implemented_error always
[[noreturn]] void not_implemented(const char* function);

}  // namespace kit
