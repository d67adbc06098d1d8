// System calls that do what the kernel may do, but seldom does: at the very call that is wanted.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace kit {

/// What a system call does from here on, for as long as this lives; there is one at a time.
///
/// The linker puts these in the place of the C library's functions (`ld --wrap`), for everything
/// that an exercise links: the student's code, ours and Boost.Asio. Only calls of the thread that
/// made this are changed, and only in this process, so that children behave.
class faulty_calls {
  public:
    faulty_calls();
    ~faulty_calls();
    faulty_calls(const faulty_calls&) = delete;
    faulty_calls& operator=(const faulty_calls&) = delete;

    /// read(2), recv(2), recvmsg(2), write(2), send(2) or sendmsg(2) by name: each call moves at
    /// most `bytes`.
    void shorten(const std::string& call, std::size_t bytes);

    /// The next `times` calls fail with `error`, after `spared` more that succeed.
    void fail(const std::string& call, int error, int times = 1, int spared = 0);

    /// Calls `then` before the `number`-th call from now (from 1), once: a pause, a kill, a look at
    /// what the disk holds.
    void before(const std::string& call, int number, std::function<void()> then);

    /// How often a call was made, however it went.
    [[nodiscard]] int count(const std::string& call) const;

    /// All the calls made, by name, in their order.
    [[nodiscard]] const std::vector<std::string>& made() const;
};

}  // namespace kit
