// A server under test and its client, on one event loop: while the client waits, the loop runs.
#pragma once

#include <sys/socket.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "support/http_server.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "support/weak_ref.hpp"
#include "tests/helpers.hpp"

namespace tests {

/// Runs the loop until `done`; throws when that does not come about.
template <class Done>
void run_until(asio::io_context& io, Done done) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!done()) {
        if (io.stopped()) io.restart();
        if (io.run_one_until(end) == 0 && !done()) throw std::runtime_error("waited in vain");
    }
}

struct end_of_stream : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct http_answer {
    int status = 0;
    std::map<std::string, std::string> fields;  // names in small letters
    std::string body;

    [[nodiscard]] std::string field(const std::string& name) const {
        const auto found = fields.find(name);
        return found == fields.end() ? "" : found->second;
    }
    [[nodiscard]] bool closes() const { return field("connection") == "close"; }
};

/// One connection, seen from the client.
class http_client {
  public:
    http_client(asio::io_context& io, support::unique_fd fd) : io_(io), socket_(io) {
        support::set_nonblocking(fd.get());
        socket_.assign(fd.release());
    }

    /// Sends all of it, while the server reads.
    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
            if (sent < 0 && errno != EAGAIN) support::throw_error(support::last_error(), "send");
            if (sent < 0) wait(asio::posix::stream_descriptor::wait_write);
        }
    }

    /// The next answer. To a HEAD request it has no body, whatever its Content-Length says.
    http_answer receive(bool head_only = false) {
        http_answer answer = parse(receive_until("\r\n\r\n"));
        const std::string length = answer.field("content-length");
        const std::size_t size = head_only || length.empty() ? 0 : std::stoul(length);
        while (received_.size() < size) read_more();
        answer.body = received_.substr(0, size);
        received_.erase(0, size);
        return answer;
    }

    /// What comes up to `end`, and with it.
    std::string receive_until(std::string_view end) {
        while (received_.find(end) == std::string::npos) read_more();
        const std::size_t size = received_.find(end) + end.size();
        std::string text = received_.substr(0, size);
        received_.erase(0, size);
        return text;
    }

    http_answer ask(std::string_view request) {
        send(request);
        return receive();
    }

    /// Waits for the end of the stream. @return whether it came, after nothing else; false after a
    /// reset
    bool ends() {
        try {
            while (true) read_more();
        } catch (const std::system_error& error) {
            if (error.code() != std::errc::connection_reset) throw;
            return false;
        } catch (const end_of_stream&) {
            return received_.empty();
        }
    }

    /// Whether nothing has come, after all that is ready now has been done.
    bool silent() {
        io_.poll();
        char byte = 0;
        return received_.empty() && ::recv(fd(), &byte, 1, MSG_PEEK) == -1 && errno == EAGAIN;
    }

    /// No more will be sent.
    void finish() { support::check("shutdown", ::shutdown(fd(), SHUT_WR)); }
    void close() { socket_.close(); }
    [[nodiscard]] int fd() { return socket_.native_handle(); }

  private:
    void read_more() {
        char buffer[4096];
        ssize_t size = ::recv(fd(), buffer, sizeof buffer, 0);
        while (size < 0 && errno == EAGAIN) {
            wait(asio::posix::stream_descriptor::wait_read);
            size = ::recv(fd(), buffer, sizeof buffer, 0);
        }
        support::check("recv", size);
        if (size == 0) throw end_of_stream("end of stream");
        received_.append(buffer, static_cast<std::size_t>(size));
    }

    void wait(asio::posix::stream_descriptor::wait_type what) {
        ready_ = false;
        socket_.async_wait(
            what, [self = support::weak_ref<http_client>(anchor_)](boost::system::error_code) {
                if (self) self->ready_ = true;
            });
        run_until(io_, [this] { return ready_; });
    }

    static http_answer parse(std::string head) {
        http_answer answer;
        answer.status = std::stoi(head.substr(9, 3));
        head.erase(0, head.find("\r\n") + 2);
        while (head != "\r\n") {
            const std::size_t colon = head.find(": ");
            const std::size_t end = head.find("\r\n");
            std::string name = head.substr(0, colon);
            for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
            answer.fields[name] = head.substr(colon + 2, end - colon - 2);
            head.erase(0, end + 2);
        }
        return answer;
    }

    asio::io_context& io_;
    asio::posix::stream_descriptor socket_;
    std::string received_;
    bool ready_ = false;
    support::weak_anchor<http_client> anchor_{this};
};

/// What most tests serve: "/" says hello, "/echo" the body back, "/path" method, path and query
/// word `q`, "/big" a megabyte, "/later" hello from a coroutine that waited, "/throw" and
/// "/throw-later" fail.
void answer_for_tests(const support::http_request& request, support::http_reply& reply);

/// Limits so long that no test comes to an end by one it does not mean to test.
inline support::http_limits no_time_limits() {
    support::http_limits limits;
    limits.head_time = limits.keep_alive = limits.stall = limits.linger_time = limits.drain_idle =
        std::chrono::hours(1);
    return limits;
}

/// A server on a free port of 127.0.0.1.
struct http_site {
    explicit http_site(support::http_limits limits = no_time_limits(),
                       support::http_handler handler = answer_for_tests)
        : server(std::make_unique<support::http_server>(io, std::move(handler), limits)) {
        support::unique_fd listening = support::listen_tcp("127.0.0.1", 0);
        port = support::local_port(listening.get());
        server->listen(std::move(listening));
    }

    http_client connect() { return {io, support::unique_fd(connect_to(port))}; }
    /// A connection that the server is given, instead of accepting it.
    http_client given() {
        support::socket_pair pair = support::make_socket_pair();
        server->serve(std::move(pair.first));
        return {io, std::move(pair.second)};
    }
    void until_connections(std::size_t count) {
        run_until(io, [&] { return server->connections() == count; });
    }

    asio::io_context io{1};
    std::unique_ptr<support::http_server> server;
    std::uint16_t port = 0;
};

inline const std::string get_hello = "GET / HTTP/1.1\r\nHost: here\r\n\r\n";
inline std::string get(const std::string& target, const std::string& fields = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: here\r\n" + fields + "\r\n";
}
inline std::string post(const std::string& target, const std::string& body) {
    return "POST " + target +
           " HTTP/1.1\r\nHost: here\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

}  // namespace tests
