#include "07-state-sharing/full_cluster/access_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "support/log.hpp"
#include "support/syscall.hpp"

namespace full_cluster {
namespace {

constexpr std::size_t longest_method = 32;
constexpr std::size_t longest_target = 700;  // six bytes each, escaped for JSON

std::string utc(std::chrono::system_clock::time_point at) {
    using namespace std::chrono;
    const auto since = duration_cast<milliseconds>(at.time_since_epoch()).count();
    const auto seconds = static_cast<std::time_t>(since / 1000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const auto size = std::strftime(text.data(), text.size(), "%FT%T.", &parts);
    const std::string digits = std::to_string(1000 + since % 1000);
    return std::string(text.data(), size) + digits.substr(1) + "Z";
}

// Control characters, quotes and what is no ASCII as \xNN, so that a line stays one line.
std::string escaped(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        if (byte >= 0x20 && byte < 0x7f && each != '"' && each != '\\') {
            result += each;
        } else {
            result += {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
        }
    }
    return result;
}

support::unique_fd open_log(const std::string& path) {
    constexpr mode_t mode = 0640;
    return support::unique_fd(support::check(
        "open " + path, ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode)));
}

}  // namespace

std::string log_line_of(log_format format, const logged_request& request, int worker,
                        std::chrono::system_clock::time_point at) {
    const auto method = request.method.substr(0, longest_method);
    const auto target = request.target.substr(0, longest_target);
    if (format == log_format::json) {
        const nlohmann::ordered_json line = {
            {"at", utc(at)},          {"worker", worker},
            {"pid", ::getpid()},      {"method", method},
            {"target", target},       {"status", request.status},
            {"bytes", request.bytes}, {"taken_us", request.taken.count()}};
        return line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    }
    return utc(at) + " worker " + std::to_string(worker) + " \"" + escaped(method) + ' ' +
           escaped(target) + "\" " + std::to_string(request.status) + ' ' +
           std::to_string(request.bytes) + " B " + std::to_string(request.taken.count()) + " us";
}

access_log::access_log(log_format format, std::string path, int worker)
    : format_(format), path_(std::move(path)), worker_(worker) {
    if (format_ != log_format::off && !path_.empty()) file_ = open_log(path_);
}

void access_log::write(const logged_request& request) const {
    if (format_ == log_format::off) return;
    auto line = log_line_of(format_, request, worker_, std::chrono::system_clock::now());
    line += '\n';
    const int fd = path_.empty() ? STDOUT_FILENO : file_.get();
    static_cast<void>(support::retry([&] { return ::write(fd, line.data(), line.size()); }));
}

void access_log::reopen() {
    if (!file_) return;
    try {
        file_ = open_log(path_);
    } catch (const std::system_error& error) {
        support::log() << "the access log stays as it is: " << error.what();
    }
}

}  // namespace full_cluster
