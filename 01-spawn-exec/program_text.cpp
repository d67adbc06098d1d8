#include "01-spawn-exec/program_text.hpp"

#include <sstream>
#include <stdexcept>

namespace child_process {
namespace {

void reject_zero_byte(const std::string& text, const char* what) {
    if (text.find('\0') == std::string::npos) return;
    throw std::invalid_argument(std::string(what) + " must not contain a zero byte");
}

// The paths that a shell would try for `file`. An empty folder in PATH means the working folder.
std::vector<std::string> candidates(const std::string& file, const environment& env) {
    if (file.find('/') != std::string::npos) return {file};
    const auto path = env.find("PATH");
    std::istringstream folders(path != env.end() ? path->second : "/usr/local/bin:/bin:/usr/bin");
    std::vector<std::string> result;
    for (std::string folder; std::getline(folders, folder, ':');) {
        std::string& candidate = result.emplace_back(folder.empty() ? "." : folder);
        candidate.append("/").append(file);
    }
    return result;
}

std::vector<std::string> as_entries(const environment& env) {
    std::vector<std::string> entries;
    entries.reserve(env.size());
    for (const auto& [name, value] : env) {
        if (name.empty() || name.find('=') != std::string::npos) {
            throw std::invalid_argument("no name for an environment variable: '" + name + "'");
        }
        entries.emplace_back(name).append("=").append(value);
    }
    return entries;
}

}  // namespace

program_text::program_text(const std::string& file, const std::vector<std::string>& arguments,
                           const spawn_options& options) {
    if (file.empty()) throw std::invalid_argument("the program's file name must not be empty");
    const environment env = options.env ? *options.env : current_environment();
    if (options.shell) {
        std::string command = file;
        for (const std::string& argument : arguments) command.append(" ").append(argument);
        files_ = {"/bin/sh"};
        arguments_ = {options.argv0.value_or("/bin/sh"), "-c", command};
    } else {
        files_ = candidates(file, env);
        arguments_ = {options.argv0.value_or(file)};
        arguments_.insert(arguments_.end(), arguments.begin(), arguments.end());
    }
    entries_ = as_entries(env);
    reject_zero_byte(file, "the program's file name");
    for (const std::string& argument : arguments_) reject_zero_byte(argument, "an argument");
    for (const std::string& entry : entries_) reject_zero_byte(entry, "the environment");
    if (options.cwd) reject_zero_byte(*options.cwd, "the working folder");
}

std::vector<const char*> program_text::file_pointers() const {
    std::vector<const char*> result;
    for (const std::string& file : files_) result.push_back(file.c_str());
    return result;
}

std::vector<char*> program_text::pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

}  // namespace child_process
