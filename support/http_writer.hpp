// The bytes of an answer.
#pragma once

#include <array>
#include <chrono>
#include <ctime>
#include <string>
#include <string_view>

#include "support/http_response.hpp"

namespace support {

/// What becomes of the connection behind an answer, as the answer says it.
enum class http_after { stay, stay_10, close };

/// Appends answers to an output buffer. What is the same in all answers of a second stands ready.
class http_writer {
  public:
    /// @param keep_alive  how long an idle connection stays; advertised one second shorter, so that
    ///         the client gives up first and sends no request into a connection that is about to
    ///         close
    explicit http_writer(std::chrono::milliseconds keep_alive);

    /// Makes the Date header that of `now` [seconds since 1970].
    void set_time(std::time_t now);

    /// @param body  false for the answer to a HEAD request: the head alone, with the length that
    ///         the body would have
    void append(std::string& out, const http_response& response, bool body, http_after after) const;

    /// A short plain-text answer that says the status, and closes.
    void append_refusal(std::string& out, int status) const;

  private:
    std::string keep_alive_field_;
    std::time_t time_ = -1;
    std::array<std::string, 3> common_;  // Date and Connection fields, by http_after
};

/// "Not Found" for 404; "Unknown" for a status without a name.
[[nodiscard]] std::string_view http_reason(int status);

}  // namespace support
