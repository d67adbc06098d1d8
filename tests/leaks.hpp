// What a test may leave behind: nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tests {

/// Makes the process ready to be watched: a session of its own, by which its descendants are
/// recognised, and a private folder for temporary files. Call it once, first thing in main.
void watch_for_leaks();

/// The open descriptors of this process, each with what it refers to.
[[nodiscard]] std::map<int, std::string> open_descriptors();

/// What is left over now, one line each: descriptors that were not open in `before`, living or
/// zombie children, processes of our session, files in the temporary folder. Processes that are
/// about to end are given two seconds.
[[nodiscard]] std::vector<std::string> find_leaks(const std::map<int, std::string>& before);

/// How many test cases left something behind.
[[nodiscard]] int leaking_tests();

/// Removes the private folder.
void stop_watching_for_leaks();

}  // namespace tests
