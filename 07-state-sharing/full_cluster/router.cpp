#include "07-state-sharing/full_cluster/router.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "02-fork-ipc/json_text.hpp"

namespace full_cluster {

void router::add(std::string_view method, std::string_view path, page answer) {
    paths_[std::string(path)][std::string(method)] = std::move(answer);
}

bool router::answer(const support::http_request& request, support::http_reply& reply) const {
    const auto path = paths_.find(request.path());
    if (path == paths_.end()) return false;
    const auto& known = path->second;
    const auto method = known.find(request.method() == "HEAD" ? "GET" : request.method());
    if (method != known.end()) {
        method->second(request, reply);
        return true;
    }
    std::string allowed;
    for (const auto& each : known) allowed += (allowed.empty() ? "" : ", ") + each.first;
    answer_error(reply, 405, "this page takes " + allowed);
    reply.header("Allow", allowed);
    return true;
}

void send_json(support::http_reply& reply, const nlohmann::json& told, int status) {
    reply.send("application/json", child_process::json_text(told), status);
}

void answer_error(support::http_reply& reply, int status, std::string_view sentence) {
    const nlohmann::json told = {{"error", sentence}};
    send_json(reply, told, status);
}

}  // namespace full_cluster
