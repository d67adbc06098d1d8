// Memory that two processes share.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

#include "support/unique_fd.hpp"

namespace support {

/// Memory of a fixed size: a file without a name, mapped by whoever has the descriptor.
///
/// One process makes it and passes the descriptor to the other. Its size is sealed, so that nobody
/// can shorten it under the other's feet (which would be SIGBUS). What is in it may change at any
/// time and may be nonsense, for the other process writes it: only atomics belong there.
/// @source memfd_create(2), fcntl(2) F_ADD_SEALS
class sealed_memory {
  public:
    /// New memory, all zeros.
    /// @param name  for people, who see it in /proc/PID/maps
    /// @param size  [bytes]
    /// @throws std::system_error "memfd_create" EMFILE, ENFILE; "mmap" ENOMEM
    [[nodiscard]] static sealed_memory create(const char* name, std::size_t size);

    /// Maps what another process made, and closes our descriptor.
    /// @throws std::system_error "mmap" ENOMEM; EINVAL if it is no sealed memory of that size
    [[nodiscard]] static sealed_memory map(unique_fd fd, std::size_t size);

    /// Whether `fd` is sealed memory of at least so many bytes.
    [[nodiscard]] static bool is(int fd, std::size_t size);

    /// What to pass on, close-on-exec; -1 when it is closed.
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// The memory remains.
    void close_fd() { fd_.reset(); }

    /// The object at its beginning, of a type for which all bytes zero are a good first value.
    template <class Object>
    [[nodiscard]] Object& as() const {
        return *std::launder(static_cast<Object*>(memory_.get()));
    }

  private:
    struct unmap {
        std::size_t size;
        void operator()(void* memory) const noexcept;
    };
    sealed_memory(unique_fd fd, std::size_t size);

    unique_fd fd_;
    std::unique_ptr<void, unmap> memory_;
};

}  // namespace support
