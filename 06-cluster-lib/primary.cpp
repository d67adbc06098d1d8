#include "06-cluster-lib/primary.hpp"

#include <utility>

#include "06-cluster-lib/primary_state.hpp"

namespace cluster {

primary::primary(const asio::any_io_executor& executor)
    : state_(std::make_unique<state>(executor)) {}
primary::~primary() = default;

void primary::setup(const cluster::setup& changes) {
    if (state_->started() && changes.changes_what_is_fixed()) {
        throw std::logic_error(
            "setup: policy, pick, credit, refusal, limits, restart, giving_up and proof are fixed "
            "when the cluster starts; set them before");
    }
    state_->settings.merge(changes);
    if (state_->started()) state_->workers().set_command(state_->command());
    state_->on_setup(state_->settings);
}

const cluster::setup& primary::settings() const {
    return state_->settings;
}

worker& primary::fork(const child_process::environment& env) {
    return state_->face_of(state_->workers().add(env));
}

void primary::keep_running(int workers) {
    state_->workers().keep_running(workers);
}

int primary::wanted() const {
    return state_->started() && !state_->over ? state_->workers().wanted() : 0;
}

std::vector<worker*> primary::workers() const {
    std::vector<worker*> result;
    for (const auto& [id, face] : state_->faces) result.push_back(face.shown.get());
    return result;
}

worker* primary::find(int id) const {
    const auto found = state_->faces.find(id);
    return found == state_->faces.end() ? nullptr : found->second.shown.get();
}

asio::awaitable<std::optional<std::string>> primary::reload() {
    if (state_->over) co_return "the cluster is stopping";
    state_->workers();
    const support::weak_ref self(state_->anchor);
    state_->on_reloading();
    auto failed = co_await self->reload->run();
    if (self) self->on_reload(failed);
    co_return failed;
}

asio::awaitable<int> primary::until_signal() {
    auto& workers = state_->workers();
    const auto reload_soon = [this] {
        auto reloading = [](primary& self) -> asio::awaitable<void> {
            static_cast<void>(co_await self.reload());
        };
        asio::co_spawn(state_->executor, reloading(*this), support::rethrow);
    };
    const stop_cause cause = co_await until_asked_to_stop(workers, reload_soon);
    state_->signal = cause.signal;
    if (cause.signal == 0) throw workers_failed(cause.failure);
    co_return cause.signal;
}

asio::awaitable<void> primary::disconnect(std::chrono::milliseconds limit) {
    if (std::exchange(state_->over, true) || !state_->started()) co_return;
    stop_settings settings;
    settings.limit = limit;
    settings.before = [this] { return state_->sockets->stop(); };
    state_->exit_code =
        co_await stop_as_asked(state_->workers(), state_->signal, std::move(settings));
}

asio::awaitable<void> primary::until_empty() {
    while (!state_->faces.empty()) co_await state_->news.wait();
}

int primary::exit_code() const {
    return state_->exit_code;
}

void primary::on_setup(std::function<void(const cluster::setup&)> listener) {
    state_->on_setup.add(std::move(listener));
}

void primary::on_fork(std::function<void(worker&)> listener) {
    state_->on_fork.add(std::move(listener));
}

void primary::on_online(std::function<void(worker&)> listener) {
    state_->on_online.add(std::move(listener));
}

void primary::on_listening(std::function<void(worker&, const listening_address&)> listener) {
    state_->on_listening.add(std::move(listener));
}

void primary::on_message(
    std::function<void(worker&, const nlohmann::json&, std::optional<child_process::handle>)>
        listener) {
    // The socket is one listener's: the first.
    state_->on_message.add(
        [listener = std::move(listener)](worker& from, const nlohmann::json& message,
                                         std::optional<child_process::handle>& passed) {
            listener(from, message, std::exchange(passed, std::nullopt));
        });
}

void primary::on_output(std::function<void(worker&, int fd, std::string_view)> listener) {
    state_->on_output.add(std::move(listener));
}

void primary::on_suicide(std::function<void(worker&, const std::string& reason)> listener) {
    state_->on_suicide.add(std::move(listener));
}

void primary::on_disconnect(std::function<void(worker&)> listener) {
    state_->on_disconnect.add(std::move(listener));
}

void primary::on_exit(std::function<void(worker&, child_process::exit_status)> listener) {
    state_->on_exit.add(std::move(listener));
}

void primary::on_give_up(std::function<void(const std::string& reason)> listener) {
    state_->on_give_up.add(std::move(listener));
}

void primary::on_reloading(std::function<void()> listener) {
    state_->on_reloading.add(std::move(listener));
}

void primary::on_reload(std::function<void(const std::optional<std::string>&)> listener) {
    state_->on_reload.add(std::move(listener));
}

}  // namespace cluster
