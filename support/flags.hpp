// Command line flags, on Boost.Program_options (which is compiled in flags.cpp only).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace support {

/// The flags of one program. Each add() binds a variable whose present value is the default.
///
///     std::uint16_t port = support::default_port();
///     support::flags flags("share_udp", "Passes a UDP socket to a child.");
///     flags.add("port", port, "port to listen on; 0 picks a free one");
///     if (auto code = flags.parse(argc, argv)) return *code;
class flags {
  public:
    flags(std::string program, std::string summary);
    ~flags();
    flags(const flags&) = delete;
    flags& operator=(const flags&) = delete;

    /// @lifetime the variable must outlive parse()
    void add(const char* name, bool& value, const char* help);
    void add(const char* name, int& value, const char* help);
    void add(const char* name, std::uint16_t& value, const char* help);
    void add(const char* name, std::string& value, const char* help);

    /// Takes what follows the flags, from the first word that is no flag (or after `--`), as it
    /// stands: a command with flags of its own. `usage` names it in the help, such as "COMMAND
    /// [ARGUMENT...]".
    void rest(std::vector<std::string>& words, const char* usage);

    /// @return nothing when the program shall go on; otherwise its exit code: 0 after --help
    ///         (printed on stdout), 2 after a wrong flag (named on stderr)
    [[nodiscard]] std::optional<int> parse(int argc, const char* const* argv);

    /// Says on stderr what is wrong with the command line, and returns the exit code for it, 2.
    [[nodiscard]] int wrong(const std::string& what) const;

  private:
    struct implementation;
    std::unique_ptr<implementation> self_;
};

/// The port a server listens on unless --port says otherwise: the environment variable PORT, or
/// 8000.
[[nodiscard]] std::uint16_t default_port();

/// The program `name` that was built beside the one that runs now (in the same folder), or beside
/// another stage's: sibling_program("ping_child", "02-fork-ipc").
/// @throws std::system_error "readlink /proc/self/exe"
[[nodiscard]] std::string sibling_program(const std::string& name, const std::string& folder = "");

}  // namespace support
