#include "support/sealed_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "support/syscall.hpp"

namespace support {
namespace {

constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

void* mapped(int fd, std::size_t size) {
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) throw_error(last_error(), "mmap");
    return memory;
}

}  // namespace

void sealed_memory::unmap::operator()(void* memory) const noexcept {
    ::munmap(memory, size);
}

sealed_memory::sealed_memory(unique_fd fd, std::size_t size)
    : fd_(std::move(fd)), memory_(mapped(fd_.get(), size), unmap{size}) {}

sealed_memory sealed_memory::create(const char* name, std::size_t size) {
    unique_fd fd(check("memfd_create", ::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)));
    check("ftruncate", ::ftruncate(fd.get(), static_cast<off_t>(size)));
    check("fcntl(F_ADD_SEALS)", ::fcntl(fd.get(), F_ADD_SEALS, seals));
    return {std::move(fd), size};
}

sealed_memory sealed_memory::map(unique_fd fd, std::size_t size) {
    if (!is(fd.get(), size)) {
        throw_error(std::make_error_code(std::errc::invalid_argument), "sealed memory");
    }
    sealed_memory result(std::move(fd), size);
    result.close_fd();
    return result;
}

bool sealed_memory::is(int fd, std::size_t size) {
    const int found = ::fcntl(fd, F_GET_SEALS);  // fails for anything but shared memory
    struct stat file {};
    return found != -1 && (found & seals) == seals && ::fstat(fd, &file) == 0 &&
           file.st_size >= static_cast<off_t>(size);
}

}  // namespace support
