// What a worker and its primary say to each other about a store.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "07-state-sharing/changed_keys.hpp"

namespace state {

/// A message between a worker and its primary, the same both ways:
///
///     {"cmd":"state","changed":["setting"]}   these keys have changed
///     {"cmd":"state","resync":true}           any key may have changed
///     {"cmd":"state","heard":true}            a worker has heard the last message, and waits for
///                                             the next; the first one says that it wants any
///
/// The program's own listeners get them too, and have another "cmd", or none.
///
/// No values and no versions: whoever hears of a key reads it from the store, so that it cannot
/// take an old value for a new one in whatever order messages come.
struct state_message {
    changed_keys changed;
    bool heard = false;

    [[nodiscard]] bool empty() const { return !heard && changed.empty(); }
};

[[nodiscard]] nlohmann::json to_json(const state_message& message);

/// The message that `received` is; nothing if it is another one, or breaks a limit: it may come
/// from any program.
[[nodiscard]] std::optional<state_message> state_message_in(const nlohmann::json& received);

}  // namespace state
