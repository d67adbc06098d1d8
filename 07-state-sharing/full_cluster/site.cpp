#include "07-state-sharing/full_cluster/site.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "support/environment.hpp"
#include "support/timeout.hpp"

namespace full_cluster {
namespace {

using nlohmann::json;

constexpr int ok = 200;

int status_of(state::store_fault fault) {
    switch (fault) {
        case state::store_fault::bad_key:
        case state::store_fault::wrong_type:
            return 400;
        case state::store_fault::too_large:
            return 413;
        case state::store_fault::no_space:
            return 507;
        default:
            return 503;
    }
}

}  // namespace

site::site(site_parts parts) : parts_(parts), chat_(parts.store) {
    pages_.add("GET", "/whoami",
               [this](const request&, reply& answer) { answer_json(answer, json::object()); });
    pages_.add("GET", "/live", [](const request&, reply& answer) { answer.text("alive\n"); });
    pages_.add("GET", "/ready", [this](const request&, reply& answer) {
        const bool leaves = !parts_.self.is_connected() || parts_.self.exited_after_disconnect();
        answer.text(leaves ? "leaving\n" : "ready\n", leaves ? 503 : ok);
    });
    add_account_pages();
    add_shared_pages();
    add_fault_pages();
}

void site::answer(const request& asked, reply& answer) {
    const auto began = std::chrono::steady_clock::now();
    try {
        route(asked, answer);
    } catch (const state::store_error& error) {
        // The store is as it was; the visitor is told, and the worker serves on.
        answer_error(answer, status_of(error.fault()), error.what());
    } catch (...) {
        done(asked.method(), asked.target(), 500, 0, began);
        throw;
    }
    if (!std::exchange(promised_, false)) {
        done(asked.method(), asked.target(), answer.status, answer.body.size(), began);
    }
}

void site::route(const request& asked, reply& answer) {
    if (pages_.answer(asked, answer)) return answer.header("Cache-Control", "no-store");
    if (parts_.files.answer(asked, answer) || parts_.shared_files.answer(asked, answer)) return;
    answer_error(answer, 404, "there is nothing here");
}

void site::done(std::string_view method, std::string_view target, int status, std::size_t bytes,
                moment began) {
    const auto taken = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - began);
    counted_.count(status, taken);
    parts_.log.write({method, target, status, bytes, taken});
}

void site::answer_json(reply& answer, json told, int status) const {
    told["worker"] = parts_.self.id();
    told["pid"] = ::getpid();
    send_json(answer, told, status);
}

// Faults, to be provoked.

void site::add_fault_pages() {
    pages_.add("GET", "/crash", [](const request&, reply&) {
        throw std::runtime_error("/crash: nobody catches this");
    });
    pages_.add("GET", "/hang", [](const request&, reply&) { hang(); });
    pages_.add("GET", "/slow", [this](const request& asked, reply& answer) {
        constexpr int longest = 60'000;
        const auto text = asked.query("ms").value_or("1000");
        const auto length = support::number_in<int>(text);
        if (!length || *length < 0 || *length > longest) {
            return answer_error(answer, 400, "ms is a number from 0 to 60000");
        }
        promised_ = true;
        answer.later(
            slow(support::weak_ref(anchor_), asked.copy(), std::chrono::milliseconds(*length)));
    });
}

asio::awaitable<support::http_response> site::slow(support::weak_ref<site> self,
                                                   support::http_request asked,
                                                   std::chrono::milliseconds length) {
    const auto began = std::chrono::steady_clock::now();
    co_await support::pause(length);
    support::http_response response;
    response.text("that took " + std::to_string(length.count()) + " ms\n");
    if (self) self->done(asked.method(), asked.target(), ok, response.body.size(), began);
    co_return response;
}

void hang() {
    for (volatile bool forever = true; forever;) {
    }
}

}  // namespace full_cluster
