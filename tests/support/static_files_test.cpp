#include "support/static_files.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/support/http_client.hpp"

namespace {

using tests::get;
using tests::http_answer;
using tests::http_client;
using tests::http_site;

void write_page(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

// A directory with some pages, and a server that answers for it.
struct page_site {
    page_site() {
        write_page(folder.file("index.html"), "<p>hello");
        write_page(folder.file("app.js"), "run();");
        write_page(folder.file("a b.css"), "p{}");
        write_page(folder.file("data"), std::string("\0\xff", 2));
        write_page(folder.file("empty.txt"), "");
        write_page(folder.file(".hidden"), "secret");
        std::filesystem::create_directory(folder.path() / "inner");
        write_page(folder.file("inner/deep.html"), "deep");
        std::filesystem::create_symlink("/etc/passwd", folder.path() / "link.txt");
        pages.emplace(folder.path().string());
        site.emplace(tests::no_time_limits(),
                     [this](const support::http_request& request, support::http_reply& reply) {
                         if (!pages->answer(request, reply)) reply.text("no page", 404);
                     });
    }
    http_answer ask(const std::string& request) {
        http_client client = site->connect();
        client.send(request);
        return client.receive(request.starts_with("HEAD"));
    }

    tests::temporary_folder folder;
    std::optional<support::static_files> pages;
    std::optional<http_site> site;
};

TEST_CASE("a file is answered with its type and the rules for browsers", "[support][files]") {
    struct row {
        const char* target;
        std::string body;
        const char* type;
    };
    const row each = GENERATE(row{"/", "<p>hello", "text/html; charset=utf-8"},
                              row{"/index.html?x=1", "<p>hello", "text/html; charset=utf-8"},
                              row{"/app.js", "run();", "text/javascript; charset=utf-8"},
                              row{"/%61pp.js", "run();", "text/javascript; charset=utf-8"},
                              row{"/a%20b.css", "p{}", "text/css; charset=utf-8"},
                              row{"/data", std::string("\0\xff", 2), "application/octet-stream"},
                              row{"/empty.txt", "", "text/plain; charset=utf-8"});
    CAPTURE(each.target);
    page_site site;
    const http_answer answer = site.ask(get(each.target));
    CHECK(answer.status == 200);
    CHECK(answer.body == each.body);
    CHECK(answer.field("content-type") == each.type);
    CHECK(answer.field("cache-control") == "no-cache");
    CHECK(answer.field("x-content-type-options") == "nosniff");
    CHECK(answer.field("content-security-policy").find("default-src 'self'") == 0);
    CHECK(answer.field("content-security-policy").find("frame-ancestors 'none'") !=
          std::string::npos);
}

TEST_CASE("no path leads out of the directory of the files", "[support][files]") {
    const std::string target = GENERATE(
        "/../etc/passwd", "/..", "/.", "/./index.html", "//index.html", "/%2e%2e/etc/passwd",
        "/%2e%2e%2fetc%2fpasswd", "/..%2f..%2fetc/passwd", "/inner/../index.html", "/inner",
        "/inner/", "/inner/deep.html", "/inner%2fdeep.html", "/link.txt", "/.hidden",
        "/index.html/", "/index.html%00", "/index.html%00.png", "/INDEX.HTML", "/..\\index.html",
        "//etc/passwd", "/%2fetc%2fpasswd", "/%252e%252e/index.html", "http://here/../etc/passwd");
    CAPTURE(target);
    page_site site;
    CHECK(site.ask(get(target)).status == 404);
}

TEST_CASE("a client with the present copy of a file is told so", "[support][files]") {
    page_site site;
    const std::string tag = site.ask(get("/app.js")).field("etag");
    REQUIRE(tag.size() > 2);
    CHECK(site.ask(get("/")).field("etag") != tag);
    for (const std::string& tags : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
        CAPTURE(tags);
        const http_answer same = site.ask(get("/app.js", "If-None-Match: " + tags + "\r\n"));
        CHECK(same.status == 304);
        CHECK(same.body.empty());
        CHECK(same.field("etag") == tag);
    }
    CHECK(site.ask(get("/app.js", "If-None-Match: \"other\"\r\n")).status == 200);
}

TEST_CASE("HEAD for a file is the head alone and other methods are 405", "[support][files]") {
    page_site site;
    const http_answer head = site.ask("HEAD /app.js HTTP/1.1\r\nHost: here\r\n\r\n");
    CHECK(head.status == 200);
    CHECK(head.field("content-length") == "6");
    const std::string method = GENERATE("POST", "PUT", "DELETE", "get");
    const http_answer refused = site.ask(method + " /app.js HTTP/1.1\r\nHost: here\r\n\r\n");
    CHECK(refused.status == 405);
    CHECK(refused.field("allow") == "GET, HEAD");
}

TEST_CASE("a file that is edited is read again", "[support][files]") {
    page_site site;
    const std::string tag = site.ask(get("/app.js")).field("etag");
    SECTION("in its place") {
        write_page(site.folder.file("app.js"), "run_faster();");
    }
    SECTION("by a new one") {
        write_page(site.folder.file("new"), "run_faster();");
        std::filesystem::rename(site.folder.file("new"), site.folder.file("app.js"));
    }
    const http_answer answer = site.ask(get("/app.js", "If-None-Match: " + tag + "\r\n"));
    CHECK(answer.status == 200);
    CHECK(answer.body == "run_faster();");
    CHECK(answer.field("etag") != tag);
}

TEST_CASE("a file whose place is taken by something else is answered as it was",
          "[support][files]") {
    page_site site;
    const std::string path = site.folder.file("app.js");
    std::filesystem::remove(path);
    SECTION("by nothing") {}
    SECTION("by a link") {
        std::filesystem::create_symlink("/etc/passwd", path);
    }
    SECTION("by a directory") {
        std::filesystem::create_directory(path);
    }
    SECTION("by a pipe") {
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    }
    CHECK(site.ask(get("/app.js")).body == "run();");
    std::filesystem::remove(path);
    write_page(path, "back();");
    CHECK(site.ask(get("/app.js")).body == "back();");
}

TEST_CASE("a directory of files that is not there is said at once", "[support][files]") {
    const tests::temporary_folder folder;
    CHECK_THROWS_WITH(support::static_files(folder.file("nowhere")),
                      Catch::Contains("open " + folder.file("nowhere")));
}

}  // namespace
