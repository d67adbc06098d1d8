#include "06-cluster-lib/primary_state.hpp"

#include <filesystem>
#include <utility>

#include "05-round-robin/dispatched_sockets.hpp"

namespace cluster {

primary::state::state(const asio::any_io_executor& runs_on)
    : executor(runs_on),
      // Read now: after a new build the path has another file, which is what a reload is for.
      own_program(std::filesystem::read_symlink("/proc/self/exe").string()),
      held(runs_on),
      news(runs_on) {}

supervisor& primary::state::workers() {
    if (supervisor_) return *supervisor_;
    supervisor_settings supervision;
    supervision.command = command();
    if (settings.restart) supervision.restart = *settings.restart;
    if (settings.limits) supervision.limits = *settings.limits;
    if (settings.giving_up) supervision.giving_up = *settings.giving_up;
    supervisor_ = std::make_unique<supervisor>(executor, std::move(supervision));
    sockets = std::make_unique<listening_sockets>(*supervisor_, connections());
    reload = std::make_unique<rolling_reload>(*supervisor_,
                                              settings.proof.value_or(std::chrono::seconds(1)));
    listen_to_workers();
    return *supervisor_;
}

worker_command primary::state::command() const {
    worker_command result;
    result.program = settings.program.value_or(own_program);
    if (settings.arguments) result.arguments = *settings.arguments;
    result.options.cwd = settings.cwd;
    result.options.env = settings.env;
    if (settings.stdio) result.options.descriptors = *settings.stdio;
    result.options.uid = settings.uid;
    result.options.gid = settings.gid;
    result.silent = settings.silent.value_or(false);
    if (settings.primary_death) result.primary_death = *settings.primary_death;
    return result;
}

socket_policy primary::state::connections() {
    const policy chosen = settings.policy.value_or(policy::round_robin);
    dispatch_settings dispatch;
    if (settings.credit) dispatch.credit = *settings.credit;
    if (settings.refusal) dispatch.refusal = *settings.refusal;
    if (settings.pick) {
        dispatch.schedules = settings.pick;
    } else if (chosen == policy::shared) {
        return shared_policy();
    } else if (chosen == policy::reuseport) {
        return reuseport_policy(*supervisor_);
    } else if (chosen == policy::least_connections) {
        dispatch.schedules = least_connections;
    } else if (chosen == policy::address_hash) {
        dispatch.schedules = address_hash;
    }
    return dispatched_policy(*supervisor_, std::move(dispatch));
}

worker& primary::state::face_of(worker_process& process) {
    face& known = faces[process.id()];
    if (!known.shown) known.shown = std::make_unique<worker>(*supervisor_, process);
    return *known.shown;
}

void primary::state::disconnected(worker_process& process) {
    worker& gone = face_of(process);
    if (!std::exchange(faces[process.id()].disconnected, true)) on_disconnect(gone);
}

void primary::state::listen_to_workers() {
    supervisor& from = *supervisor_;
    from.on_fork.add([this](worker_process& process) { on_fork(face_of(process)); });
    from.on_online.add([this](worker_process& process) { on_online(face_of(process)); });
    from.on_listening.add([this](worker_process& process, const listen_query& query) {
        const int port = query.type == socket_type::unix_path ? -1 : query.port.value_or(0);
        on_listening(face_of(process), {query.address.value_or(""), port, query.datagram()});
    });
    from.on_message.add([this](worker_process& process, child_process::incoming& arrived) {
        worker& sender = face_of(process);
        on_message(sender, arrived.message, arrived.passed);
        if (sender.listener_) sender.listener_(arrived.message, std::move(arrived.passed));
    });
    from.on_output.add([this](worker_process& process, int fd, std::string_view text) {
        on_output(face_of(process), fd, text);
    });
    from.on_suicide.add([this](worker_process& process, const std::string& reason) {
        on_suicide(face_of(process), reason);
    });
    from.on_disconnect.add([this](worker_process& process) { disconnected(process); });
    from.on_exit.add([this](worker_process& process, const crash_report& report) {
        // A process that the worker has started may still hold its channel: that is not waited for.
        disconnected(process);
        on_exit(face_of(process), report.status);
        faces.erase(report.id);
        news.notify_all();
    });
    from.on_give_up.add([this](const std::string& reason) { on_give_up(reason); });
}

}  // namespace cluster
