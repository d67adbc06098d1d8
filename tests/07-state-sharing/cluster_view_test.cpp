#include "07-state-sharing/full_cluster/cluster_view.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/catch.hpp"

using full_cluster::cluster_view;
using full_cluster::milliseconds;

namespace {

cluster_view viewed_cluster() {
    cluster_view view;
    view.wanted = 2;
    view.requests = 7;
    view.errors = 1;
    view.uptime = milliseconds(1500);
    full_cluster::worker_view worker;
    worker.state = "listening";
    worker.requests = 5;
    worker.memory = 1024;
    view.workers.push_back(worker);
    worker.slot = 1;
    worker.state = "starting";
    worker.requests = 2;
    worker.restarts = 3;
    worker.last_death = full_cluster::death{"signal SIGSEGV", milliseconds(200)};
    view.workers.push_back(worker);
    view.all.add(std::chrono::microseconds(400));
    view.all.add(std::chrono::microseconds(90'000));
    return view;
}

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("the metrics say what is known of the cluster and of each slot", "[07][metrics]") {
    const auto text = metrics_of(viewed_cluster());
    for (const char* line :
         {"cluster_requests_total 7", "cluster_errors_total 1", "cluster_workers_wanted 2",
          "cluster_uptime_seconds 1.5", "worker_up{slot=\"0\"} 1", "worker_up{slot=\"1\"} 0",
          "worker_requests_total{slot=\"0\"} 5", "worker_requests_total{slot=\"1\"} 2",
          "worker_restarts_total{slot=\"1\"} 3", "worker_memory_bytes{slot=\"0\"} 1024",
          "request_duration_seconds_bucket{le=\"0.0001\"} 0",
          "request_duration_seconds_bucket{le=\"0.0005\"} 1",
          "request_duration_seconds_bucket{le=\"0.1\"} 2",
          "request_duration_seconds_bucket{le=\"+Inf\"} 2", "request_duration_seconds_sum 0.0904",
          "request_duration_seconds_count 2"}) {
        INFO(line << " in\n" << text);
        CHECK(has_line(text, line));
    }
}

TEST_CASE("each metric has one help, one type, and its samples right behind them",
          "[07][metrics]") {
    std::istringstream text(metrics_of(viewed_cluster()));
    std::set<std::string> families;
    std::string family;
    for (std::string line; std::getline(text, line);) {
        INFO(line);
        if (line.starts_with("# HELP ")) {
            family = line.substr(7, line.find(' ', 7) - 7);
            CHECK(families.insert(family).second);
            std::getline(text, line);
            CHECK(line.starts_with("# TYPE " + family + " "));
        } else {
            CHECK(line.starts_with(family));
        }
    }
    CHECK(families.size() == 12);
}

TEST_CASE("two workers in one slot, and slots that are gone, give each sample once",
          "[07][metrics]") {
    auto view = viewed_cluster();
    auto leaving = view.workers.front();
    leaving.state = "leaving";
    leaving.connections = 2;
    view.workers.front().connections = 3;
    view.workers.push_back(leaving);
    view.dropped.push_back(view.workers.front());
    view.dropped.back().slot = 7;
    view.dropped.back().state = "dead";
    const auto text = metrics_of(view);
    std::set<std::string> samples;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        INFO(line);
        if (!line.starts_with("#")) CHECK(samples.insert(line.substr(0, line.rfind(' '))).second);
    }
    CHECK(has_line(text, "worker_up{slot=\"0\"} 1"));
    CHECK(has_line(text, "worker_requests_total{slot=\"0\"} 5"));
    CHECK(has_line(text, "worker_connections{slot=\"0\"} 5"));
    CHECK(has_line(text, "worker_requests_total{slot=\"7\"} 5"));
    CHECK(has_line(text, "worker_up{slot=\"7\"} 0"));
}

TEST_CASE("a sum of many seconds is told to the microsecond", "[07][metrics]") {
    auto view = viewed_cluster();
    view.all = {};
    for (int n = 0; n < 200; ++n) view.all.add(std::chrono::seconds(1000));
    view.all.add(std::chrono::microseconds(1));
    CHECK(has_line(metrics_of(view), "request_duration_seconds_sum 200000.000001"));
}

TEST_CASE("the cluster is ready as long as a worker listens and nobody has asked it to stop",
          "[07][metrics]") {
    auto view = viewed_cluster();
    CHECK(view.ready());
    view.stopping = true;
    CHECK_FALSE(view.ready());
    view.stopping = false;
    view.workers.erase(view.workers.begin());
    CHECK_FALSE(view.ready());
}

TEST_CASE("the dashboard gets each worker with its last death", "[07][metrics]") {
    const auto told = to_json(viewed_cluster());
    CHECK(told.at("workers").at(0).at("last_death").is_null());
    CHECK(told.at("workers").at(1).at("last_death").at("reason") == "signal SIGSEGV");
    CHECK(told.at("totals").at("requests") == 7);
    CHECK(told.at("cluster").at("wanted") == 2);
}
