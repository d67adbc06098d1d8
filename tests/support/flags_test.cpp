#include "support/flags.hpp"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "tests/catch.hpp"

namespace {

// What a program's flags came to: values, words, exit code, and what was said.
struct parsed {
    explicit parsed(std::vector<const char*> line, bool with_rest = true) {
        support::flags flags("demo", "Shows flags.");
        flags.add("fast", fast, "be fast");
        flags.add("workers", workers, "how many");
        flags.add("port", port, "where");
        flags.add("name", name, "who");
        if (with_rest) flags.rest(words, "COMMAND [ARGUMENT...]");
        line.insert(line.begin(), "demo");
        std::ostringstream out;
        std::ostringstream err;
        auto* cout_before = std::cout.rdbuf(out.rdbuf());
        auto* cerr_before = std::cerr.rdbuf(err.rdbuf());
        code = flags.parse(static_cast<int>(line.size()), line.data());
        std::cout.rdbuf(cout_before);
        std::cerr.rdbuf(cerr_before);
        said = out.str();
        complained = err.str();
    }

    bool fast = false;
    int workers = 4;
    std::uint16_t port = 8000;
    std::string name = "nobody";
    std::vector<std::string> words;
    std::optional<int> code;
    std::string said;
    std::string complained;
};

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("without flags the defaults stay", "[support][flags]") {
    const parsed result({});
    CHECK(result.code == std::nullopt);
    CHECK(result.workers == 4);
    CHECK(result.port == 8000);
    CHECK_FALSE(result.fast);
    CHECK(result.words.empty());
}

TEST_CASE("flags change their variables, with a space or an equals sign", "[support][flags]") {
    const parsed result({"--fast", "--workers", "2", "--port=0", "--name", "a b"});
    CHECK(result.code == std::nullopt);
    CHECK(result.fast);
    CHECK(result.workers == 2);
    CHECK(result.port == 0);
    CHECK(result.name == "a b");
}

TEST_CASE("the rest begins at the first word and keeps its own flags", "[support][flags]") {
    CHECK(parsed({"--workers", "2", "ls", "-l", "--fast"}).words == strings{"ls", "-l", "--fast"});
    CHECK_FALSE(parsed({"ls", "--fast"}).fast);
    CHECK(parsed({"--fast", "--", "--help"}).words == strings{"--help"});
    CHECK(parsed({"ls", "--", "x"}).words == strings{"ls", "--", "x"});
    CHECK(parsed({"--"}).words.empty());
}

TEST_CASE("--help prints every flag with its default, and ends with 0", "[support][flags]") {
    const parsed result({"--help"});
    CHECK(result.code == 0);
    for (const char* word : {"usage: demo [flags] [--] COMMAND [ARGUMENT...]", "Shows flags.",
                             "--fast", "--workers", "(=4)", "--port", "how many"}) {
        CHECK(result.said.find(word) != std::string::npos);
    }
    CHECK(result.complained.empty());
}

TEST_CASE("a wrong flag is named, and ends with 2", "[support][flags]") {
    for (const std::vector<const char*>& line : {std::vector<const char*>{"--wrong"},
                                                 {"--workers", "many"},
                                                 {"--workers"},
                                                 {"--port", "70000"},
                                                 {"--port", "-1"},
                                                 {"--fast=maybe"}}) {
        const parsed result(line);
        CAPTURE(line.front());
        CHECK(result.code == 2);
        CHECK(result.complained.find("demo: ") == 0);
        CHECK(result.complained.find("see demo --help") != std::string::npos);
        CHECK(result.said.empty());
    }
    CHECK(parsed({"--wrong"}).complained.find("--wrong") != std::string::npos);
}

TEST_CASE("a program without a rest refuses words", "[support][flags]") {
    CHECK(parsed({"word"}, false).code == 2);
}

TEST_CASE("the default port is $PORT, if that is a port, or 8000", "[support][flags]") {
    const char* before = std::getenv("PORT");
    const std::string kept = before != nullptr ? before : "";
    ::unsetenv("PORT");
    CHECK(support::default_port() == 8000);
    for (const auto& [text, port] : std::vector<std::pair<const char*, int>>{{"0", 0},
                                                                             {"65535", 65535},
                                                                             {"65536", 8000},
                                                                             {"-1", 8000},
                                                                             {"80x", 8000},
                                                                             {"", 8000}}) {
        ::setenv("PORT", text, 1);
        CAPTURE(text);
        CHECK(support::default_port() == port);
    }
    if (before != nullptr) {
        ::setenv("PORT", kept.c_str(), 1);
    } else {
        ::unsetenv("PORT");
    }
}

TEST_CASE("a sibling program lies beside the one that runs", "[support][flags]") {
    const auto self = std::filesystem::read_symlink("/proc/self/exe");
    CHECK(support::sibling_program(self.filename().string()) == self.string());
    const auto other = support::sibling_program("ping_child", "02-fork-ipc");
    CHECK(other == (self.parent_path().parent_path() / "02-fork-ipc" / "ping_child").string());
}
