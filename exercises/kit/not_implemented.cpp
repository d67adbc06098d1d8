#include "exercises/kit/not_implemented.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace kit {
namespace {

const pid_t the_check = ::getpid();

void say(int fd, const std::string& line) {
    [[maybe_unused]] const auto written = ::write(fd, line.data(), line.size());
}

// A new process may have other descriptors by now, and perhaps the check's memory: nothing may be
// thrown there, since whoever caught it would be the check's own code in the wrong process.
[[noreturn]] void end_child(const std::string& line) {
    const std::string output = "/proc/" + std::to_string(the_check) + "/fd/2";
    say(::open(output.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC), line);
    ::_exit(127);
}

}  // namespace

// Written at once and past all buffers: whoever catches the exception, or dies of it in a noexcept
// function, has said what is missing.
void not_implemented(const char* function) {
    const not_implemented_error error(function);
    const std::string line = std::string(error.what()) + "\n";
    if (::getpid() != the_check) end_child(line);
    say(STDERR_FILENO, line);
    throw error;
}

}  // namespace kit
