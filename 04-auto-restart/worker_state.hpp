// Where a worker is in its life.
#pragma once

namespace cluster {

enum class worker_state {
    starting,  ///< its process runs
    online,    ///< it has said that it is there
    ready,     ///< it listens, or has said that it works without
    leaving,   ///< nothing new is for it
    dead,
};

}  // namespace cluster
