// What an acknowledged write of a store survives.
#pragma once

namespace state {

/// What a write that was acknowledged survives.
enum class durability {
    process,  ///< the death of any or all processes, since the kernel has it; a power failure may
              ///< take the last writes
    disk,     ///< a power failure, too: it is on the disk before it is acknowledged, which costs
              ///< milliseconds
};

}  // namespace state
