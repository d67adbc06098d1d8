#include "support/http_request.hpp"

#include <strings.h>

#include <cstring>

#include "support/form.hpp"

namespace support {
namespace {

bool same_name(std::string_view one, std::string_view other) {
    return one.size() == other.size() && ::strncasecmp(one.data(), other.data(), one.size()) == 0;
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
    const std::string_view rest = target_.substr(mark + 1);
    return form_value(rest.substr(0, rest.find('#')), name);
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
