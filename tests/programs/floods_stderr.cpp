// floods_stderr BYTES: first writes that much to standard error, then "done" to standard output. A
// parent that reads only one of the two never sees the end.
#include <unistd.h>

#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
    const std::string flood(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0, 'e');
    for (std::size_t done = 0; done < flood.size();) {
        const auto count = ::write(STDERR_FILENO, flood.data() + done, flood.size() - done);
        if (count == -1) return 1;
        done += static_cast<std::size_t>(count);
    }
    return ::write(STDOUT_FILENO, "done\n", 5) == 5 ? 0 : 1;
}
