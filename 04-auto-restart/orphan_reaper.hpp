// The duty of the first process of a container.
#pragma once

#include "support/asio.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

/// Reaps, each second, the orphans that the kernel has given to this process. Does nothing in a
/// process that gets none: everywhere but in a container whose PID 1 is the primary.
class orphan_reaper {
  public:
    explicit orphan_reaper(const asio::any_io_executor& executor);

  private:
    void look_later();

    asio::steady_timer timer_;
    support::weak_anchor<orphan_reaper> anchor_{this};
};

}  // namespace cluster
