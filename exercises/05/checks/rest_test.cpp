// The door of the primary, call by call: what it hands out while it rests, and how often it waits.
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>

#include "05-round-robin/limited_acceptor.hpp"
#include "exercises/05/checks/observed.hpp"
#include "exercises/kit/faulty_calls.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "tests/helpers.hpp"

using namespace kit_05;

namespace {

// A listening socket whose clients are in its backlog when come() returns: a connect(2) over a unix
// socket puts them there itself.
class full_backlog {
  public:
    [[nodiscard]] support::unique_fd listening() { return support::listen_unix(path_); }
    void come() {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        std::copy(path_.begin(), path_.end(), static_cast<char*>(at.sun_path));
        auto& client = clients_.emplace_back(
            support::check("socket", ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
        support::check("connect",
                       ::connect(client.get(), reinterpret_cast<sockaddr*>(&at), sizeof at));
    }

  private:
    tests::temporary_folder folder_;
    std::string path_ = folder_.file("door");
    std::vector<support::unique_fd> clients_;
};

// Lets everything happen that is ready.
void run_what_is_ready(asio::io_context& loop) {
    do loop.restart();
    while (loop.poll() > 0);
}

// As the primary does it: it moves the descriptors out.
std::size_t taken_from(cluster::limited_acceptor& door, std::vector<support::unique_fd>& taken) {
    auto& found = door.accept(8);
    for (auto& one : found) taken.push_back(std::move(one.fd));
    return found.size();
}

}  // namespace

TEST_CASE("05: a connection is handed out once, also when it rests", "[kit]") {
    asio::io_context loop(1);
    full_backlog backlog;
    cluster::limited_acceptor door(loop.get_executor(), backlog.listening(), [] {});
    std::vector<support::unique_fd> taken;
    for (int n = 0; n < 2; ++n) backlog.come();
    kit::faulty_calls calls;
    calls.fail("accept4", EMFILE, 1, 1);
    expect("two clients wait, and the second accept4 fails with EMFILE; accept() returns",
           std::to_string(taken_from(door, taken)), "1");
    expect("called again while it rests, accept() returns", std::to_string(taken_from(door, taken)),
           "0");
    door.close();
    expect("called again after close(), accept() returns", std::to_string(taken_from(door, taken)),
           "0");
}

TEST_CASE("05: who waits twice is told once, and can wait again", "[kit]") {
    asio::io_context loop(1);
    full_backlog backlog;
    int told = 0;
    cluster::limited_acceptor door(loop.get_executor(), backlog.listening(), [&] { ++told; });
    door.wait();
    door.wait();
    expect("wait() was called twice; waits()", door.waits() ? "true" : "false", "true");
    backlog.come();
    run_what_is_ready(loop);
    expect("wait() was called twice, and one client came; on_ready was called",
           std::to_string(told), "1");
    expect("then waits()", door.waits() ? "true" : "false", "false");
    door.wait();
    run_what_is_ready(loop);
    expect("wait() was called again while the client waits still; on_ready was called",
           std::to_string(told), "2");
}
