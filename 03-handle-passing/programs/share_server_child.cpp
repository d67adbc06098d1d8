// Answers HTTP on the sockets that its parent sends: a listening one, from which it accepts
// together with whoever else holds it, or connections one by one.
//
// Exit codes: 0 told to stop, parent gone, or a signal · 1 it failed · 2 wrong flags
#include <unistd.h>

#include <stdexcept>

#include "02-fork-ipc/fork.hpp"
#include "03-handle-passing/handle_channel.hpp"
#include "03-handle-passing/programs/pages.hpp"
#include "support/flags.hpp"
#include "support/log.hpp"
#include "support/timeout.hpp"

using namespace child_process;
using namespace std::chrono_literals;

namespace {

/// The child's two ears and one mouth: requests come from clients, sockets from the parent, and the
/// parent hears how many requests there were.
class serving_child {
  public:
    serving_child(const asio::any_io_executor& executor, support::unique_fd channel_end)
        : who_("child, pid is " + std::to_string(::getpid())),
          parent_(executor, std::move(channel_end)),
          server_(
              executor,
              [this](const support::http_request& request, support::http_reply& reply) {
                  answer_page(request, reply, who_);
                  served_more_.notify_all();
              },
              limits()),
          served_more_(executor) {
        server_.on_connection_end([this] {
            if (!tickets_.empty()) tickets_.pop_back();
        });
    }

    asio::awaitable<int> run() {
        using namespace asio::experimental::awaitable_operators;
        co_await (take_sockets() || report() || support::until_signal());
        co_await support::with_timeout(server_.drain(), 3s);
        parent_.post({{"served", server_.requests()}});
        co_await parent_.disconnect();
        co_return 0;
    }

  private:
    static support::http_limits limits() {
        support::http_limits result;
        result.drain_idle = 300ms;
        return result;
    }

    asio::awaitable<void> take_sockets() try {
        while (auto sent = co_await parent_.receive()) {
            if (sent->message == "stop") break;
            if (!sent->passed) continue;
            const handle_kind kind = sent->passed->kind();
            support::unique_fd socket = std::move(*sent->passed).release();
            if (kind == handle_kind::server) {
                server_.listen(std::move(socket));
            } else if (kind != handle_kind::datagram) {
                // All are connections of one server, so any ticket stands for any of them.
                tickets_.push_back(std::move(sent->ticket));
                server_.serve(std::move(socket));
            }
        }
    } catch (const std::system_error& error) {
        // A signal to end cancels the waiting, which is nobody's fault.
        if (error.code() == std::errc::operation_canceled) co_return;
        support::log() << "the parent broke the channel's rules: " << error.what();
    }

    // One message may tell of many requests: those that were answered while the last one was sent.
    asio::awaitable<void> report() {
        std::uint64_t told = 0;
        for (;;) {
            while (server_.requests() == told) co_await served_more_.wait();
            told = server_.requests();
            const json message{{"served", told}};
            if (!co_await parent_.send(message)) co_return;
        }
    }

    std::string who_;
    handle_channel parent_;
    std::vector<connection_ticket> tickets_;
    support::http_server server_;
    support::async_condition served_more_;
};

asio::awaitable<int> serve() {
    auto channel_end = inherited_channel();
    if (!channel_end)
        throw std::runtime_error("no channel; share_server_parent starts me with one");
    serving_child child(co_await asio::this_coro::executor, std::move(*channel_end));
    co_return co_await child.run();
}

}  // namespace

int main(int argc, char** argv) {
    support::flags flags("share_server_child",
                         "Answers HTTP on the sockets that its parent sends it.");
    if (const auto code = flags.parse(argc, argv)) return *code;
    support::set_log_role("child");
    return support::run_program(serve);
}
