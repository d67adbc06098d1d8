// A reader looks at a file while another process writes it: in place, and by rename.
//
// Exit code: 0 as announced · 1 it failed · 2 wrong flags
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "07-state-sharing/atomic_file.hpp"
#include "07-state-sharing/programs/helper_process.hpp"

namespace {

using demo::helper_process;
using demo::say_and_wait;

const std::string first = R"({"user": "ada", "visits": 9})";
const std::string second = R"({"user": "grace", "visits": 10})";

void put(int fd, const std::string& bytes) {
    support::check("write", ::write(fd, bytes.data(), bytes.size()));
}

// The mistake: the file is empty at once, and then grows. A write of many bytes is many steps.
void write_in_place(const std::string& path) {
    const support::unique_fd fd(
        support::check("open", ::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC)));
    put(fd.get(), second.substr(0, second.size() / 2));
    say_and_wait("half written");
    put(fd.get(), second.substr(second.size() / 2));
}

// The cure: another file, which takes the name when it is whole.
void write_beside(const std::string& path) {
    const auto stop_halfway = [](const char* point) {
        if (std::strcmp(point, "half written") == 0) say_and_wait(point);
    };
    state::atomic_file(path, state::durability::process, stop_halfway).replace(second);
}

int help(const std::string& how, const std::string& path) {
    how == "in-place" ? write_in_place(path) : write_beside(path);
    say_and_wait("written");
    return 0;
}

void look(const std::string& when, const std::string& path) {
    std::string text;
    std::getline(std::ifstream(path), text);
    std::cout << "  " << when << text << std::endl;
}

asio::awaitable<void> show(std::string how, std::string title) {
    const demo::temporary_folder folder;
    const std::string path = folder.file("session.json");
    const auto executor = co_await asio::this_coro::executor;
    const std::vector<std::string> words = {how, path};
    std::cout << title << std::endl;

    std::ofstream(path) << first;
    look("before:              ", path);
    helper_process writer(executor, "torn_read", words);
    co_await writer.says();
    look("half written:        ", path);
    co_await writer.go_on();
    co_await writer.says();
    look("written:             ", path);

    std::ofstream(path) << first;
    helper_process victim(executor, "torn_read", words);
    co_await victim.says();
    co_await victim.kill();
    look("killed when halfway: ", path);
}

asio::awaitable<int> show_both() {
    co_await show("in-place", "written in place:");
    co_await show("rename", "written beside, then renamed:");
    co_return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> words;
    support::flags flags("torn_read", "Shows what a reader sees of a file that is being written.");
    flags.rest(words, "[ROLE FILE]");  // with these it starts itself as a helper
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (words.size() == 2) return help(words[0], words[1]);
    return support::run_program(show_both);
}
