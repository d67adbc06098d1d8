// reports_its_environment: every entry of its environment, a line each.
#include <unistd.h>

#include <iostream>

int main() {
    for (char** entry = environ; *entry != nullptr; ++entry) std::cout << *entry << "\n";
}
