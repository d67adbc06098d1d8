#include "07-state-sharing/full_cluster/access_log.hpp"

#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/text.hpp"

using full_cluster::access_log;
using full_cluster::log_format;
using full_cluster::logged_request;

namespace {

const std::chrono::system_clock::time_point log_moment{
    std::chrono::milliseconds(1'700'000'000'042)};

logged_request some_request(std::string_view target) {
    return {"GET", target, 200, 12, std::chrono::microseconds(345)};
}

}  // namespace

TEST_CASE("a request is one line of text", "[07][access_log]") {
    CHECK(log_line_of(log_format::text, some_request("/a?b=c"), 3, log_moment) ==
          "2023-11-14T22:13:20.042Z worker 3 \"GET /a?b=c\" 200 12 B 345 us");
}

TEST_CASE("a request is one JSON object", "[07][access_log]") {
    const auto line = log_line_of(log_format::json, some_request("/a"), 3, log_moment);
    const auto told = nlohmann::json::parse(line);
    CHECK(told.at("at") == "2023-11-14T22:13:20.042Z");
    CHECK(told.at("worker") == 3);
    CHECK(told.at("pid") == ::getpid());
    CHECK(told.at("target") == "/a");
    CHECK(told.at("status") == 200);
    CHECK(told.at("taken_us") == 345);
}

TEST_CASE("a client cannot forge a line, or paint the terminal", "[07][access_log]") {
    const std::string nasty = "/x\n2023 worker 1 \"GET /admin\" \x1b[31m\xff\x7f\\";
    for (const auto format : {log_format::text, log_format::json}) {
        const auto line = log_line_of(format, some_request(nasty), 3, log_moment);
        INFO(line);
        for (const char each : line) CHECK((each >= 0x20 && each < 0x7f));
    }
    CHECK(
        nlohmann::json::accept(log_line_of(log_format::json, some_request(nasty), 3, log_moment)));
}

TEST_CASE("a log that was renamed goes on in a new file after reopen()", "[07][access_log]") {
    const tests::temporary_folder folder;
    const auto path = folder.file("access.log");
    access_log log(log_format::text, path, 1);
    log.write(some_request("/one"));
    std::filesystem::rename(path, path + ".1");
    log.write(some_request("/two"));
    log.reopen();
    log.write(some_request("/three"));
    CHECK(tests::content_of(path + ".1").find("/two") != std::string::npos);
    CHECK(tests::content_of(path).find("/three") != std::string::npos);
    CHECK(tests::content_of(path).find("/two") == std::string::npos);
}

TEST_CASE("two logs append to one file", "[07][access_log]") {
    const tests::temporary_folder folder;
    const auto path = folder.file("access.log");
    const access_log one(log_format::text, path, 1);
    const access_log other(log_format::text, path, 2);
    for (int i = 0; i < 100; ++i) {
        one.write(some_request("/one"));
        other.write(some_request("/other"));
    }
    const auto text = tests::content_of(path);
    CHECK(std::count(text.begin(), text.end(), '\n') == 200);
}

TEST_CASE("a log that cannot be opened is named", "[07][access_log]") {
    CHECK_THROWS_WITH(access_log(log_format::text, "/nowhere/access.log", 1),
                      Catch::Contains("/nowhere/access.log"));
}
