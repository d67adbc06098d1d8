// Which descriptors a child has: those that were asked for, and no other.
#include <fcntl.h>

#include <algorithm>

#include "01-spawn-exec/spawn.hpp"
#include "support/syscall.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/text.hpp"

using namespace child_process;

namespace {

support::unique_fd create(const std::string& file) {
    return support::unique_fd(
        support::check("open", ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)));
}

std::string shell_output(const std::string& command, std::vector<stdio> descriptors) {
    std::string text;
    tests::run([&]() -> asio::awaitable<void> {
        spawn_options options;
        options.shell = true;
        options.descriptors = descriptors;
        child process = spawn(co_await asio::this_coro::executor, command, {}, options);
        text = co_await tests::read_all(process.out());
        co_await process.wait();
    });
    return text;
}

// Takes one of our own descriptors away for as long as it lives.
class without_descriptor {
  public:
    explicit without_descriptor(int fd) : fd_(fd), kept_(::fcntl(fd, F_DUPFD_CLOEXEC, 100)) {
        ::close(fd);
    }
    ~without_descriptor() { ::dup2(kept_.get(), fd_); }
    without_descriptor(const without_descriptor&) = delete;
    without_descriptor& operator=(const without_descriptor&) = delete;

  private:
    int fd_;
    support::unique_fd kept_;
};

}  // namespace

TEST_CASE("the child has exactly the descriptors that were declared", "[01][descriptors]") {
    // One that would survive an exec, as a careless library might leave it.
    const support::unique_fd stray = support::duplicate(2);
    support::set_close_on_exec(stray.get(), false);
    const support::unique_fd high(::fcntl(2, F_DUPFD, 700));  // NOLINT(android-cloexec-dup)
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child three = spawn(executor, tests::program("reports_its_descriptors"));
        const std::string of_three = co_await tests::read_all(three.out());
        CHECK(of_three == "0 1 2\n");

        spawn_options options;
        options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::ignore(), stdio::pipe(),
                               stdio::descriptor(stray.get())};
        child five = spawn(executor, tests::program("reports_its_descriptors"), {}, options);
        const std::string of_five = co_await tests::read_all(five.out());
        CHECK(of_five == "0 1 2 3 4\n");
        co_await three.wait();
        co_await five.wait();
    });
}

TEST_CASE("an ignored descriptor is /dev/null: nothing comes, all is swallowed",
          "[01][descriptors]") {
    CHECK(shell_output("cat; echo to nobody >&2; readlink /proc/self/fd/0 /proc/self/fd/2",
                       {stdio::ignore(), stdio::pipe(), stdio::ignore()}) ==
          "/dev/null\n/dev/null\n");
}

TEST_CASE("an inherited descriptor is the parent's own", "[01][descriptors]") {
    const tests::temporary_folder folder;
    {
        const support::unique_fd file = create(folder.file("out"));
        const without_descriptor stdin_away(0);  // 0, not 1: Catch2 reports on 1
        ::dup2(file.get(), 0);
        shell_output("echo inherited >&0", {stdio::inherit()});
    }
    CHECK(tests::content_of(folder.file("out")) == "inherited\n");
}

TEST_CASE("a descriptor given by number becomes the child's", "[01][descriptors]") {
    const tests::temporary_folder folder;
    const support::unique_fd file = create(folder.file("log"));
    shell_output("echo out; echo err >&2",
                 {stdio::ignore(), stdio::pipe(), stdio::descriptor(file.get())});
    CHECK(tests::content_of(folder.file("log")) == "err\n");
    // Both outputs into one file: one open file, so neither overwrites the other.
    tests::run([&]() -> asio::awaitable<void> {
        spawn_options options;
        options.descriptors = {stdio::ignore(), stdio::descriptor(file.get()),
                               stdio::descriptor(file.get())};
        options.shell = true;
        child process =
            spawn(co_await asio::this_coro::executor, "echo 1; echo 2 >&2; echo 3", {}, options);
        co_await process.wait();
    });
    CHECK(tests::content_of(folder.file("log")) == "err\n1\n2\n3\n");
}

TEST_CASE("descriptors that swap places arrive at the right numbers", "[01][descriptors]") {
    const tests::temporary_folder folder;
    const support::unique_fd first = create(folder.file("first"));
    const support::unique_fd second = create(folder.file("second"));
    const auto a = static_cast<std::size_t>(first.get());
    const auto b = static_cast<std::size_t>(second.get());
    // The child's number a is our b, and its b our a: each target is the other's source.
    std::vector<stdio> descriptors(std::max(a, b) + 1, stdio::ignore());
    descriptors[1] = stdio::pipe();
    descriptors[a] = stdio::descriptor(second.get());
    descriptors[b] = stdio::descriptor(first.get());
    const std::string links =
        "/proc/self/fd/" + std::to_string(a) + " /proc/self/fd/" + std::to_string(b);
    CHECK(shell_output("readlink " + links, descriptors) ==
          folder.file("second") + "\n" + folder.file("first") + "\n");
}

TEST_CASE("standard output and standard error swap places", "[01][descriptors]") {
    tests::run([]() -> asio::awaitable<void> {
        // Our child's 1 and 2 are pipes, and it starts a grandchild with the two swapped.
        const auto executor = co_await asio::this_coro::executor;
        child process =
            spawn(executor, tests::program("swaps_its_outputs"), {"echo out; echo err >&2"});
        const std::string out = co_await tests::read_all(process.out());
        const std::string err = co_await tests::read_all(process.err());
        CHECK(out == "err\n");
        CHECK(err == "out\n");
        const exit_status status = co_await process.wait();
        CHECK(status.success());
    });
}

TEST_CASE("pipes at further numbers carry data both ways", "[01][descriptors]") {
    tests::run([]() -> asio::awaitable<void> {
        spawn_options options;
        options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::ignore(), stdio::input_pipe(),
                               stdio::pipe()};
        options.shell = true;
        child process =
            spawn(co_await asio::this_coro::executor, "cat <&3; echo via4 >&4", {}, options);
        co_await process.writer(3).write("to3\n");
        process.writer(3).end();
        const std::string out = co_await tests::read_all(process.out());
        const std::string fourth = co_await tests::read_all(process.reader(4));
        CHECK(out == "to3\n");
        CHECK(fourth == "via4\n");
        const exit_status status = co_await process.wait();
        CHECK(status.success());
        CHECK_THROWS_AS(process.reader(3), std::logic_error);
        CHECK_THROWS_AS(process.writer(4), std::logic_error);
        CHECK_THROWS_AS(process.in(), std::logic_error);
    });
}

TEST_CASE("spawn works in a parent whose own standard input is closed", "[01][descriptors]") {
    const without_descriptor stdin_away(0);
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child cat = spawn(executor, "cat");
        co_await cat.in().write("through");
        cat.in().end();
        const std::string out = co_await tests::read_all(cat.out());
        CHECK(out == "through");
        const exit_status status = co_await cat.wait();
        CHECK(status.success());
    });
}

TEST_CASE("a descriptor to inherit that the parent does not have is /dev/null",
          "[01][descriptors]") {
    constexpr int unused = 90;
    std::vector<stdio> descriptors(unused, stdio::ignore());
    descriptors[1] = stdio::pipe();
    descriptors.push_back(stdio::inherit());
    CHECK(shell_output("readlink /proc/self/fd/90", descriptors) == "/dev/null\n");
}
