// The message that announces a descriptor.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "02-fork-ipc/message.hpp"
#include "03-handle-passing/handle.hpp"

namespace child_process {

/// What stood in an envelope: the message itself, and what the descriptor beside it is said to be.
struct envelope {
    std::string type;  ///< "net.Server" and so on; see handle::wire_type
    std::string key;   ///< which server's connection it is; often empty
    json message;
};

/// One line: `message` in an envelope that announces `passed`, its fields in Node's order.
///
/// What looks like sending a socket is this text, and a descriptor that travels beside it.
[[nodiscard]] std::string seal(const json& message, const handle& passed);

/// Opens an envelope; empty if `line` is no envelope.
///
/// Node wraps an envelope in a second one when it sends a handle again; both are taken off.
[[nodiscard]] std::optional<envelope> open_envelope(json& line);

/// The two answers to an envelope.
inline constexpr std::string_view arrived_line = "{\"cmd\":\"NODE_HANDLE_ACK\"}\n";
inline constexpr std::string_view not_arrived_line = "{\"cmd\":\"NODE_HANDLE_NACK\"}\n";

}  // namespace child_process
