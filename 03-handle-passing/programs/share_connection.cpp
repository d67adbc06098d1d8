// Accepts connections and sends each to a child, in turn. The children answer HTTP on them; the
// port stays with the parent.
//
// Exit codes: 0 ended by a signal or after --requests · 1 it failed, or the children died · 2 wrong
// flags
#include "03-handle-passing/programs/http_children.hpp"
#include "support/flags.hpp"
#include "support/sockets.hpp"

using namespace child_process;

namespace {

struct settings {
    std::uint16_t port = support::default_port();
    int children = 2;
    int requests = 0;
    std::string child = support::sibling_program("share_server_child");
    std::vector<std::string> arguments;  // of the child
};

/// The one after `before` in the circle, passing over those whose channel has ended.
http_children::member* next_of(http_children& children, const http_children::member* before) {
    auto& members = children.members();
    auto at = members.begin();
    while (at != members.end() && &*at != before) ++at;
    for (std::size_t tried = 0; tried < members.size(); ++tried) {
        if (at == members.end() || ++at == members.end()) at = members.begin();
        if (at->channel.connected()) return &*at;
    }
    return nullptr;
}

/// Passes every connection on. post() and not send(): a child that is slow to acknowledge one
/// connection must not keep the others from theirs.
asio::awaitable<void> hand_over(support::acceptor& door, http_children& children,
                                const std::string& key) {
    http_children::member* next = nullptr;
    while (auto connection = co_await door.accept()) {
        next = next_of(children, next);
        if (next == nullptr) break;
        // Told, not looked at: its client may have gone already.
        handle passed(std::move(*connection), handle_kind::socket);
        next->channel.post("connection", std::move(passed).counted_as(key));
    }
}

/// What a server does to close: it accepts no more, and is closed when the last of its connections
/// has ended, in whichever process that is.
asio::awaitable<void> close(support::acceptor& door, http_children& children,
                            const std::string& key) {
    door.close();
    for (auto& one : children.members()) {
        const auto open = co_await one.channel.connections().count(key);
        if (open) support::log() << "child " << one.process.pid() << " holds " << *open;
    }
    for (auto& one : children.members()) co_await one.channel.connections().until_none(key);
    support::log() << "every connection has ended";
}

asio::awaitable<int> share(settings given) {
    using namespace asio::experimental::awaitable_operators;
    const auto executor = co_await asio::this_coro::executor;
    support::acceptor door(executor, support::listen_tcp("127.0.0.1", given.port));
    const std::string port = std::to_string(support::local_port(door.fd()));
    support::log() << "listening on http://127.0.0.1:" << port << "/";

    given.arguments.insert(given.arguments.begin(), given.child);
    http_children children(executor, given.arguments, given.children);
    const std::string key = "4:127.0.0.1:" + port;  // Node's way to name a server
    const auto wanted = static_cast<std::uint64_t>(given.requests);
    co_await (hand_over(door, children, key) || children.until_served(wanted) ||
              support::until_signal());
    const bool lost = children.lost();
    constexpr std::chrono::seconds patience{10};
    if (!co_await support::with_timeout(close(door, children, key), patience)) {
        support::log() << "some connections are still open; not waiting for them";
    }
    co_await children.stop();
    children.print_shares();
    co_return lost ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("share_connection",
                         "Accepts connections and sends each to a child, in turn.");
    flags.add("port", given.port, "port to listen on; 0 picks a free one");
    flags.add("children", given.children, "how many children");
    flags.add("requests", given.requests, "end after so many requests; 0 goes on until Ctrl-C");
    flags.add("child", given.child, "the program that answers; its arguments follow the flags");
    flags.rest(given.arguments, "[CHILD'S ARGUMENT...]");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.children < 1) return flags.wrong("--children must be at least 1");
    if (given.requests < 0) return flags.wrong("--requests is not negative");
    support::set_log_role("parent");
    return support::run_program([&] { return share(std::move(given)); });
}
