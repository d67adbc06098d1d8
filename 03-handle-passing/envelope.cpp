#include "03-handle-passing/envelope.hpp"

#include <utility>

namespace child_process {
namespace {

// A text field; empty if it is missing or something else.
std::string text_of(const json& object, const char* field) {
    const auto found = object.find(field);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_envelope(const json& value) {
    return value.is_object() && text_of(value, "cmd") == "NODE_HANDLE";
}

}  // namespace

std::string seal(const json& message, const handle& passed) {
    std::string line = R"({"cmd":"NODE_HANDLE","type":")";
    line += passed.wire_type();
    line += R"(","msg":)";
    line += encode(message);
    line.pop_back();  // the inner line's newline
    if (!passed.native() && passed.kind() == handle_kind::datagram) {
        line += R"(,"dgramType":")";
        line += passed.datagram_type();
        line += '"';
    }
    if (!passed.key().empty()) {
        line += R"(,"key":)";
        line += encode(passed.key());
        line.pop_back();
    }
    return line + "}\n";
}

std::optional<envelope> open_envelope(json& line) {
    if (!is_envelope(line)) return std::nullopt;
    json* sealed = &line;
    // The inner envelope tells the truth; the outer one of a repeated handle always says
    // net.Native.
    if (sealed->contains("msg") && is_envelope((*sealed)["msg"])) sealed = &(*sealed)["msg"];
    envelope result{text_of(*sealed, "type"), text_of(*sealed, "key"), nullptr};
    if (sealed->contains("msg")) result.message = std::move((*sealed)["msg"]);
    return result;
}

}  // namespace child_process
