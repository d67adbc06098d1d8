// The main function of every test executable: Catch2's, with the leak listener's verdict added.
#define CATCH_CONFIG_RUNNER
#include "tests/catch.hpp"
#include "tests/leaks.hpp"

int main(int argc, char** argv) {
    tests::watch_for_leaks();
    const int failed = Catch::Session().run(argc, argv);
    tests::stop_watching_for_leaks();
    return failed != 0 ? failed : tests::leaking_tests();
}
