#include "exercises/kit/faulty_calls.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

namespace {

struct call_plan {
    std::size_t most = SIZE_MAX;  // bytes
    int error = 0;
    int failures = 0;  // how many are to come
    int spared = 0;    // how many succeed before them
    int before = 0;    // the number of the call with something to happen first; 0: none
    std::function<void()> then;
    int count = 0;
};

struct plans {
    pid_t thread = ::gettid();
    std::map<std::string, call_plan> calls;
    std::vector<std::string> made;
    bool busy = false;  // what happens before a call makes calls of its own
};

std::optional<plans> current;

call_plan& plan_of(const std::string& call) {
    return current->calls[call];
}

// A look at what is planned for a call that is about to be made; true if it fails, with errno.
bool fails(const char* call) {
    if (!current || current->busy || ::gettid() != current->thread) return false;
    current->made.emplace_back(call);
    call_plan& plan = plan_of(call);
    ++plan.count;
    if (plan.before == plan.count && plan.then) {
        current->busy = true;
        const auto then = std::exchange(plan.then, nullptr);
        then();
        if (current) current->busy = false;
    }
    if (plan.failures == 0) return false;
    if (plan.spared > 0) {
        --plan.spared;
        return false;
    }
    --plan.failures;
    errno = plan.error;
    return true;
}

std::size_t at_most(const char* call, std::size_t size) {
    if (!current || current->busy || ::gettid() != current->thread) return size;
    return std::min(size, plan_of(call).most);
}

// The parts of a message that make up its first `most` bytes.
std::vector<iovec> first_bytes(const msghdr& message, std::size_t most) {
    std::vector<iovec> parts(message.msg_iov, message.msg_iov + message.msg_iovlen);
    for (iovec& part : parts) {
        part.iov_len = std::min(part.iov_len, most);
        most -= part.iov_len;
    }
    return parts;
}

}  // namespace

// The names are the linker's: __wrap_X is called for X, __real_X is X.
#define KIT_CALL(result, name, parameters, arguments)       \
    result __real_##name parameters;                        \
    result __wrap_##name parameters {                       \
        return fails(#name) ? -1 : __real_##name arguments; \
    }
#define KIT_BYTES(name, data_type, parameters, arguments) \
    ssize_t __real_##name parameters;                     \
    ssize_t __wrap_##name parameters {                    \
        if (fails(#name)) return -1;                      \
        size = at_most(#name, size);                      \
        return __real_##name arguments;                   \
    }

extern "C" {
KIT_BYTES(read, void*, (int fd, void* data, std::size_t size), (fd, data, size))
KIT_BYTES(write, const void*, (int fd, const void* data, std::size_t size), (fd, data, size))
KIT_BYTES(pwrite, const void*, (int fd, const void* data, std::size_t size, off_t at),
          (fd, data, size, at))
KIT_BYTES(recv, void*, (int fd, void* data, std::size_t size, int flags), (fd, data, size, flags))
KIT_BYTES(send, const void*, (int fd, const void* data, std::size_t size, int flags),
          (fd, data, size, flags))
KIT_CALL(int, accept4, (int fd, sockaddr* from, socklen_t* size, int flags),
         (fd, from, size, flags))
KIT_CALL(int, close, (int fd), (fd))
KIT_CALL(int, flock, (int fd, int operation), (fd, operation))
KIT_CALL(int, fsync, (int fd), (fd))
KIT_CALL(int, fdatasync, (int fd), (fd))
KIT_CALL(int, rename, (const char* from, const char* to), (from, to))
KIT_CALL(int, unlink, (const char* path), (path))
KIT_CALL(int, ftruncate, (int fd, off_t size), (fd, size))
KIT_CALL(int, pipe2, (int* ends, int flags), (ends, flags))
KIT_CALL(int, socketpair, (int domain, int type, int protocol, int* ends),
         (domain, type, protocol, ends))
KIT_CALL(int, shutdown, (int fd, int how), (fd, how))
KIT_CALL(int, kill, (pid_t pid, int signal), (pid, signal))
KIT_CALL(int, waitid, (idtype_t type, id_t id, siginfo_t* info, int options),
         (type, id, info, options))
KIT_CALL(pid_t, fork, (), ())

ssize_t __real_recvmsg(int fd, msghdr* message, int flags);
ssize_t __wrap_recvmsg(int fd, msghdr* message, int flags) {
    if (fails("recvmsg")) return -1;
    const std::size_t most = at_most("recvmsg", SIZE_MAX);
    if (most == SIZE_MAX) return __real_recvmsg(fd, message, flags);
    std::vector<iovec> parts = first_bytes(*message, most);
    iovec* const whole = std::exchange(message->msg_iov, parts.data());
    const ssize_t count = __real_recvmsg(fd, message, flags);
    message->msg_iov = whole;
    return count;
}

ssize_t __real_sendmsg(int fd, const msghdr* message, int flags);
ssize_t __wrap_sendmsg(int fd, const msghdr* message, int flags) {
    if (fails("sendmsg")) return -1;
    std::vector<iovec> parts = first_bytes(*message, at_most("sendmsg", SIZE_MAX));
    msghdr first = *message;
    first.msg_iov = parts.data();
    return __real_sendmsg(fd, &first, flags);
}
}

namespace kit {

faulty_calls::faulty_calls() {
    if (current) throw std::logic_error("faulty_calls: there is one already");
    current.emplace();
}

faulty_calls::~faulty_calls() {
    current.reset();
}

void faulty_calls::shorten(const std::string& call, std::size_t bytes) {
    plan_of(call).most = bytes;
}

void faulty_calls::fail(const std::string& call, int error, int times, int spared) {
    call_plan& plan = plan_of(call);
    plan.error = error;
    plan.failures = times;
    plan.spared = spared;
}

void faulty_calls::before(const std::string& call, int number, std::function<void()> then) {
    call_plan& plan = plan_of(call);
    plan.before = plan.count + number;
    plan.then = std::move(then);
}

int faulty_calls::count(const std::string& call) const {
    return plan_of(call).count;
}

const std::vector<std::string>& faulty_calls::made() const {
    return current->made;
}

}  // namespace kit
