#include "support/unique_fd.hpp"

#include <fcntl.h>

#include "support/syscall.hpp"
#include "tests/catch.hpp"

using support::unique_fd;

namespace {

bool is_open(int fd) {
    return ::fcntl(fd, F_GETFD) != -1;
}

unique_fd open_one() {
    return unique_fd(support::check("open", ::open("/dev/null", O_RDONLY | O_CLOEXEC)));
}

}  // namespace

TEST_CASE("a unique_fd closes its descriptor when it goes", "[support][unique_fd]") {
    int number = -1;
    {
        const unique_fd fd = open_one();
        number = fd.get();
        CHECK(is_open(number));
    }
    CHECK_FALSE(is_open(number));
}

TEST_CASE("a moved unique_fd is empty and closes nothing", "[support][unique_fd]") {
    unique_fd first = open_one();
    const int number = first.get();
    const unique_fd second = std::move(first);
    CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move)
    CHECK(first.get() == -1);
    CHECK(second.get() == number);
    first.reset();
    CHECK(is_open(number));
}

TEST_CASE("assigning closes what was held before", "[support][unique_fd]") {
    unique_fd fd = open_one();
    const int old = fd.get();
    unique_fd other = open_one();
    const int kept = other.get();
    fd = std::move(other);
    CHECK_FALSE(is_open(old));
    CHECK(fd.get() == kept);
    unique_fd& itself = fd;
    fd = std::move(itself);
    CHECK(fd.get() == kept);
    CHECK(is_open(kept));
}

TEST_CASE("release gives the descriptor away", "[support][unique_fd]") {
    int number = -1;
    {
        unique_fd fd = open_one();
        number = fd.release();
        CHECK_FALSE(fd);
    }
    CHECK(is_open(number));
    const unique_fd again(number);
}

TEST_CASE("check names the call and its errno", "[support][syscall]") {
    CHECK(support::check("nothing", 7) == 7);
    errno = ENOENT;
    CHECK_THROWS_WITH(support::check("open /no", -1), "open /no: No such file or directory");
}

TEST_CASE("retry repeats what a signal interrupted, and nothing else", "[support][syscall]") {
    int calls = 0;
    const int at_last = support::retry([&] {
        errno = EINTR;
        return ++calls < 3 ? -1 : 5;
    });
    CHECK(at_last == 5);
    CHECK(calls == 3);
    const int at_once = support::retry([&] {
        ++calls;
        errno = EAGAIN;
        return -1;
    });
    CHECK(at_once == -1);
    CHECK(calls == 4);
}

TEST_CASE("pipes and copies are close-on-exec", "[support][syscall]") {
    const support::pipe_ends pipe = support::make_pipe();
    const unique_fd copy = support::duplicate(pipe.read.get());
    for (const int fd : {pipe.read.get(), pipe.write.get(), copy.get()}) {
        CHECK(::fcntl(fd, F_GETFD) == FD_CLOEXEC);
    }
    support::set_close_on_exec(copy.get(), false);
    CHECK(::fcntl(copy.get(), F_GETFD) == 0);
    support::set_nonblocking(copy.get());
    CHECK((::fcntl(pipe.read.get(), F_GETFL) & O_NONBLOCK) != 0);  // one open file, one flag
    support::set_nonblocking(pipe.read.get(), false);
    CHECK((::fcntl(copy.get(), F_GETFL) & O_NONBLOCK) == 0);
    CHECK_THROWS_AS(support::duplicate(-1), std::system_error);
}
