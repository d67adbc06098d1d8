// What the operator of the full cluster can see and do.
#include "tests/06-cluster-lib/client.hpp"
#include "tests/07-state-sharing/whole_cluster.hpp"

using namespace tests;

TEST_CASE("counters survive the death of workers", "[07][full_cluster][admin]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 2);
        co_await site.until_up();
        for (int n = 0; n < 20; ++n) co_await site.get("/whoami");
        co_await site.until_metric("cluster_requests_total", 20);
        for (int slot = 0; slot < 2; ++slot) co_await site.act("kill?slot=" + std::to_string(slot));
        co_await site.program().until_said(" listens on port ", 4);
        const long requests = co_await site.metric("cluster_requests_total");
        CHECK(requests == 20);
        const long first = co_await site.metric("worker_requests_total{slot=\"0\"}");
        const long second = co_await site.metric("worker_requests_total{slot=\"1\"}");
        CHECK(first + second == 20);
        const long restarts = co_await site.metric("worker_restarts_total{slot=\"0\"}");
        CHECK(restarts == 1);
        co_await site.stop();
    });
}

TEST_CASE("a worker that is told to crash, to hang or to die is replaced, and nobody notices",
          "[07][full_cluster][admin]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        const whole_cluster::words more = {"--hang-limit", "500"};
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 2, more);
        co_await site.until_up();
        int listened = 2;
        for (const std::string action : {"crash", "hang", "kill"}) {
            INFO(action);
            const auto done = co_await site.act(action + "?slot=1");
            CHECK(done.status == 202);
            co_await site.program().until_said(" listens on port ", ++listened);
            const auto seen = co_await site.get("/whoami");
            CHECK(seen.status == 200);
        }
        const auto status = co_await site.stop();
        CHECK(status.code() == 0);
    });
}

TEST_CASE("a worker that is stopped is shown so, and goes on when it is told to",
          "[07][full_cluster][admin]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        const whole_cluster::words more = {"--hang-limit", "60000"};
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 2, more);
        co_await site.until_up();
        co_await site.act("stop?slot=0");
        co_await site.until_metric("worker_up{slot=\"0\"}", 0);
        const auto other = co_await site.metric("worker_up{slot=\"1\"}");
        CHECK(other == 1);
        co_await site.act("continue?slot=0");
        co_await site.until_metric("worker_up{slot=\"0\"}", 1);
        CHECK(site.program().count(" listens on port ") == 2);
        co_await site.stop();
    });
}

TEST_CASE("the cluster is scaled and reloaded from the dashboard", "[07][full_cluster][admin]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 1);
        co_await site.until_up();
        co_await site.act("scale?by=1");
        co_await site.program().until_said(" listens on port ", 2);
        const auto too_many = co_await site.act("scale?by=2");
        CHECK(too_many.status == 400);
        co_await site.act("scale?by=-1");
        const auto too_few = co_await site.act("scale?by=-1");
        CHECK(too_few.status == 409);
        co_await site.act("reload");
        co_await site.program().until_said("reload: done");
        const auto seen = co_await site.get("/whoami");
        CHECK(seen.json().at("worker") == 3);
        co_await site.stop();
    });
}

TEST_CASE("a load that was asked for is run, and its result told", "[07][full_cluster][admin]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 2);
        co_await site.until_up();
        const auto nothing = co_await site.act("load?requests=0");
        CHECK(nothing.status == 400);
        const auto started = co_await site.act("load?requests=2000");
        CHECK(started.status == 202);
        co_await site.program().until_said("2000 of 2000 answered");
        // One at a time.
        const auto long_one = co_await site.act("load?requests=1000000");
        CHECK(long_one.status == 202);
        const auto second = co_await site.act("load?requests=10");
        CHECK(second.status == 409);
        co_await site.stop();
    });
}

TEST_CASE("the dashboard obeys nobody but its own page on this machine",
          "[07][full_cluster][admin]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 1);
        co_await site.until_up();
        const std::string here = "127.0.0.1:" + std::to_string(site.admin_port());
        const std::string mark = "X-Requested-With";
        struct attempt {
            question asked;
            int status;
        };
        const std::vector<attempt> table = {
            {{"POST /actions/kill?slot=0"}, 403},
            {{"POST /actions/kill?slot=0", "", {{"Host", "evil.example"}, {mark, "dashboard"}}},
             403},
            {{"POST /actions/kill?slot=0",
              "",
              {{"Origin", "http://evil.example"}, {mark, "dashboard"}}},
             403},
            {{"POST /actions/kill?slot=0",
              "",
              {{"Sec-Fetch-Site", "cross-site"}, {mark, "dashboard"}}},
             403},
            {{"GET /", "", {{"Host", "evil.example"}}}, 403},
            {{"GET /metrics", "", {{"Host", "evil.example"}}}, 403},
            {{"GET /actions/kill?slot=0"}, 405},
            {{"POST /actions/kill", "", {{mark, "dashboard"}}}, 400},
            {{"POST /actions/kill?slot=9", "", {{mark, "dashboard"}}}, 404},
            {{"POST /actions/sing?slot=0", "", {{mark, "dashboard"}}}, 404},
            {{"POST /actions/stop?slot=0", "", {{"Origin", "http://" + here}, {mark, "dashboard"}}},
             202},
        };
        for (const auto& [asked, status] : table) {
            INFO(asked.line);
            const auto told = co_await ask(site.admin_port(), asked);
            CHECK(told.status == status);
        }
        CHECK(site.program().count(": worker 1: SIGKILL") == 0);
        co_await site.act("continue?slot=0");
        co_await site.stop();
    });
}

TEST_CASE("nobody reaches the dashboard from another address", "[07][full_cluster][admin]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const temporary_folder folder;
        whole_cluster site(executor, folder.file("state"), 1);
        co_await site.until_up();
        client elsewhere(executor);
        const auto refused = co_await elsewhere.connect(at_ip("127.0.0.2", site.admin_port()));
        CHECK(refused == std::errc::connection_refused);
        client app(executor);
        const auto taken = co_await app.connect(at_ip("127.0.0.2", site.port()));
        CHECK_FALSE(taken);
        app.close();
        co_await site.stop();
    });
}

TEST_CASE("a page that throws is an error in the figures, and its worker is replaced",
          "[07][full_cluster][admin]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 1);
        co_await site.until_up();
        const auto thrown = co_await site.get("/crash");
        CHECK(thrown.status == 500);
        co_await site.program().until_said(" listens on port ", 2);
        co_await site.until_metric("cluster_errors_total", 1);
        const auto wrong_method = co_await site.post("/slow", "x");
        CHECK(wrong_method.status == 405);
        co_await site.until_metric("cluster_requests_total", 2);
        co_await site.stop();
    });
}

TEST_CASE("wrong sockets of a service manager are an error, and not a crash",
          "[07][full_cluster][admin]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto shell =
            "LISTEN_PID=$$ LISTEN_FDS=abc; export LISTEN_PID LISTEN_FDS; exec \"$0\"";
        const running_program::words words = {"-c", shell,
                                              stage_program("07-state-sharing", "full_cluster")};
        running_program program(co_await asio::this_coro::executor, "sh", words);
        const auto status = co_await program.end();
        CHECK(status.code() == 1);
        CHECK(program.output().find("error: ") != std::string::npos);
    });
}

TEST_CASE("the dashboard is told what was, and what happens", "[07][full_cluster][admin]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const temporary_folder folder;
        whole_cluster site(executor, folder.file("state"), 1);
        co_await site.until_up();
        co_await site.login("ada");
        // The stream ends with the cluster; what came until then is the answer.
        later_answer events(executor, site.admin("/events"));
        co_await site.admin("/live");
        co_await site.act("kill?slot=0");
        co_await site.program().until_said(" listens on port ", 2);
        co_await site.stop();
        co_await events.until_done();
        const auto& told = events.result();
        CHECK(told.status == 200);
        CHECK(told.field("Content-Type") == "text/event-stream");
        CHECK(told.body.find("event: log\ndata: {") != std::string::npos);
        CHECK(told.body.find("\"kind\":\"listening\"") != std::string::npos);
        CHECK(told.body.find("event: history\n") != std::string::npos);
        CHECK(told.body.find("event: snapshot\n") != std::string::npos);
        CHECK(told.body.find("\"value\":\"(a session)\"") != std::string::npos);
        CHECK(told.body.find("SIGKILL") != std::string::npos);
    });
}

TEST_CASE("ready says whether a request would be answered, live that the process turns",
          "[07][full_cluster][admin]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 1);
        co_await site.until_up();
        for (const char* target : {"/live", "/ready"}) {
            const auto public_one = co_await site.get(target);
            CHECK(public_one.status == 200);
            const auto admin_one = co_await site.admin(target);
            CHECK(admin_one.status == 200);
        }
        const auto status = co_await site.stop();
        CHECK(status.code() == 0);
    });
}
