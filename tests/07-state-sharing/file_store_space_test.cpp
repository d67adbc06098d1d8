// A full disk: the write fails and says so, nothing else changes, and it is over when there is
// room.
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "01-spawn-exec/spawn.hpp"
#include "07-state-sharing/file_store.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/07-state-sharing/store_contract.hpp"

using state::file_store;
using tests::fault_of;
using tests::text_in;

namespace {

// A file system of 64 KiB, for as long as it lives.
class small_disk {
  public:
    small_disk() {
        mounted_ = ::mount("none", folder_.path().c_str(), "tmpfs", 0, "size=64k") == 0;
        if (!mounted_) std::cout << "SKIPPED: only root can mount a small disk" << std::endl;
    }
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;
    ~small_disk() {
        if (mounted_) ::umount(folder_.path().c_str());
    }
    [[nodiscard]] bool mounted() const { return mounted_; }
    [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
    [[nodiscard]] std::size_t files() const {
        const std::filesystem::directory_iterator each(folder_.path());
        return static_cast<std::size_t>(std::distance(begin(each), end(each)));
    }

  private:
    tests::temporary_folder folder_;
    bool mounted_ = false;
};

}  // namespace

TEST_CASE("a full disk fails the write, keeps the rest, and recovers", "[07][file][space]") {
    const small_disk disk;
    if (!disk.mounted()) return;
    file_store store(disk.file("state.json"));
    const std::string kilobyte(1000, 'x');
    int written = 0;
    const auto fill = [&] {
        for (; written < 100; ++written) store.set(std::to_string(written), kilobyte);
    };
    CHECK(fault_of(fill) == "no_space");
    CHECK(written > 10);
    const auto newest = store.latest();
    CHECK(disk.files() == 3);  // the state and two locks: no half of a file
    for (int again = 0; again < 3; ++again) {
        CHECK(fault_of([&] { store.set("more", kilobyte); }) == "no_space");
        CHECK(store.latest() == newest);
        CHECK(store.scan("").size() == static_cast<std::size_t>(written));
        file_store other(disk.file("state.json"));
        CHECK(text_in(other, "0").size() == 1002);
    }
    CHECK(store.erase("0"));  // what makes the file shorter may fit, and here does
    CHECK(store.set("0", kilobyte) > newest);
}

TEST_CASE("a disk that somebody else has filled is no loss either", "[07][file][space]") {
    const small_disk disk;
    if (!disk.mounted()) return;
    file_store store(disk.file("state.json"));
    store.set("a", 1);
    std::ofstream(disk.file("other")) << std::string(64 * 1024, 'x') << std::flush;
    CHECK(fault_of([&] { store.set("a", std::string(5000, 'x')); }) == "no_space");
    CHECK(text_in(store, "a") == "1");
    std::filesystem::remove(disk.file("other"));
    CHECK(fault_of([&] { store.set("a", std::string(5000, 'x')); }) == "none");
}

TEST_CASE("a limit for the size of a file is like a full disk, not a death", "[07][file][space]") {
    const tests::temporary_folder folder;
    tests::run([&]() -> asio::awaitable<void> {
        const std::vector<std::string> arguments = {"file_store", folder.path(), "20000"};
        auto filler = child_process::spawn(co_await asio::this_coro::executor,
                                           tests::program("fills_store"), arguments);
        const std::string said = co_await tests::read_line(filler.out());
        CHECK(said == "no_space after 19, kept 19, wrote again");
        const auto status = co_await filler.wait();
        CHECK(status.success());
    });
    CHECK(file_store(folder.file("state.json")).scan("").size() == 19);
}
