// What a failed system call on a store's files means for the store.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "07-state-sharing/store_error.hpp"

namespace state {

/// What our files may be: read and written by their owner alone.
inline constexpr mode_t private_file = 0600;

/// Throws for errno: no_space if there is no room (ENOSPC, EDQUOT, EFBIG), otherwise io. The text
/// is such as "open /srv/state/a.json: Permission denied".
[[noreturn]] void throw_file_fault(std::string_view call, std::string_view path);

/// The call's result, unless it is -1.
/// @throws store_error  no_space, io
template <class Integer>
Integer check_file(std::string_view call, std::string_view path, Integer result) {
    if (result == Integer{-1}) throw_file_fault(call, path);
    return result;
}

/// From now on this process ignores SIGXFSZ (unless it handles it), whose default would kill us
/// when a file grows past the limit of its size; the write then fails like on a full disk.
void ignore_file_size_signal();

}  // namespace state
