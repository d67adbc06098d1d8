// Who a client is, known to every worker.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "07-state-sharing/session_token.hpp"
#include "07-state-sharing/store.hpp"

namespace state {

struct session_options {
    /// How long a session lives after its last use.
    std::chrono::milliseconds lifetime = std::chrono::minutes(30);
    /// Whether browsers send the cookie over HTTPS only. Say so where there is HTTPS in front.
    bool secure = false;
};

/// A session, as it is now.
struct session {
    std::string json;                      ///< its data as JSON text
    std::chrono::milliseconds expires_in;  ///< if it is not used before
    bool renewed = false;                  ///< its life began again: send the cookie again too

    [[nodiscard]] nlohmann::json value() const;
};

/// Sessions in a store, under `session/`. No worker keeps one: whichever gets the next request
/// finds it, also after the one that made it has died.
///
/// A token is what a client sent, any text at all; one that is malformed, unknown or wrong is no
/// session, and no error.
class sessions {
  public:
    using clock = store::clock;

    /// @lifetime the store must outlive it
    explicit sessions(store& in, session_options options = {});

    /// Begins a session.
    /// @return the token, for the client alone
    /// @throws store_error, as each of these
    [[nodiscard]] std::string create(const nlohmann::json& data);

    /// The session of a token. Its life begins again; that is written only when a tenth of it has
    /// gone, so that most requests only read. A store that is full still answers.
    [[nodiscard]] std::optional<session> find(std::string_view token);

    /// Makes new data from the old, and the session's life begins again. No other process writes in
    /// between.
    /// @param make  as store::updater: called once, quick, without use of the store. Not called if
    ///        there is no session
    /// @return the session as it is now, `renewed`; nothing if there is none, also if it was ended
    ///         a moment ago: it stays ended
    using updater = std::function<nlohmann::json(const nlohmann::json& data)>;
    std::optional<session> change(std::string_view token, const updater& make);

    /// @return whether there was one
    bool end(std::string_view token);

    /// The value of a Set-Cookie field that gives a client its token: "session=…; Path=/; …".
    [[nodiscard]] std::string cookie(std::string_view token) const;
    /// The one that takes it back.
    [[nodiscard]] std::string ended_cookie() const;

  private:
    struct record;
    [[nodiscard]] std::optional<record> read(const session_token& token);
    /// The one write of find() and change(): in the store, in the record and for the client the
    /// life begins again. What is no record of this token keeps its value.
    std::optional<session> write(const session_token& token, const updater& make);
    [[nodiscard]] std::string cookie_with(std::string_view token, std::chrono::seconds age) const;

    store& store_;
    session_options options_;
};

}  // namespace state
