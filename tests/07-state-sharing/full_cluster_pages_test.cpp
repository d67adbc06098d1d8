// What a visitor of the full cluster sees, whoever answers.
#include "tests/07-state-sharing/whole_cluster.hpp"

using namespace tests;

TEST_CASE("a session is known to every worker, and counts on", "[07][full_cluster]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 3);
        co_await site.until_up();
        const auto cookie = co_await site.login("ada");
        std::set<int> workers;
        for (int visit = 1; visit <= 6; ++visit) {
            const auto told = (co_await site.get("/session", cookie)).json();
            CHECK(told.at("user") == "ada");
            CHECK(told.at("visits") == visit);
            workers.insert(told.at("worker").get<int>());
        }
        CHECK(workers.size() == 3);
        const auto gone = co_await site.post("/logout", "x", cookie);
        CHECK(gone.field("Set-Cookie").find("Max-Age=0") != std::string::npos);
        const auto after = co_await site.get("/session", cookie);
        CHECK(after.status == 401);
        const auto status = co_await site.stop();
        CHECK(status.code() == 0);
    });
}

TEST_CASE("a session, a counter and the chat outlive workers and the whole cluster",
          "[07][full_cluster]") {
    for (const std::string store : {"lmdb", "file"}) {
        INFO(store);
        tests::run([store]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            const temporary_folder folder;
            const whole_cluster::words more = {"--store", store};
            std::string cookie;
            {
                whole_cluster site(executor, folder.file("state"), 2, more);
                co_await site.until_up();
                cookie = co_await site.login("grace");
                co_await site.post("/counter", "x");
                const auto written = co_await site.post("/chat", "text=hello%20all", cookie);
                CHECK(written.status == 201);
                co_await site.act("kill?slot=0");
                co_await site.program().until_said(" listens on port ", 3);
                const auto counted = co_await site.post("/counter", "x");
                CHECK(counted.json().at("value") == 2);
                co_await site.stop();
            }
            whole_cluster again(executor, folder.file("state"), 2, more);
            co_await again.until_up();
            const auto session = co_await again.get("/session", cookie);
            CHECK(session.json().at("user") == "grace");
            const auto counter = co_await again.get("/counter");
            CHECK(counter.json().at("value") == 2);
            const auto chat = (co_await again.get("/chat?after=0")).json();
            CHECK(chat.at("messages").at(0).at("text") == "hello all");
            const auto none =
                (co_await again.get("/chat?after=" + chat.at("version").dump())).json();
            CHECK(none.at("messages").empty());
            co_await again.stop();
        });
    }
}

TEST_CASE("a changed setting reaches all workers, and each says how long that took",
          "[07][full_cluster]") {
    for (const std::string watch : {"notification", "polling"}) {
        INFO(watch);
        tests::run([watch]() -> asio::awaitable<void> {
            const temporary_folder folder;
            const whole_cluster::words more = {"--watch", watch, "--poll-interval", "20"};
            whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 3, more);
            co_await site.until_up();
            for (const char* value : {"value=blue", "value=red"})
                co_await site.post("/setting", value);
            std::set<int> know;
            while (know.size() < 3) {
                const auto told = (co_await site.get("/setting")).json();
                CHECK(told.at("watch") == watch);
                const bool both =
                    told.at("notification_ms").is_number() && told.at("polling_ms").is_number();
                if (told.at("value") == "red" && both) know.insert(told.at("worker").get<int>());
            }
            co_await site.stop();
        });
    }
}

TEST_CASE("a wrong request is told what was wrong with it", "[07][full_cluster]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 1);
        co_await site.until_up();
        struct wrong {
            question asked;
            int status;
        };
        const std::vector<wrong> table = {
            {{"GET /session"}, 401},
            {{"GET /session", "", {{"Cookie", "session=00.11"}}}, 401},
            {{"POST /login", "name="}, 400},
            {{"POST /login", "name=" + std::string(41, 'x')}, 400},
            {{"POST /chat", "text=hello"}, 401},
            {{"POST /setting", "value=" + std::string(101, 'x')}, 400},
            {{"GET /slow?ms=soon"}, 400},
            {{"GET /slow?ms=60001"}, 400},
            {{"DELETE /counter"}, 405},
            {{"GET /login"}, 405},
            {{"GET /nothing"}, 404},
            {{"GET /../../etc/passwd"}, 404},
            {{"GET /metrics"}, 404},
            {{"POST /actions/crash?slot=0"}, 404},
        };
        for (const auto& [asked, status] : table) {
            INFO(asked.line);
            const auto told = co_await ask(site.port(), asked);
            CHECK(told.status == status);
            CHECK(told.json().value("error", "") != "");
        }
        co_await site.stop();
    });
}

TEST_CASE("the page and its parts are served, and nothing else of the disk", "[07][full_cluster]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 1);
        co_await site.until_up();
        const auto page = co_await site.get("/");
        CHECK(page.status == 200);
        CHECK(page.field("Content-Type").starts_with("text/html"));
        const auto script = co_await site.get("/app.js");
        CHECK(script.field("Content-Type").starts_with("text/javascript"));
        const auto dashboard = co_await site.admin("/");
        CHECK(dashboard.status == 200);
        co_await site.stop();
    });
}
