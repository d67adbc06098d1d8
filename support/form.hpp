// What a browser sends with a form, and the cookies it was given.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "support/http_request.hpp"

namespace support {

/// How many fields of one form are looked at, so that a megabyte of '&' costs no time.
inline constexpr int most_form_fields = 100;

/// The decoded value of the first field `name` in `text`, which has the form of a query or of a
/// body of the type application/x-www-form-urlencoded: "user=ada&text=a+b%21".
///
/// '+' is a space, %41 is 'A'; a '%' without two hex digits stands for itself. The value may hold
/// any byte.
/// @return  empty text for a field without '='; nothing if there is none among the first
///         `most_form_fields`
[[nodiscard]] std::optional<std::string> form_value(std::string_view text, std::string_view name);

/// `text` with every %41 decoded; a '%' without two hex digits stands for itself.
[[nodiscard]] std::string percent_decoded(std::string_view text);

/// The value of the first cookie `name` of a request, as the browser sent it; nothing if there is
/// none. Names are told apart by case.
/// @lifetime  a view into the request
[[nodiscard]] std::optional<std::string_view> cookie(const http_request& request,
                                                     std::string_view name);

}  // namespace support
