#include "support/http_chunked.hpp"

#include "support/http_text.hpp"

namespace support {
namespace {

constexpr int most_digits = 16;  // zeros in front included

// The value of a hex digit; -1 if it is none.
int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

http_chunked::http_chunked(std::string_view head, const http_limits& limits)
    : head_(head), longest_body_(limits.body), longest_text_(limits.head) {}

http_chunked::result http_chunked::take(std::string_view input) {
    std::size_t used = 0;
    while (used < input.size() && !done()) {
        if (state_ == state::data) {
            used += take_data(input.substr(used));
        } else if (const int status = take_byte(input[used++]); status != 0) {
            return {used, status};
        }
    }
    return {used, 0};
}

std::size_t http_chunked::take_data(std::string_view input) {
    const std::string_view part = input.substr(0, size_);
    body_.append(part);
    size_ -= part.size();
    if (size_ == 0) state_ = state::data_cr;
    return part.size();
}

int http_chunked::take_byte(char c) {
    switch (state_) {
        case state::size:
            return take_size(c);
        case state::extension:
            return take_text(c, state::size_lf);
        case state::size_lf:
            return expect(c, '\n', size_ > 0 ? state::data : state::trailer);
        case state::data_cr:
            return expect(c, '\r', state::data_lf);
        case state::data_lf:
            digits_ = 0;
            return expect(c, '\n', state::size);
        case state::trailer:
            if (c == '\r') return expect(c, '\r', state::end_lf);
            return take_trailer_name(c);
        case state::trailer_name:
            return take_trailer_name(c);
        case state::trailer_value:
            return take_text(c, state::trailer_lf);
        case state::trailer_lf:
            return expect(c, '\n', state::trailer);
        case state::end_lf:
            return expect(c, '\n', state::done);
        default:
            return 400;
    }
}

int http_chunked::take_size(char c) {
    if (const int value = hex_value(c); value >= 0) {
        if (++digits_ > most_digits) return 400;
        size_ = size_ * 16 + static_cast<std::size_t>(value);
        return size_ > longest_body_ - body_.size() ? 413 : 0;
    }
    if (digits_ == 0) return 400;
    if (c == ';') {
        state_ = state::extension;
        return 0;
    }
    return expect(c, '\r', state::size_lf);
}

int http_chunked::take_text(char c, state at_end) {
    if (c == '\r') return expect(c, '\r', at_end);
    if (!is_text_char(c)) return 400;
    return ++text_ > longest_text_ ? 431 : 0;
}

int http_chunked::take_trailer_name(char c) {
    const bool first = state_ == state::trailer;
    state_ = state::trailer_name;
    if (c == ':') {
        state_ = state::trailer_value;
        return first ? 400 : 0;
    }
    if (!is_token_char(c)) return 400;
    return ++text_ > longest_text_ ? 431 : 0;
}

int http_chunked::expect(char c, char wanted, state next) {
    state_ = next;
    return c == wanted ? 0 : 400;
}

}  // namespace support
