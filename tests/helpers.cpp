#include "tests/helpers.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "support/syscall.hpp"
#include "support/timeout.hpp"
#include "tests/catch.hpp"
#include "tests/leaks.hpp"

namespace tests {

namespace fs = std::filesystem;

void run(const std::function<asio::awaitable<void>()>& body) {
    run_at_most(patience, body);
}

void run_at_most(std::chrono::seconds limit, const std::function<asio::awaitable<void>()>& body) {
    const bool in_time = support::run(support::with_timeout(body(), limit));
    if (!in_time) FAIL("stuck: not done after " << limit.count() << " s");
}

std::string program(const std::string& name) {
    return std::string(CLUSTER_WORKSHOP_TEST_PROGRAMS) + "/" + name;
}

std::string stage_program(const std::string& folder, const std::string& name) {
    // An exercise is checked with the programs that were linked from it, as far as it has any.
    if (const char* other = std::getenv("CLUSTER_WORKSHOP_PROGRAMS")) {
        const fs::path path = fs::path(other) / folder / name;
        if (fs::exists(path)) return path.string();
    }
    return std::string(CLUSTER_WORKSHOP_BUILD) + "/" + folder + "/" + name;
}

std::string source_file(const std::string& path) {
    return std::string(CLUSTER_WORKSHOP_ROOT) + "/" + path;
}

bool node_is_here() {
    static const bool found = std::system("node --version > /dev/null 2>&1") == 0;  // NOLINT
    if (!found) std::cout << "SKIPPED: there is no node in PATH to test against" << std::endl;
    return found;
}

temporary_folder::temporary_folder(const fs::path& where) {
    std::string name = (where / "test.XXXXXX").string();
    support::check("mkdtemp", ::mkdtemp(name.data()) != nullptr ? 0 : -1);
    path_ = name;
}

temporary_folder::~temporary_folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

few_descriptors::few_descriptors(int free) {
    rlimit limit{};
    support::check("getrlimit", ::getrlimit(RLIMIT_NOFILE, &limit));
    before_ = limit.rlim_cur;
    // The limit is on the number, not on the count: find the number up to which `free` are unused.
    const auto open = open_descriptors();
    int end = 0;
    for (int unused = 0; unused < free; ++end) unused += open.count(end) == 0 ? 1 : 0;
    limit.rlim_cur = static_cast<rlim_t>(end);
    support::check("setrlimit", ::setrlimit(RLIMIT_NOFILE, &limit));
}

few_descriptors::~few_descriptors() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = before_;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

int connect_to(std::uint16_t port) {
    support::unique_fd fd(
        support::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    support::check("connect", ::connect(fd.get(), generic, sizeof address));
    return fd.release();
}

std::string http_get(std::uint16_t port, const std::string& target) try {
    const support::unique_fd fd(connect_to(port));
    const std::string request =
        "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    support::check("send", ::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL));
    std::string response;
    std::string chunk(4096, '\0');
    for (;;) {
        const auto count = support::check("recv", ::recv(fd.get(), chunk.data(), chunk.size(), 0));
        if (count == 0) return response;
        response.append(chunk, 0, static_cast<std::size_t>(count));
    }
} catch (const std::system_error&) {
    return "";
}

}  // namespace tests
