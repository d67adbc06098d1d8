// The pages of the app, as each worker answers them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "06-cluster-lib/this_worker.hpp"
#include "07-state-sharing/full_cluster/access_log.hpp"
#include "07-state-sharing/full_cluster/chat.hpp"
#include "07-state-sharing/full_cluster/figures.hpp"
#include "07-state-sharing/full_cluster/router.hpp"
#include "07-state-sharing/full_cluster/watched_setting.hpp"
#include "07-state-sharing/sessions.hpp"
#include "support/static_files.hpp"
#include "support/weak_ref.hpp"

namespace full_cluster {

/// What the pages are made of; all of it must outlive them.
struct site_parts {
    cluster::this_worker& self;
    state::store& store;
    state::sessions& sessions;
    watched_setting& setting;
    support::static_files& files;
    support::static_files& shared_files;
    access_log& log;
};

/// Answers requests, counts them and logs them.
///
/// Nothing that a visitor must find again is kept here: it is in the store, so that any worker can
/// answer any request, and a worker that dies takes nothing with it.
class site {
  public:
    explicit site(site_parts parts);
    site(const site&) = delete;
    site& operator=(const site&) = delete;

    /// @throws whatever a page throws: the worker is to be replaced then
    void answer(const support::http_request& request, support::http_reply& reply);

    /// What was counted since the last call.
    [[nodiscard]] figures take_figures() { return std::exchange(counted_, {}); }

  private:
    using request = support::http_request;
    using reply = support::http_reply;
    using moment = std::chrono::steady_clock::time_point;

    void add_account_pages();
    void add_shared_pages();
    void add_fault_pages();
    void login(const request& asked, reply& answer);
    void show_session(const request& asked, reply& answer);
    void write_chat(const request& asked, reply& answer);
    void change_setting(const request& asked, reply& answer);
    void answer_json(reply& answer, nlohmann::json told, int status = 200) const;
    void route(const request& asked, reply& answer);
    void done(std::string_view method, std::string_view target, int status, std::size_t bytes,
              moment began);
    // The site may be gone when its time is up, with a client that did not wait.
    [[nodiscard]] static asio::awaitable<support::http_response> slow(
        support::weak_ref<site> self, support::http_request asked,
        std::chrono::milliseconds length);

    site_parts parts_;
    chat chat_;
    router pages_;
    figures counted_;
    bool promised_ = false;  // the page that answers now will be done later
    support::weak_anchor<site> anchor_{this};
};

/// Never gives the event loop back: what a bug in a worker may do. Its primary finds out.
void hang();

}  // namespace full_cluster
