#include "04-auto-restart/cluster_message.hpp"

#include <cerrno>
#include <utility>

namespace cluster {
namespace {

std::optional<std::uint64_t> count_in(const json& message, const char* field) {
    const auto found = message.find(field);
    if (found == message.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint64_t>();
}

// Node's errno is negative; null and 0 both say that all is well.
int error_from(const json& number) {
    constexpr int highest = 4095;  // the kernel's
    if (number.is_null()) return 0;
    if (!number.is_number_integer()) return EPROTO;
    const auto value = number.get<double>();  // an integer would wrap
    return value > 0 || value < -highest ? EPROTO : static_cast<int>(-value);
}

json of_cluster(json fields = json::object()) {
    fields["cmd"] = "NODE_CLUSTER";
    return fields;
}

json acting(const char* act, json fields = json::object()) {
    fields["act"] = act;
    return of_cluster(std::move(fields));
}

}  // namespace

std::optional<cluster_message> cluster_message::read(json message) {
    if (!message.is_object()) return std::nullopt;
    cluster_message result;
    result.fields = std::move(message);
    if (result.text("cmd") != "NODE_CLUSTER") return std::nullopt;
    result.act = result.text("act");
    result.seq = count_in(result.fields, "seq");
    result.ack = count_in(result.fields, "ack");
    return result;
}

std::string cluster_message::text(const char* field) const {
    const auto found = fields.find(field);
    return found != fields.end() && found->is_string() ? found->get<std::string>() : "";
}

bool cluster_message::flag(const char* field) const {
    const auto found = fields.find(field);
    return found != fields.end() && found->is_boolean() && found->get<bool>();
}

listen_reply listen_reply::read(const cluster_message& message) {
    listen_reply reply;
    reply.key = message.text("key");
    reply.data = message.fields.value("data", json());
    reply.sockname = message.fields.value("sockname", json());
    const auto found = message.fields.find("errno");
    if (found != message.fields.end()) reply.error = error_from(*found);
    return reply;
}

namespace messages {

json online() {
    return acting("online");
}

json query_server(const listen_query& query) {
    return acting("queryServer", query.to_json());
}

json listening(const listen_query& query, std::optional<int> port) {
    json fields = query.to_json();
    if (port) fields["port"] = *port;
    return acting("listening", std::move(fields));
}

json ready() {
    return acting("ready");
}

json close(const std::string& key) {
    return acting("close", {{"key", key}});
}

json exited_after_disconnect() {
    return acting("exitedAfterDisconnect");
}

json suicide(const std::string& reason) {
    return acting("suicide", {{"reason", reason}});
}

json recycle(const std::string& reason) {
    return acting("suicide", {{"reason", reason}, {"recycle", true}});
}

json new_connection(const std::string& key) {
    return acting("newconn", {{"key", key}});
}

json accepted(bool taken) {
    return of_cluster({{"accepted", taken}});
}

json lane(const std::string& key) {
    return acting("lane", {{"key", key}});
}

json disconnect() {
    return acting("disconnect");
}

json reply_with_socket(const listen_reply& reply) {
    return of_cluster({{"errno", 0}, {"key", reply.key}, {"data", reply.data}});
}

json reply_without_socket(const listen_reply& reply) {
    json message = of_cluster({{"errno", nullptr}, {"key", reply.key}, {"data", reply.data}});
    if (!reply.sockname.is_null()) message["sockname"] = reply.sockname;
    return message;
}

json reply_failed(const listen_reply& reply) {
    return of_cluster({{"errno", -reply.error}, {"key", reply.key}, {"data", reply.data}});
}

json bare_reply() {
    return of_cluster();
}

json numbered(json message) {
    static std::uint64_t next = 0;
    message["seq"] = next++;
    return message;
}

std::uint64_t number_of(const json& message) {
    return message.at("seq").get<std::uint64_t>();
}

json answering(const cluster_message& request, json message) {
    message["ack"] = request.seq.value_or(0);
    return numbered(std::move(message));
}

}  // namespace messages
}  // namespace cluster
