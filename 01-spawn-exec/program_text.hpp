// The texts a program is started with, in the form that execve(2) takes.
#pragma once

#include <string>
#include <vector>

#include "01-spawn-exec/spawn_options.hpp"

namespace child_process {

/// Which files to try, the arguments, the environment: checked, complete, and owned here for as
/// long as the kernel needs the pointers. Pure: it looks at no file.
class program_text {
  public:
    /// @throws std::invalid_argument for an empty file name, a bad name in the environment, or a
    ///         zero byte anywhere: the kernel would take the text to end there
    program_text(const std::string& file, const std::vector<std::string>& arguments,
                 const spawn_options& options);

    /// The paths to try, in order: the name itself if it holds a slash, otherwise the folders of
    /// the child's PATH.
    [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

    /// These, the arguments and the environment as pointers into this object, argv and envp ending
    /// with a null.
    [[nodiscard]] std::vector<const char*> file_pointers() const;
    [[nodiscard]] std::vector<char*> argv() { return pointers(arguments_); }
    [[nodiscard]] std::vector<char*> envp() { return pointers(entries_); }

  private:
    static std::vector<char*> pointers(std::vector<std::string>& texts);

    std::vector<std::string> files_;
    std::vector<std::string> arguments_;
    std::vector<std::string> entries_;  // "NAME=value" each
};

}  // namespace child_process
