#include "07-state-sharing/full_cluster/settings.hpp"

#include <unistd.h>

#include <cstdlib>

namespace full_cluster {
namespace {

// Where a service manager wants the state, where a user's programs keep theirs, or, for somebody
// without a home, a folder of the user's own in /tmp.
std::string default_state_directory() {
    if (const char* given = std::getenv("STATE_DIRECTORY")) return given;
    if (const char* given = std::getenv("XDG_STATE_HOME"))
        return std::string(given) + "/cluster-workshop";
    if (const char* home = std::getenv("HOME")) {
        return std::string(home) + "/.local/state/cluster-workshop";
    }
    return "/tmp/cluster-workshop-state-" + std::to_string(::getuid());
}

}  // namespace

settings::settings() : state_directory(default_state_directory()), pages(CLUSTER_WORKSHOP_PAGES) {}

void settings::name_all(support::flags& flags) {
    flags.add("port", port, "port of the app; 0 picks a free one");
    flags.add("admin-port", admin_port, "port of the dashboard, on 127.0.0.1; 0 picks a free one");
    flags.add("workers", workers, "how many workers");
    flags.add("policy", policy, ("who gets a connection: " + cluster::policy_names()).c_str());
    flags.add("state", state_directory, "directory for the shared state; made if need be");
    flags.add("store", store, "what keeps the state: lmdb or file");
    flags.add("watch", watch, "how workers hear of a changed setting: notification or polling");
    flags.add("poll-interval", poll_interval, "time between two looks of polling [ms]");
    flags.add("job-interval", job_interval, "time between two runs of the job [ms]");
    flags.add("session-minutes", session_minutes, "how long a session lives after its last use");
    flags.add("hang-limit", hang_limit, "a worker that is silent for so long is replaced [ms]");
    flags.add("log", log, "a line for each request: off, text or json");
    flags.add("log-file", log_file, "where to; without it standard output");
    flags.add("pages", pages, "directory with the folders app and dashboard");
    flags.add("listen-fd", listen_fd, "descriptor of a listening socket, instead of --port");
}

std::optional<std::string> settings::mistake() const {
    if (workers < 1) return "--workers must be at least 1";
    if (!cluster::policy_named(policy)) return "--policy is one of " + cluster::policy_names();
    if (store != "lmdb" && store != "file") return "--store is lmdb or file";
    if (watch != "notification" && watch != "polling") return "--watch is notification or polling";
    if (log != "off" && log != "text" && log != "json") return "--log is off, text or json";
    if (poll_interval < 1) return "--poll-interval must be at least 1";
    if (job_interval < 1) return "--job-interval must be at least 1";
    if (session_minutes < 1) return "--session-minutes must be at least 1";
    if (hang_limit < 100) return "--hang-limit must be at least 100";
    return std::nullopt;
}

std::optional<int> settings::parse(int argc, char** argv) {
    support::flags flags("full_cluster",
                         "A complete cluster: shared sessions and state, a dashboard, and no "
                         "request lost.\nExit codes: 0 stopped by a signal, 70 the workers do not "
                         "come up, 131 SIGQUIT, 1 it failed, 2 wrong flags.");
    name_all(flags);
    if (const auto code = flags.parse(argc, argv)) return code;
    if (const auto wrong = mistake()) return flags.wrong(*wrong);
    return std::nullopt;
}

log_format settings::format() const {
    if (log == "json") return log_format::json;
    return log == "text" ? log_format::text : log_format::off;
}

}  // namespace full_cluster
