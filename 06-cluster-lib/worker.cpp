#include "06-cluster-lib/worker.hpp"

#include <utility>

#include "04-auto-restart/supervisor.hpp"

namespace cluster {

worker::worker(supervisor& workers, worker_process& process)
    : workers_(workers), process_(process) {}

int worker::id() const {
    return process_.id();
}

pid_t worker::pid() const {
    return process_.pid();
}

int worker::slot() const {
    return process_.slot();
}

worker_state worker::state() const {
    return process_.state();
}

bool worker::is_connected() const {
    return process_.channel().connected();
}

bool worker::is_dead() const {
    return process_.is_dead();
}

bool worker::exited_after_disconnect() const {
    return process_.exited_after_disconnect();
}

std::chrono::steady_clock::time_point worker::started() const {
    return process_.started();
}

std::uint64_t worker::connections() const {
    return process_.connections();
}

crash_report worker::report() const {
    return process_.report();
}

bool worker::send(const nlohmann::json& message) {
    if (!is_connected() || process_.channel().backlog() > most_unread) return false;
    process_.channel().post(message);
    return true;
}

bool worker::send(const nlohmann::json& message, child_process::handle passed) {
    if (!is_connected() || process_.channel().backlog() > most_unread) return false;
    process_.channel().post(message, std::move(passed));
    return true;
}

void worker::disconnect() {
    if (!is_dead()) workers_.disconnect(process_);
}

child_process::kill_result worker::kill(int signal) {
    return process_.kill(signal);
}

}  // namespace cluster
