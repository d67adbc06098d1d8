// The store on LMDB on a disk that is full.
#include <iostream>

#include "01-spawn-exec/exec.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace {

// A command that runs another one with a disk of 64 KiB at `disk`, which nobody else sees.
std::string lmdb_on_small_disk(const std::string& unshare, const std::string& disk,
                               const std::string& command) {
    const std::string mounted = "mount -t tmpfs -o size=64k none " + child_process::quote(disk);
    return unshare + " sh -c " + child_process::quote(mounted + " && " + command);
}

// How to get one on this machine; empty if it lets nobody.
asio::awaitable<std::string> lmdb_unshare(const std::string& disk) {
    const std::vector<std::string> ways = {"unshare -m", "unshare -rm"};
    for (const auto& how : ways) {
        const auto tried = co_await child_process::exec(lmdb_on_small_disk(how, disk, "true"));
        if (tried.success()) co_return how;
    }
    std::cout << "SKIPPED: nobody may mount a small disk here" << std::endl;
    co_return "";
}

}  // namespace

TEST_CASE("a store on LMDB refuses writes on a full disk, reads on, and recovers", "[07][lmdb]") {
    tests::run([]() -> asio::awaitable<void> {
        const tests::temporary_folder folder;
        const std::string disk = folder.file("disk");
        std::filesystem::create_directory(disk);
        const std::string unshare = co_await lmdb_unshare(disk);
        if (unshare.empty()) co_return;
        // Of less, nothing could be written when they are free again.
        for (int ballast = 16; ballast <= 60; ballast += 4) {
            const std::string command = tests::program("fills_lmdb") + " " +
                                        child_process::quote(disk) + " " + std::to_string(ballast);
            const auto result =
                co_await child_process::exec(lmdb_on_small_disk(unshare, disk, command));
            INFO("with " << ballast << " KiB taken at first: " << result.problem());
            CHECK(result.success());
            CHECK(result.out == "ok\n");
        }
    });
}
