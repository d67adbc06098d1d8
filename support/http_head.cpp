#include "support/http_head.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>
#include <limits>

#include "support/http_text.hpp"

namespace support {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr int bad_request = 400;
constexpr int uri_too_long = 414;
constexpr int fields_too_large = 431;
constexpr int not_implemented = 501;
constexpr int version_not_supported = 505;

// Whether the request line is in order but for its version, which is one of HTTP's and not ours;
// Beast has only one error for a wrong version and for none.
bool names_other_version(std::string_view head) {
    constexpr std::string_view form = " HTTP/0.0";
    const std::string_view line = head.substr(0, head.find("\r\n"));
    if (line.size() < form.size() || std::count(line.begin(), line.end(), ' ') != 2) return false;
    const std::string_view version = line.substr(line.size() - form.size());
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool digit = version[i] >= '0' && version[i] <= '9';
        if (form[i] == '0' ? !digit : version[i] != form[i]) return false;
    }
    return !version.ends_with("1.1") && !version.ends_with("1.0");
}

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

http_head_end::result http_head_end::find(std::string_view input, const http_limits& limits) {
    while (const void* found =
               std::memchr(input.data() + searched_, '\n', input.size() - searched_)) {
        const auto lf = static_cast<std::size_t>(static_cast<const char*>(found) - input.data());
        if (lf == line_begin_ || input[lf - 1] != '\r') return {0, bad_request};
        const std::string_view line = input.substr(line_begin_, lf - 1 - line_begin_);
        if (const int status = check_line(line, limits)) return {0, status};
        searched_ = line_begin_ = lf + 1;
        if (line_begin_ > limits.head) return {0, fields_too_large};
        if (line.empty()) return {line_begin_, 0};
        ++lines_;
    }
    searched_ = input.size();
    if (lines_ == 0 && input.size() > limits.request_line + 1) return {0, uri_too_long};
    if (input.size() >= limits.head) return {0, fields_too_large};
    return {};
}

int http_head_end::check_line(std::string_view line, const http_limits& limits) const {
    if (lines_ == 0) return line.size() > limits.request_line ? uri_too_long : 0;
    if (line.empty()) return 0;
    if (line.front() == ' ' || line.front() == '\t') return bad_request;  // obs-fold
    return lines_ > limits.fields ? fields_too_large : 0;
}

// Beast knows the grammar: method, target, version, field names and values, the numbers in
// Content-Length. What it leaves to its user is decided here: versions, targets, Host, and when a
// Transfer-Encoding is one that we can follow.
class http_head_parser : private http::basic_parser<true> {
  public:
    http_head_parser(http_request& request, http_framing& framing)
        : request_(request), framing_(framing) {
        header_limit(std::numeric_limits<std::uint32_t>::max());  // http_head_end has seen to it
        body_limit(boost::none);  // and the connection will see to it
        request_.fields_.clear();
        request_.body_ = {};
        framing_ = {};
    }

    int parse(std::string_view head) {
        beast::error_code error;
        put(boost::asio::buffer(head), error);
        if (error == http::error::bad_version && names_other_version(head))
            return version_not_supported;
        if (error || !is_header_done() || wrong_field_) return bad_request;
        // Who answers a CONNECT with 200 has agreed that no more HTTP follows.
        if (request_.method_ == "CONNECT") return not_implemented;
        if (!is_target(request_.method_, request_.target_)) return bad_request;
        if (hosts_ > 1 || (hosts_ == 0 && request_.version_ == 11)) return bad_request;
        if (transfer_coding_) {
            // An old proxy in between would pass the chunks on as they are.
            if (!chunked() || request_.version_ == 10) return bad_request;
            if (other_coding_) return not_implemented;
        }
        framing_.chunked = chunked();
        if (!framing_.chunked) framing_.length = content_length().value_or(0);
        request_.keep_alive_ = keep_alive();
        return 0;
    }

  private:
    void on_request_impl(http::verb, beast::string_view method, beast::string_view target,
                         int version, beast::error_code&) override {
        request_.method_ = view(method);
        request_.target_ = view(target);
        request_.version_ = version;
    }

    void on_field_impl(http::field name, beast::string_view name_text, beast::string_view value,
                       beast::error_code&) override {
        request_.fields_.push_back({view(name_text), view(value)});
        if (name == http::field::host) {
            ++hosts_;
            wrong_field_ = wrong_field_ || !is_host(view(value));
        }
        // To Beast "5, 5" is a length, too; a proxy may take it for something else.
        if (name == http::field::content_length) {
            wrong_field_ = wrong_field_ || !is_number(view(value));
        }
        if (name == http::field::transfer_encoding) {
            transfer_coding_ = true;
            other_coding_ = other_coding_ || !beast::iequals(value, "chunked");
        }
        if (name == http::field::expect) {
            framing_.expects_continue =
                request_.version_ == 11 && beast::iequals(value, "100-continue");
        }
    }

    void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
    void on_header_impl(beast::error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
    std::size_t on_body_impl(beast::string_view, beast::error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, beast::error_code&) override {
        return 0;
    }
    void on_finish_impl(beast::error_code&) override {}

    http_request& request_;
    http_framing& framing_;
    int hosts_ = 0;
    bool wrong_field_ = false;
    bool transfer_coding_ = false;
    bool other_coding_ = false;
};

int parse_http_head(std::string_view head, http_request& request, http_framing& framing) {
    return http_head_parser(request, framing).parse(head);
}

}  // namespace support
