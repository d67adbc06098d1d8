#include "support/flags.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <utility>

#include "support/environment.hpp"

namespace support {

namespace po = boost::program_options;

struct flags::implementation {
    std::string program;
    std::string summary;
    po::options_description options{"Flags"};
    std::vector<std::string>* rest = nullptr;
    std::string rest_usage;
    std::vector<std::string> with_value;  // "--name" of each flag that takes one

    // Where the flags end and the command begins: program_options alone would read the command's
    // flags as ours.
    [[nodiscard]] int end_of_flags(int argc, const char* const* argv) const {
        int at = 1;
        while (at < argc && argv[at][0] == '-' && std::string(argv[at]) != "--") {
            const bool takes_next =
                std::find(with_value.begin(), with_value.end(), argv[at]) != with_value.end();
            at += takes_next ? 2 : 1;
        }
        return std::min(at, argc);
    }

    template <class Value>
    void add(const char* name, Value& value, const char* help) {
        options.add_options()(name, po::value(&value)->default_value(value), help);
        with_value.push_back("--" + std::string(name));
    }
};

flags::flags(std::string program, std::string summary) : self_(std::make_unique<implementation>()) {
    self_->program = std::move(program);
    self_->summary = std::move(summary);
    self_->options.add_options()("help,h", "show this text");
}
flags::~flags() = default;

void flags::add(const char* name, bool& value, const char* help) {
    self_->options.add_options()(name, po::bool_switch(&value)->default_value(value), help);
}
void flags::add(const char* name, int& value, const char* help) {
    self_->add(name, value, help);
}
// Not by lexical_cast, which takes "-1" for 65535.
void flags::add(const char* name, std::uint16_t& value, const char* help) {
    const auto take = [&value, name](const std::string& text) {
        const auto port = number_in<std::uint16_t>(text);
        if (!port) throw po::error("--" + std::string(name) + ": '" + text + "' is no port number");
        value = *port;
    };
    auto* text = po::value<std::string>()->default_value(std::to_string(value))->notifier(take);
    self_->options.add_options()(name, text, help);
    self_->with_value.push_back("--" + std::string(name));
}
void flags::add(const char* name, std::string& value, const char* help) {
    self_->add(name, value, help);
}

void flags::rest(std::vector<std::string>& words, const char* usage) {
    self_->rest = &words;
    self_->rest_usage = usage;
}

std::optional<int> flags::parse(int argc, const char* const* argv) try {
    int end = self_->rest != nullptr ? self_->end_of_flags(argc, argv) : argc;
    const po::positional_options_description no_words;
    po::variables_map found;
    po::store(po::command_line_parser(end, argv).options(self_->options).positional(no_words).run(),
              found);
    if (found.count("help") > 0) {
        std::cout << "usage: " << self_->program << " [flags]"
                  << (self_->rest != nullptr ? " [--] " + self_->rest_usage : "") << "\n\n"
                  << self_->summary << "\n\n"
                  << self_->options;
        return 0;
    }
    po::notify(found);
    if (self_->rest != nullptr) {
        if (end < argc && std::string(argv[end]) == "--") ++end;
        self_->rest->assign(argv + end, argv + argc);
    }
    return std::nullopt;
} catch (const po::error& error) {
    return wrong(error.what());
}

int flags::wrong(const std::string& what) const {
    std::cerr << self_->program << ": " << what << "; see " << self_->program << " --help"
              << std::endl;
    return 2;
}

std::uint16_t default_port() {
    constexpr std::uint16_t usual = 8000;
    const char* text = std::getenv("PORT");
    if (text == nullptr) return usual;
    return number_in<std::uint16_t>(text).value_or(usual);
}

std::string sibling_program(const std::string& name, const std::string& folder) {
    const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    return (folder.empty() ? here / name : here.parent_path() / folder / name).string();
}

}  // namespace support
