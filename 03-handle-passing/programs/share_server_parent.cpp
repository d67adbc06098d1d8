// Listens on a port and lets its children answer: each gets the listening socket itself.
//
// Exit codes: 0 ended by a signal or after --requests · 1 it failed, or the children died · 2 wrong
// flags
#include "03-handle-passing/programs/http_children.hpp"
#include "03-handle-passing/programs/pages.hpp"
#include "support/flags.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"

using namespace child_process;

namespace {

struct settings {
    std::uint16_t port = support::default_port();
    int children = 2;
    int parent_answers = 0;
    int requests = 0;
    std::string child = support::sibling_program("share_server_child");
    std::vector<std::string> arguments;  // of the child
};

/// Answers the first requests in the parent itself, in competition with the children.
class parent_server {
  public:
    parent_server(const asio::any_io_executor& executor, std::uint64_t answers)
        : answers_(answers),
          enough_(executor),
          server_(executor, [this](auto& request, auto& reply) {
              answer_page(request, reply, "parent");
              if (server_.requests() >= answers_) enough_.notify_all();
          }) {}

    /// Answers on `listening` until it has had enough, then closes that copy. Connections that were
    /// accepted are answered to their end; those that nobody has accepted are in the kernel's
    /// queue, which belongs to the socket and not to us, and wait there for a child.
    asio::awaitable<void> take_part(support::unique_fd listening) {
        if (answers_ == 0) {
            listening.reset();
        } else {
            server_.listen(std::move(listening));
            while (server_.requests() < answers_) co_await enough_.wait();
            server_.stop_listening();
        }
        support::log() << "closed its own copy; the children go on";
        co_await server_.drain();
    }

    [[nodiscard]] std::uint64_t served() const { return server_.requests(); }

  private:
    std::uint64_t answers_;
    support::async_condition enough_;
    support::http_server server_;
};

asio::awaitable<void> hand_out(handle server, http_children& children) {
    for (auto& one : children.members()) {
        const delivery outcome = co_await one.channel.send("server", server.duplicate());
        support::log() << "child " << one.process.pid()
                       << (outcome == delivery::arrived ? " has the port"
                                                        : " did not get the port");
    }
}

asio::awaitable<int> share(settings given) {
    using namespace asio::experimental::awaitable_operators;
    const auto executor = co_await asio::this_coro::executor;
    support::unique_fd listening = support::listen_tcp("127.0.0.1", given.port);
    support::log() << "listening on http://127.0.0.1:" << support::local_port(listening.get())
                   << "/";

    given.arguments.insert(given.arguments.begin(), given.child);
    http_children children(executor, given.arguments, given.children);
    parent_server own(executor, static_cast<std::uint64_t>(given.parent_answers));
    auto serve = [&]() -> asio::awaitable<void> {
        co_await hand_out(handle(support::duplicate(listening.get())), children);
        co_await own.take_part(std::move(listening));
        co_await children.until_served(0);
    };
    auto enough = [&]() -> asio::awaitable<void> {
        const auto wanted = static_cast<std::uint64_t>(given.requests);
        co_await children.until_served(wanted);
    };
    co_await (serve() || enough() || support::until_signal());
    const bool lost = children.lost();
    co_await children.stop();
    children.print_shares(own.served());
    co_return lost ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("share_server_parent",
                         "Opens a port and lets its children answer HTTP on it.");
    flags.add("port", given.port, "port to listen on; 0 picks a free one");
    flags.add("children", given.children, "how many children");
    flags.add("parent-answers", given.parent_answers,
              "so many requests the parent answers itself before it closes its copy of the port");
    flags.add("requests", given.requests, "end after so many requests; 0 goes on until Ctrl-C");
    flags.add("child", given.child, "the program that answers; its arguments follow the flags");
    flags.rest(given.arguments, "[CHILD'S ARGUMENT...]");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.children < 1) return flags.wrong("--children must be at least 1");
    if (given.requests < 0 || given.parent_answers < 0) {
        return flags.wrong("a number of requests is not negative");
    }
    support::set_log_role("parent");
    return support::run_program([&] { return share(std::move(given)); });
}
