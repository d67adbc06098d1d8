// A Redis server over its unix socket, as one client uses it: a request, then its reply.
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <charconv>
#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <string_view>

#include "bench/store/bench_store.hpp"
#include "support/syscall.hpp"

namespace bench {
namespace {

support::unique_fd connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::invalid_argument("--socket is too long");
    std::memcpy(address.sun_path, path.data(), path.size());
    support::unique_fd fd(
        support::check("socket", ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    support::check("connect " + path,
                   ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
    return fd;
}

/// One connection. Speaks as much RESP as GET, SET and CONFIG GET need.
/// @source https://redis.io/docs/latest/develop/reference/protocol-spec/
class redis_connection {
  public:
    explicit redis_connection(const std::string& path) : fd_(connect_to(path)) {}

    void send(std::initializer_list<std::string_view> words) {
        request_ = '*' + std::to_string(words.size()) + "\r\n";
        for (const auto word : words) {
            request_ += '$' + std::to_string(word.size()) + "\r\n";
            request_.append(word) += "\r\n";
        }
        for (std::string_view rest = request_; !rest.empty();) {
            const auto sent =
                support::check("send", support::retry([&] {
                                   return ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
                               }));
            rest.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    /// A line of the reply, "+OK" or "$100"; good until the next call.
    std::string_view line() {
        drop();
        while (received_.find("\r\n") == std::string::npos) receive();
        taken_ = received_.find("\r\n") + 2;
        const std::string_view line(received_.data(), taken_ - 2);
        if (line.starts_with('-')) throw std::runtime_error("redis: " + std::string(line));
        return line;
    }

    /// A text with its length before it, or nothing.
    std::optional<std::string> bulk() {
        const int size = number('$');
        if (size < 0) return std::nullopt;
        drop();
        const auto length = static_cast<std::size_t>(size);
        while (received_.size() < length + 2) receive();
        taken_ = length + 2;
        return received_.substr(0, length);
    }

    int number(char kind) {
        const auto text = line();
        int result = 0;
        const auto parsed = std::from_chars(text.data() + 1, text.data() + text.size(), result);
        if (!text.starts_with(kind) || parsed.ec != std::errc()) {
            throw std::runtime_error("redis: an unexpected reply: " + std::string(text));
        }
        return result;
    }

  private:
    void receive() {
        const auto count = support::check(
            "recv",
            support::retry([&] { return ::recv(fd_.get(), room_.data(), room_.size(), 0); }));
        if (count == 0) throw std::runtime_error("redis has closed the connection");
        received_.append(room_.data(), static_cast<std::size_t>(count));
    }
    void drop() {
        received_.erase(0, taken_);
        taken_ = 0;
    }

    support::unique_fd fd_;
    std::string request_;
    std::string received_;
    std::size_t taken_ = 0;  // of received_, by the last answer
    std::array<char, 16384> room_{};
};

class redis_store : public bench_store {
  public:
    redis_store(const std::string& socket, state::durability lasts) : server_(socket) {
        // Whoever has started the server decides; a row of the wrong name would be worth nothing.
        const bool durable = setting("appendonly") == "yes" && setting("appendfsync") == "always";
        if (durable != (lasts == state::durability::disk)) {
            throw std::runtime_error(durable ? "this Redis server writes to the disk"
                                             : "start Redis with --appendonly yes "
                                               "--appendfsync always, or measure "
                                               "--durability process");
        }
    }

    std::optional<std::string> get(const std::string& key) override {
        server_.send({"GET", key});
        return server_.bulk();
    }
    void put(const std::string& key, const std::string& content) override {
        server_.send({"SET", key, in_quotes(content)});
        if (server_.line() != "+OK") throw std::runtime_error("redis did not say OK");
    }

  private:
    std::string setting(const char* name) {
        server_.send({"CONFIG", "GET", name});
        if (server_.number('*') != 2) return {};
        static_cast<void>(server_.bulk());
        return server_.bulk().value_or("");
    }

    redis_connection server_;
};

}  // namespace

std::unique_ptr<bench_store> open_redis(const store_place& place) {
    return std::make_unique<redis_store>(place.socket, place.lasts);
}

}  // namespace bench
