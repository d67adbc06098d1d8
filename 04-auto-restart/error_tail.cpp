#include "04-auto-restart/error_tail.hpp"

namespace cluster {

void text_tail::add(std::string_view text) {
    kept_ += text;
    if (kept_.size() <= limit) return;
    const auto dropped = kept_.size() - limit;
    begins_in_line_ = kept_[dropped - 1] != '\n';
    kept_.erase(0, dropped);
}

std::string text_tail::text() const {
    const auto end = begins_in_line_ ? kept_.find('\n') : std::string::npos;
    // Of a line that is all we have, a part is better than nothing.
    if (end == std::string::npos || end + 1 == kept_.size()) return kept_;
    return kept_.substr(end + 1);
}

asio::awaitable<void> error_tail::relay() {
    const support::weak_ref self(anchor_);
    for (;;) {
        const auto chunk = co_await from_.read();
        if (!self || !chunk) co_return;
        tail_.add(*chunk);
        if (on_text) on_text(*chunk);
        if (!self) co_return;
        // False says that it could not be written; nobody is there to be told.
        static_cast<void>(co_await to_.write(*chunk));
        if (!self) co_return;
    }
}

}  // namespace cluster
