// Where accepting begins and ends.
#include "05-round-robin/limited_acceptor.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace tests;

namespace {

/// Epoll sets, one inside the other, as deep as the kernel allows: the last cannot be put into a
/// further one.
std::vector<support::unique_fd> nested_epolls() {
    std::vector<support::unique_fd> sets;
    const auto add = [&] {
        sets.emplace_back(support::check("epoll_create1", ::epoll_create1(EPOLL_CLOEXEC)));
    };
    add();
    for (bool fits = true; fits;) {
        add();
        epoll_event event{};
        const int inner = sets[sets.size() - 2].get();
        fits = ::epoll_ctl(sets.back().get(), EPOLL_CTL_ADD, inner, &event) == 0;
    }
    sets.pop_back();
    return sets;
}

}  // namespace

TEST_CASE("what epoll does not take is reported as a failed watch", "[05][dispatch]") {
    asio::io_context io(1);
    auto sets = nested_epolls();
    CHECK_THROWS_AS(cluster::limited_acceptor(io.get_executor(), std::move(sets.back()), [] {}),
                    std::system_error);
    sets = nested_epolls();
    CHECK_THROWS_AS(support::acceptor(io.get_executor(), std::move(sets.back())),
                    std::system_error);
}

TEST_CASE("a client that writes without end is turned away all the same", "[05][dispatch]") {
    auto [ours, client] = support::make_socket_pair();
    support::set_nonblocking(client.get());
    const std::string much(1024 * 1024, 'x');
    while (::send(client.get(), much.data(), much.size(), MSG_NOSIGNAL) > 0) {
    }
    cluster::turn_away(std::move(ours), "no room\n");
    std::array<char, 64> answer{};
    const auto count = ::recv(client.get(), answer.data(), answer.size(), 0);
    CHECK(std::string(answer.data(), static_cast<std::size_t>(std::max(count, ssize_t{0}))) ==
          "no room\n");
}
