// Which page answers which request.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "support/http_request.hpp"
#include "support/http_response.hpp"

namespace full_cluster {

/// Finds the page of a method and a path; HEAD is answered by GET's. A path that is not known is
/// left to the caller, one with other methods gets 405.
class router {
  public:
    using page = std::function<void(const support::http_request&, support::http_reply&)>;

    void add(std::string_view method, std::string_view path, page answer);

    /// @return false if there is no such path
    bool answer(const support::http_request& request, support::http_reply& reply) const;

  private:
    using methods = std::map<std::string, page, std::less<>>;
    std::map<std::string, methods, std::less<>> paths_;
};

/// Sends it; what is no UTF-8 in it, as clients may write, is made readable.
void send_json(support::http_reply& reply, const nlohmann::json& told, int status = 200);

/// {"error":"…"} with a status.
void answer_error(support::http_reply& reply, int status, std::string_view sentence);

}  // namespace full_cluster
