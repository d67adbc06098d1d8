#include "support/http_response.hpp"

#include <stdexcept>

#include "support/http_text.hpp"

namespace support {
namespace {

void append_field(std::string& lines, std::string_view name, std::string_view value) {
    if (!is_token(name) || !is_field_value(value)) {
        throw std::invalid_argument("header field " + std::string(name.substr(0, 64)));
    }
    lines.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

void http_response::send(std::string_view type, std::string_view content, int code) {
    type_line_.clear();
    if (!type.empty()) append_field(type_line_, "Content-Type", type);
    body = content;
    status = code;
}

void http_response::header(std::string_view name, std::string_view value) {
    append_field(field_lines_, name, value);
}

void http_reply::clear() {
    status = 200;
    body.clear();
    close = false;
    type_line_.clear();
    field_lines_.clear();
    later_.reset();
    taker_ = nullptr;
}

}  // namespace support
