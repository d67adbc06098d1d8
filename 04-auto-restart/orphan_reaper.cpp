#include "04-auto-restart/orphan_reaper.hpp"

#include "01-spawn-exec/adopted.hpp"

namespace cluster {

orphan_reaper::orphan_reaper(const asio::any_io_executor& executor) : timer_(executor) {
    if (child_process::adopts_orphans()) look_later();
}

void orphan_reaper::look_later() {
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
        if (error || !self) return;
        child_process::reap_adopted();
        self->look_later();
    });
}

}  // namespace cluster
