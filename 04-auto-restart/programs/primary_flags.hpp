// What the primaries of HTTP workers have in common: their flags, and what they print.
#pragma once

#include <string>
#include <vector>

#include "04-auto-restart/supervisor.hpp"
#include "support/cpu_count.hpp"
#include "support/flags.hpp"
#include "support/log.hpp"

/// The flags of a primary.
struct primary_flags {
    std::uint16_t port = support::default_port();
    int workers = support::available_cpus();
    bool no_restart = false;
    int most_restarts = 0;
    int first_delay = 100;
    int hang_limit = 30'000;
    int drain_limit = 5'000;
    int stop_limit = 30'000;
    bool shut_down = false;
    std::string program;
    std::vector<std::string> arguments;

    void add_to(support::flags& flags) {
        flags.add("port", port, "port that the workers answer on; 0 picks a free one");
        flags.add("workers", workers, "how many workers");
        flags.add("program", program, "the worker; its arguments follow the flags");
        flags.add("no-restart", no_restart, "leave the slot of a worker that ended empty");
        flags.add("max-restarts", most_restarts,
                  "failures within a minute before giving up; 0: three a worker, at least 10");
        flags.add("first-delay", first_delay, "back-off after the second failure [ms]");
        flags.add("hang-limit", hang_limit, "time without a heartbeat [ms]; 0: for ever");
        flags.add("drain-limit", drain_limit, "time for a failed worker to finish [ms]");
        flags.add("stop-limit", stop_limit, "time for the workers to finish at the end [ms]");
        flags.add("give-up", shut_down, "end with code 70 after too many failures");
        flags.rest(arguments, "[WORKER'S ARGUMENT...]");
    }

    /// What is wrong with them; empty if nothing is.
    [[nodiscard]] std::string fault() const {
        if (workers < 1) return "--workers must be at least 1";
        for (const int number : {most_restarts, first_delay, hang_limit, drain_limit, stop_limit}) {
            if (number < 0) return "times and numbers are not negative";
        }
        return "";
    }

    /// Workers find the port in their environment, as PORT.
    [[nodiscard]] cluster::supervisor_settings supervision() const {
        using std::chrono::milliseconds;
        cluster::supervisor_settings result;
        result.command.program = program;
        result.command.arguments = arguments;
        auto env = child_process::current_environment();
        env["PORT"] = std::to_string(port);
        result.command.options.env = std::move(env);
        result.restart.limit = most_restarts;
        result.restart.first_delay = milliseconds(first_delay);
        result.limits.hang = milliseconds(hang_limit);
        result.limits.drain = milliseconds(drain_limit);
        result.limits.leave = milliseconds(stop_limit);
        result.replace = !no_restart;
        if (shut_down) result.giving_up = cluster::on_give_up::shut_down;
        return result;
    }
};

/// Prints what happens to the workers.
inline void tell(cluster::supervisor& workers) {
    using cluster::worker_process;
    workers.on_fork.add([](worker_process& worker) {
        support::log() << "worker " << worker.id() << " started, pid " << worker.pid();
    });
    workers.on_listening.add([](worker_process& worker, const cluster::listen_query& where) {
        support::log() << "worker " << worker.id() << " listens on http://"
                       << where.address.value_or("localhost") << ":" << where.port.value_or(0)
                       << "/";
    });
    workers.on_suicide.add([](worker_process& worker, const std::string& reason) {
        support::log() << "worker " << worker.id() << " asks to be replaced: " << reason;
    });
    workers.on_exit.add(
        [](worker_process&, const cluster::crash_report& report) { support::log() << report; });
    workers.on_give_up.add([](const std::string& reason) {
        support::log() << "too many failures, giving up for a while; the last one: " << reason;
    });
}
