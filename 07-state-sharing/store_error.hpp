// What can be wrong with a store.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace state {

/// Why an operation of a store did nothing.
enum class store_fault {
    bad_key,     ///< empty, or more than max_key_size bytes
    too_large,   ///< a value of more than max_value_size bytes as JSON text
    wrong_type,  ///< increment() of something that is no whole number
    no_space,    ///< the disk, or the room given to the store, is full
    corrupt,     ///< the file is not what a store wrote; it was kept under another name
    busy,        ///< another process has held the lock for too long
    in_use,      ///< another cluster has the state directory
    io,          ///< anything else that the system said
};

/// "no_space" for store_fault::no_space.
[[nodiscard]] std::string_view to_string(store_fault fault);

/// An operation that failed. The store is as it was before; reads go on wherever there is something
/// to read, and the next operation tries afresh.
class store_error : public std::runtime_error {
  public:
    /// @param message  names what was wrong, with which file, and what to do
    store_error(store_fault fault, const std::string& message)
        : std::runtime_error(message), fault_(fault) {}
    [[nodiscard]] store_fault fault() const { return fault_; }

  private:
    store_fault fault_;
};

}  // namespace state
