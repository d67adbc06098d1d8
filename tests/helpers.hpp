// What the tests of all stages use.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "support/asio.hpp"

namespace tests {

/// How long anything may take before a test calls it stuck. Generous: machines that run tests are
/// busy, and under the sanitizers all is several times as slow.
#ifdef __SANITIZE_ADDRESS__
inline constexpr std::chrono::seconds patience{90};
/// What such a machine may add to a promised time. A promise of seconds is held against the next
/// slower way out by which it could be kept; the exact figure is for measurements on a quiet one.
inline constexpr std::chrono::seconds slack{30};
#else
inline constexpr std::chrono::seconds patience{30};
inline constexpr std::chrono::seconds slack{3};
#endif

/// Runs a test's coroutine on an io_context of its own; fails it when it takes longer than
/// `patience`.
void run(const std::function<asio::awaitable<void>()>& body);

/// The same for the tests that take longer than `patience` on a busy machine.
void run_at_most(std::chrono::seconds limit, const std::function<asio::awaitable<void>()>& body);

/// The path of a program of tests/programs, built.
[[nodiscard]] std::string program(const std::string& name);

/// The path of a stage's program: stage_program("02-fork-ipc", "ping_child").
[[nodiscard]] std::string stage_program(const std::string& folder, const std::string& name);

/// A file of the repository: source_file("02-fork-ipc/node/ping_child.js").
[[nodiscard]] std::string source_file(const std::string& path);

/// Whether Node is there to be tested against. When it is not, says SKIPPED so that ctest reports
/// the test so, and the test returns at once: `if (!tests::node_is_here()) return;`
[[nodiscard]] bool node_is_here();

/// A folder for temporary files, removed with everything in it.
class temporary_folder {
  public:
    /// @param where  the folder to make it in
    explicit temporary_folder(
        const std::filesystem::path& where = std::filesystem::temp_directory_path());
    ~temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const {
        return (path_ / name).string();
    }

  private:
    std::filesystem::path path_;
};

/// The lowest limit of descriptors that leaves `free` of them, for as long as this lives: for
/// running out on purpose.
class few_descriptors {
  public:
    explicit few_descriptors(int free);
    ~few_descriptors();
    few_descriptors(const few_descriptors&) = delete;
    few_descriptors& operator=(const few_descriptors&) = delete;

  private:
    unsigned long before_;
};

/// A blocking TCP connection to 127.0.0.1:`port`, as a descriptor.
[[nodiscard]] int connect_to(std::uint16_t port);

/// One HTTP request on a connection of its own, answered: the whole response text; empty if refused
/// or cut.
[[nodiscard]] std::string http_get(std::uint16_t port, const std::string& target);

}  // namespace tests
