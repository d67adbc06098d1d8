// The messages of a cluster, built and read in this one place.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "04-auto-restart/listen_query.hpp"

namespace cluster {

/// A message between a primary and a worker, as it was read: {"cmd":"NODE_CLUSTER","act":…}.
///
/// Node's own, so that either side may be a Node process; "suicide" is the one addition, and a
/// peer that does not know an act ignores it.
/// @source docs/wire-protocol.md
struct cluster_message {
    std::string act;                   ///< empty in a reply
    std::optional<std::uint64_t> seq;  ///< the sender's number for this message
    std::optional<std::uint64_t> ack;  ///< in a reply: the number of the message it answers
    json fields;                       ///< the whole message

    /// Nothing if `message` is not one of the cluster's.
    [[nodiscard]] static std::optional<cluster_message> read(json message);

    /// A field, if it is there and a text.
    [[nodiscard]] std::string text(const char* field) const;
    /// Whether a field is there and true.
    [[nodiscard]] bool flag(const char* field) const;
};

/// What a primary answers to a listen_query.
struct listen_reply {
    int error = 0;    ///< 0, or why it failed, as a positive errno
    std::string key;  ///< the name to use from now on
    json data = nullptr;
    json sockname = nullptr;  ///< {"address","family","port"}, when the primary accepts

    [[nodiscard]] static listen_reply read(const cluster_message& message);
};

/// Each is complete but for its number, which numbered() gives.
namespace messages {

[[nodiscard]] json online();
[[nodiscard]] json query_server(const listen_query& query);
/// @param port  the real one
[[nodiscard]] json listening(const listen_query& query, std::optional<int> port);
/// The worker works, without a socket to listen on. Ours alone.
[[nodiscard]] json ready();
/// The worker serves this key no more.
[[nodiscard]] json close(const std::string& key);
/// The worker leaves on purpose, and waits for the bare answer.
[[nodiscard]] json exited_after_disconnect();
/// The worker has failed and asks to be replaced.
[[nodiscard]] json suicide(const std::string& reason);
/// The worker asks to be replaced, in health: a suicide with "recycle": true.
[[nodiscard]] json recycle(const std::string& reason);

/// The primary has accepted a connection, which comes with this message.
[[nodiscard]] json new_connection(const std::string& key);
/// The worker's answer: whether it takes the connection.
[[nodiscard]] json accepted(bool taken);
/// The lane for the connections of this key comes with this message. Ours alone.
[[nodiscard]] json lane(const std::string& key);

/// The primary asks a worker to finish and leave.
[[nodiscard]] json disconnect();
/// The socket comes with this message, for the worker to accept from.
[[nodiscard]] json reply_with_socket(const listen_reply& reply);
/// No socket comes: the primary accepts, and will pass connections.
[[nodiscard]] json reply_without_socket(const listen_reply& reply);
/// `reply.error` says why.
[[nodiscard]] json reply_failed(const listen_reply& reply);

/// A reply with nothing in it.
[[nodiscard]] json bare_reply();

/// The same message with the next number of this process.
[[nodiscard]] json numbered(json message);
/// The number that numbered() gave.
[[nodiscard]] std::uint64_t number_of(const json& message);
/// The same message as the answer to `request`, with the next number.
[[nodiscard]] json answering(const cluster_message& request, json message);

}  // namespace messages
}  // namespace cluster
