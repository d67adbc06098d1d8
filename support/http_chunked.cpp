#include "support/http_chunked.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace support {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

}  // namespace

struct http_chunked::decoder : http::basic_parser<true> {
    decoder(std::string& body, std::size_t limit) : body_(body) {
        eager(true);
        body_limit(limit);
        // Beast reads chunks behind a head only; the real one has been read already.
        constexpr std::string_view head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        beast::error_code ignored;
        put(boost::asio::buffer(head), ignored);
    }

    void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                         beast::error_code&) override {}
    void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
    void on_field_impl(http::field, beast::string_view, beast::string_view,
                       beast::error_code&) override {}
    void on_header_impl(beast::error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
    std::size_t on_body_impl(beast::string_view, beast::error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view part,
                                   beast::error_code&) override {
        body_.append(part.data(), part.size());
        return part.size();
    }
    void on_finish_impl(beast::error_code&) override {}

    std::string& body_;
};

http_chunked::http_chunked(std::string_view head, const http_limits& limits)
    : head_(head),
      longest_line_(limits.head),
      decoder_(std::make_unique<decoder>(body_, limits.body)) {}

http_chunked::~http_chunked() = default;

bool http_chunked::done() const {
    return decoder_->is_done();
}

http_chunked::result http_chunked::take(std::string_view input) {
    std::size_t used = 0;
    while (used < input.size() && !done()) {
        beast::error_code error;
        const std::size_t step = decoder_->put(boost::asio::buffer(input.substr(used)), error);
        used += step;
        if (error == http::error::body_limit) return {used, 413};
        if (error && error != http::error::need_more) return {used, 400};
        if (step == 0) break;
    }
    // What Beast leaves is a line that has not ended, or trailers; their end must come into sight.
    if (!done() && input.size() - used > longest_line_) return {used, 431};
    return {used, 0};
}

}  // namespace support
