// reports_arguments ARG…: its arguments from argv[0] on, a line each.
#include <iostream>

int main(int argc, char** argv) {
    for (int n = 0; n < argc; ++n) std::cout << argv[n] << "\n";
}
