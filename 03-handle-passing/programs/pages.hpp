// The pages that every process of a family answers, each with its own name under them.
#pragma once

#include <string>

#include "support/http_server.hpp"

/// Answers `/` and `/index` with "handled by <who>", and everything else with 404.
inline void answer_page(const support::http_request& request, support::http_reply& reply,
                        const std::string& who) {
    if (request.path() == "/" || request.path() == "/index") {
        reply.text("handled by " + who + "\n");
    } else {
        reply.text("there is nothing here\n", 404);
    }
}
