// reports_its_identity: who and where it is: its ids, groups, process group and session.
#include <unistd.h>

#include <iostream>

int main() {
    std::cout << "uid " << ::getuid() << " gid " << ::getgid() << " other groups "
              << ::getgroups(0, nullptr) << " process group " << ::getpgid(0) << " session "
              << ::getsid(0) << std::endl;
}
