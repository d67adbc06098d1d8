#include "support/http_request.hpp"

#include <strings.h>

#include <charconv>
#include <cstring>

namespace support {
namespace {

bool same_name(std::string_view one, std::string_view other) {
    return one.size() == other.size() && ::strncasecmp(one.data(), other.data(), one.size()) == 0;
}

// The text of one part of a query: '+' is a space, %41 is 'A'. A '%' without two hex digits stands
// for itself.
std::string decoded(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned char byte = 0;
        const char* digits = text.data() + i + 1;
        if (text[i] == '+') {
            result += ' ';
        } else if (text[i] == '%' && text.size() - i > 2 &&
                   std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
            result += static_cast<char>(byte);
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

}  // namespace

std::string_view http_request::path() const {
    std::string_view path = target_.substr(0, target_.find('?'));
    if (path.starts_with('/')) return path;
    const std::size_t scheme = path.find("://");
    if (scheme == std::string_view::npos) return path;
    const std::size_t slash = path.find('/', scheme + 3);
    return slash == std::string_view::npos ? std::string_view("/") : path.substr(slash);
}

std::optional<std::string> http_request::query(std::string_view name) const {
    const std::size_t mark = target_.find('?');
    if (mark == std::string_view::npos) return std::nullopt;
    std::string_view rest = target_.substr(mark + 1);
    rest = rest.substr(0, rest.find('#'));
    while (!rest.empty()) {
        const std::string_view part = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(part.size() + 1, rest.size()));
        const std::size_t equals = part.find('=');
        if (decoded(part.substr(0, equals)) != name) continue;
        return equals == std::string_view::npos ? std::string() : decoded(part.substr(equals + 1));
    }
    return std::nullopt;
}

std::string_view http_request::header(std::string_view name) const {
    for (const field& each : fields_) {
        if (same_name(each.name, name)) return each.value;
    }
    return {};
}

http_request http_request::copy() const {
    std::size_t size = method_.size() + target_.size() + body_.size();
    for (const field& each : fields_) size += each.name.size() + each.value.size();

    http_request result;
    result.memory_ = std::make_unique<char[]>(size);
    char* free = result.memory_.get();
    auto kept = [&free](std::string_view text) {
        if (!text.empty()) std::memcpy(free, text.data(), text.size());
        free += text.size();
        return std::string_view(free - text.size(), text.size());
    };
    result.method_ = kept(method_);
    result.target_ = kept(target_);
    result.body_ = kept(body_);
    result.fields_.reserve(fields_.size());
    for (const field& each : fields_) result.fields_.push_back({kept(each.name), kept(each.value)});
    result.version_ = version_;
    result.keep_alive_ = keep_alive_;
    return result;
}

}  // namespace support
