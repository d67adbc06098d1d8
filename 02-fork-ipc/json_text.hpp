// JSON text, quickly: what nlohmann's writer and parser do to the usual message, in a fraction of
// their time. Whatever is unusual is left to them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace child_process {

/// Appends `value` as dump(-1, ' ', false, error_handler_t::replace) would write it.
void append_json(std::string& text, const nlohmann::json& value);

/// The same as a text of its own.
[[nodiscard]] std::string json_text(const nlohmann::json& value);

/// The value that json::parse() would give for `text`; nothing when it would refuse it, when it is
/// nested deeper than `depth`, and for a few rare ways to write a value: ask json::parse() then.
[[nodiscard]] std::optional<nlohmann::json> read_json(std::string_view text, std::size_t depth);

}  // namespace child_process
