// reports_its_descriptors: the numbers of its open descriptors, in order, on one line.
#include <fcntl.h>

#include <iostream>

int main() {
    constexpr int enough = 4096;
    const char* gap = "";
    for (int fd = 0; fd < enough; ++fd) {
        if (::fcntl(fd, F_GETFD) == -1) continue;
        std::cout << gap << fd;
        gap = " ";
    }
    std::cout << std::endl;
}
