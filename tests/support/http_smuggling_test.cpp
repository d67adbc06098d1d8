// Requests whose end two servers may see in two places, which is how one is smuggled past a proxy:
// the proxy passes one request on, and we would answer two. Only one reading is safe: none.
#include "tests/support/http_malformed.hpp"

namespace {

using tests::bytes;
using tests::check_all;
using tests::malformed_table;
using tests::smuggled;
using tests::with_chunks;
using tests::with_coding;
using tests::with_fields;
using tests::with_length;

malformed_table lengths() {
    return {
        {"two lengths", with_length("5\r\nContent-Length: 6"), 400},
        {"two lengths, the first nothing", with_length("0\r\nContent-Length: 5"), 400},
        {"two lengths in one", with_length("5, 6"), 400},
        {"a length twice in one", with_length("5, 5"), 400},
        {"length with a comma", with_length("5,"), 400},
        {"length with a space in it", with_length("5 5"), 400},
        {"length with a plus", with_length("+5"), 400},
        {"length with a minus", with_length("-5"), 400},
        {"length in hex", with_length("0x5"), 400},
        {"length with an exponent", with_length("5e0"), 400},
        {"length with a point", with_length("5.0"), 400},
        {"length with an underscore", with_length("0_5"), 400},
        {"length in quotes", with_length("\"5\""), 400},
        {"length with a word", with_length("5 bytes"), 400},
        {"length behind a vertical tab", with_length("\v5"), 400},
        {"length before a NUL", with_length(bytes("5\0", 2)), 400},
        {"empty length", with_length(""), 400},
        {"folded length", with_length("\r\n 5"), 400},
        {"length beyond 64 bits", with_length("18446744073709551621"), 400},
        {"length far beyond 64 bits", with_length(std::string(1000, '9')), 400},
        {"space before the colon of a length", with_fields("Content-Length : 5\r\n") + "hello",
         400},
    };
}

malformed_table codings() {
    return {
        {"CL.TE", with_coding("Content-Length: 5\r\nTransfer-Encoding: chunked"), 400},
        {"TE.CL", with_coding("Transfer-Encoding: chunked\r\nContent-Length: 5"), 400},
        {"CL.TE, nothing long", with_coding("Content-Length: 0\r\nTransfer-Encoding: chunked"),
         400},
        {"length and gzip", with_coding("Content-Length: 5\r\nTransfer-Encoding: gzip"), 400},
        {"length and no coding", with_coding("Content-Length: 5\r\nTransfer-Encoding:"), 400},
        {"length and identity", with_coding("Content-Length: 5\r\nTransfer-Encoding: identity"),
         400},
        {"chunked twice", with_coding("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
         400},
        {"chunked twice in one", with_coding("Transfer-Encoding: chunked, chunked"), 400},
        {"chunked, then identity",
         with_coding("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"), 400},
        {"chunked, then nonsense",
         with_coding("Transfer-Encoding: chunked\r\nTransfer-encoding: cow"), 400},
        {"chunked is not the last", with_coding("Transfer-Encoding: chunked, gzip"), 400},
        {"gzip alone", with_coding("Transfer-Encoding: gzip"), 400},
        {"identity", with_coding("Transfer-Encoding: identity"), 400},
        {"no coding", with_coding("Transfer-Encoding:"), 400},
        {"almost chunked", with_coding("Transfer-Encoding: xchunked"), 400},
        {"cut chunked", with_coding("Transfer-Encoding: chunke"), 400},
        {"chunked in quotes", with_coding("Transfer-Encoding: \"chunked\""), 400},
        {"chunked in other quotes", with_coding("Transfer-Encoding: 'chunked'"), 400},
        {"chunked behind a vertical tab", with_coding("Transfer-Encoding: \vchunked"), 400},
        {"chunked before a form feed", with_coding("Transfer-Encoding: chunked\f"), 400},
        {"chunked before a NUL", with_coding(bytes("Transfer-Encoding: chunked\0", 27)), 400},
        {"chunked in two lines", with_coding("Transfer-Encoding: chun\r\n ked"), 400},
        {"chunked on the next line", with_coding("Transfer-Encoding:\r\n chunked"), 400},
        {"space before the colon", with_coding("Transfer-Encoding : chunked"), 400},
        {"tab before the colon", with_coding("Transfer-Encoding\t: chunked"), 400},
        {"space before the name", with_coding("X: a\r\n Transfer-Encoding: chunked"), 400},
        {"name behind a bare CR", with_coding("X: a\rTransfer-Encoding: chunked"), 400},
        {"name behind a bare LF", with_coding("X: a\nTransfer-Encoding: chunked"), 400},
        {"NUL in the name", with_coding(bytes("Transfer\0-Encoding: chunked", 27)), 400},
        {"chunks in HTTP/1.0",
         "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 400},
        {"a coding we do not know", with_coding("Transfer-Encoding: gzip, chunked"), 501},
        {"identity before chunked", with_coding("Transfer-Encoding: identity, chunked"), 501},
        {"nothing before chunked", with_coding("Transfer-Encoding: , chunked"), 501},
        {"nothing behind chunked", with_coding("Transfer-Encoding: chunked,"), 501},
        {"chunked with a parameter", with_coding("Transfer-Encoding: chunked;q=1"), 501},
        {"a coding we do not know, apart",
         with_coding("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"), 501},
    };
}

malformed_table chunks() {
    return {
        {"no size", with_chunks("\r\nhello\r\n0\r\n\r\n"), 400},
        {"size with a plus", with_chunks("+5\r\nhello\r\n0\r\n\r\n"), 400},
        {"size with a minus", with_chunks("-5\r\nhello\r\n0\r\n\r\n"), 400},
        {"size with 0x", with_chunks("0x5\r\nhello\r\n0\r\n\r\n"), 400},
        {"size behind a space", with_chunks(" 5\r\nhello\r\n0\r\n\r\n"), 400},
        {"size before a tail", with_chunks("5x\r\nhello\r\n0\r\n\r\n"), 400},
        {"two sizes", with_chunks("5 6\r\nhello\r\n0\r\n\r\n"), 400},
        {"size before a NUL", with_chunks(bytes("5\0\r\nhello\r\n0\r\n\r\n", 16)), 400},
        {"size with a space behind", with_chunks("5 \r\nhello\r\n0\r\n\r\n"), 400},
        {"bare LF behind the size", with_chunks("5\nhello\r\n0\r\n\r\n"), 400},
        {"bare CR behind the size", with_chunks("5\rhello\r\n0\r\n\r\n"), 400},
        {"bare LF behind the data", with_chunks("5\r\nhello\n0\r\n\r\n"), 400},
        {"bare LF behind the last size", with_chunks("0\n\r\n" + smuggled), 400},
        {"bare LF as the end", with_chunks("0\r\n\n" + smuggled), 400},
        {"data longer than its size", with_chunks("4\r\nhello\r\n0\r\n\r\n"), 400},
        {"data shorter than its size", with_chunks("6\r\nhello\r\n0\r\n\r\n"), 400},
        {"bare LF in an extension", with_chunks("5;a\nb\r\nhello\r\n0\r\n\r\n"), 400},
        {"bare CR in an extension", with_chunks("5;a\rb\r\nhello\r\n0\r\n\r\n"), 400},
        {"NUL in an extension", with_chunks(bytes("5;a\0b\r\nhello\r\n0\r\n\r\n", 19)), 400},
        {"bare LF in a trailer", with_chunks("0\r\nX: a\nY: b\r\n\r\n"), 400},
        {"bare CR in a trailer", with_chunks("0\r\nX: a\rY: b\r\n\r\n"), 400},
        {"folded trailer", with_chunks("0\r\nX: a\r\n b\r\n\r\n"), 400},
        {"trailer without a colon", with_chunks("0\r\n" + smuggled), 400},
        {"space before the colon of a trailer", with_chunks("0\r\nX : a\r\n\r\n"), 400},
    };
}

malformed_table bodies_with_one_end() {
    return {
        {"length with zeros", with_fields("Content-Length: 0005\r\n") + "hello", 200},
        {"the same length twice",
         with_fields("Content-Length: 5\r\nContent-Length: 5\r\n") + "hello", 200},
        {"chunked in capitals", with_coding("TRANSFER-ENCODING: CHUNKED"), 200},
        {"chunked behind a tab", with_coding("Transfer-Encoding:\tchunked \t"), 200},
        {"size with zeros", with_chunks("0005\r\nhello\r\n000\r\n\r\n"), 200},
        {"size in capitals", with_chunks("A\r\nhellohello\r\n0\r\n\r\n"), 200},
        {"extension of a chunk", with_chunks("5;a=b;c=\"d;\"\r\nhello\r\n0;e\r\n\r\n"), 200},
        {"trailer", with_chunks("5\r\nhello\r\n0\r\nContent-Length: 44\r\n\r\n"), 200},
    };
}

TEST_CASE("a request whose body may end in two places is refused", "[support][http]") {
    check_all(lengths());
    check_all(codings());
    check_all(chunks());
}

TEST_CASE("a body that has one end is read to there, odd as it looks", "[support][http]") {
    check_all(bodies_with_one_end());
}

}  // namespace
