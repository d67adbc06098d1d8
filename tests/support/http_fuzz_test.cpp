// The server against bytes that nobody would send on purpose.
#include <random>

#include "tests/catch.hpp"
#include "tests/leaks.hpp"
#include "tests/support/http_client.hpp"

namespace {

using tests::get_hello;
using tests::http_client;
using tests::http_site;
using tests::post;

class mutator {
  public:
    explicit mutator(unsigned seed) : random_(seed) {}

    std::string next() {
        std::string text;
        for (std::size_t i = 0; i <= below(3); ++i) text += seeds_[below(seeds_.size())];
        const std::size_t changes = below(8);
        for (std::size_t i = 0; i < changes; ++i) change(text);
        return text;
    }

    std::size_t below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
    }

  private:
    void change(std::string& text) {
        const std::string& word = words_[below(words_.size())];
        const std::size_t at = below(text.size() + 1);
        switch (below(5)) {
            case 0:
                text.insert(at, word);
                break;
            case 1:
                text.erase(at, below(20));
                break;
            case 2:
                text.insert(at, text.substr(below(text.size() + 1), below(200)));
                break;
            case 3:
                text.insert(at, 1, static_cast<char>(below(256)));
                break;
            default:
                text.insert(at, below(40) == 0 ? 20'000 : 3, 'a');
        }
    }

    std::mt19937 random_;
    const std::vector<std::string> seeds_{
        get_hello,
        post("/echo", "some body"),
        tests::get("/path?q=%41%zz&q", "Accept: */*\r\nConnection: keep-alive\r\n"),
        tests::get("/later"),
        "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
        "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n0\r\nT:1\r\n\r\n",
    };
    const std::vector<std::string> words_{"\r\n",
                                          "\n",
                                          "\r",
                                          " ",
                                          "\t",
                                          ":",
                                          ",",
                                          ";",
                                          "\r\n\r\n",
                                          "\r\n ",
                                          std::string(1, '\0'),
                                          "HTTP/1.1",
                                          "Content-Length: 5\r\n",
                                          "Transfer-Encoding: chunked\r\n",
                                          "0\r\n\r\n",
                                          "ffffffffffffffff\r\n",
                                          "Connection: close\r\n",
                                          "Host: x\r\n",
                                          "GET ",
                                          "%",
                                          "?",
                                          "/",
                                          "\xff\xfe",
                                          "-1",
                                          "99999999999999999999"};
};

TEST_CASE("a server survives whatever is sent to it, and keeps nothing of it", "[support][http]") {
    http_site site;
    site.server->on_error([](const std::exception_ptr&) {});
    mutator random(20240229);
    {
        http_client warm_up = site.connect();
        CHECK(warm_up.ask(get_hello).status == 200);
    }
    site.until_connections(0);
    const auto before = tests::open_descriptors();
    for (int round = 0; round < 4000; ++round) {
        http_client client = site.given();
        const std::string text = random.next();
        const std::size_t cut = random.below(text.size() + 1);
        // The server may have closed already; that is its right.
        static_cast<void>(::send(client.fd(), text.data(), cut, MSG_NOSIGNAL));
        if (random.below(2) == 0) site.io.poll();
        static_cast<void>(::send(client.fd(), text.data() + cut, text.size() - cut, MSG_NOSIGNAL));
        if (random.below(2) == 0) client.finish();
        site.io.poll();
        if (round % 500 == 0) REQUIRE(site.given().ask(get_hello).status == 200);
    }
    site.until_connections(0);
    CHECK(tests::open_descriptors() == before);
    CHECK(site.connect().ask(get_hello).status == 200);
}

}  // namespace
