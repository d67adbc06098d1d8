// A file that was damaged is never taken for a good one: it is kept, said, and begun anew.
#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <random>

#include "07-state-sharing/file_store.hpp"
#include "support/syscall.hpp"
#include "tests/07-state-sharing/store_contract.hpp"
#include "tests/text.hpp"

using state::file_store;
using tests::fault_of;
using tests::text_in;

namespace {

namespace fs = std::filesystem;

void damage_write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

// The file of a store with a few things in it.
std::string damage_sample(const std::string& path) {
    file_store store(path);
    store.set("a", "value");
    store.set("b", {{"list", {1, 2, 3}}}, std::chrono::hours(1));
    store.increment("n", 7);
    return tests::content_of(path);
}

// The log lines about each damage are not for the test's reader.
class quiet_output {
  public:
    quiet_output() : before_(support::duplicate(STDOUT_FILENO)) {
        std::cout << std::flush;
        const support::unique_fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        ::dup2(nowhere.get(), STDOUT_FILENO);
    }
    quiet_output(const quiet_output&) = delete;
    quiet_output& operator=(const quiet_output&) = delete;
    ~quiet_output() { ::dup2(before_.get(), STDOUT_FILENO); }

  private:
    support::unique_fd before_;
};

}  // namespace

TEST_CASE("a damaged file is kept under another name, and the store begins empty", "[07][file]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    const std::string good = damage_sample(path);
    file_store store(path);
    CHECK(text_in(store, "n") == "7");
    for (const std::string end : {".corrupt", ".corrupt.2", ".corrupt.3"}) {
        const std::string kept = path + end;
        const std::string torn = good.substr(0, good.size() - end.size());
        damage_write(path, torn);
        try {
            (void)store.get("n");
            FAIL("it was read");
        } catch (const state::store_error& error) {
            CHECK(error.fault() == state::store_fault::corrupt);
            const std::string said = error.what();
            CHECK(said.find("kept as " + kept) != said.npos);
        }
        CHECK(tests::content_of(kept) == torn);
        CHECK_FALSE(store.get("n"));
        CHECK(store.latest() == 0);
        CHECK(store.increment("n") == 1);
    }
}

TEST_CASE("every operation says that the file is damaged", "[07][file]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    file_store store(path);
    const std::vector<std::function<void()>> operations = {
        [&] { (void)store.get("a"); },
        [&] { store.set("a", 1); },
        [&] { store.erase("a"); },
        [&] { store.increment("a"); },
        [&] { (void)store.scan("a"); },
        [&] { (void)store.latest(); },
        [&] { (void)store.compare_and_set("a", 0, 1); }};
    for (const auto& operation : operations) {
        damage_write(path, "{\"somebody\": \"else's\"}\n");
        CHECK(fault_of(operation) == "corrupt");
        CHECK(fault_of(operation) == "none");
    }
}

TEST_CASE("a file cut at any byte is a typed error, never a wrong value", "[07][file]") {
    const tests::temporary_folder folder(tests::memory_folder());
    const quiet_output quiet;
    const std::string path = folder.file("state.json");
    const std::string good = damage_sample(path);
    for (std::size_t length = 0; length < good.size(); ++length) {
        INFO("cut after " << length << " bytes");
        damage_write(path, good.substr(0, length));
        file_store store(path);
        CHECK(fault_of([&] { (void)store.get("a"); }) == "corrupt");
        CHECK(tests::content_of(path + ".corrupt").size() == length);
        CHECK_FALSE(store.get("a"));
        fs::remove(path + ".corrupt");
    }
}

TEST_CASE("10,000 random bit flips are all found", "[07][file]") {
    const tests::temporary_folder folder(tests::memory_folder());
    const quiet_output quiet;
    const std::string path = folder.file("state.json");
    const std::string good = damage_sample(path);
    const unsigned seed = std::random_device()();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    std::uniform_int_distribution<std::size_t> any(0, good.size() * 8 - 1);
    file_store store(path);
    int found = 0;
    for (int flips = 0; flips < 10'000; ++flips) {
        std::string bad = good;
        const std::size_t bit = any(random);
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1U << bit % 8));
        damage_write(path, bad);
        if (fault_of([&] { (void)store.get("a"); }) == "corrupt") ++found;
        fs::remove(path + ".corrupt");
    }
    CHECK(found == 10'000);
    damage_write(path, good);
    CHECK(text_in(store, "a") == "\"value\"");
}

TEST_CASE("a good file put back by hand is read at once", "[07][file]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    const std::string good = damage_sample(path);
    file_store store(path);
    fs::remove(path);
    CHECK_FALSE(store.get("a"));
    damage_write(path, good);
    CHECK(text_in(store, "a") == "\"value\"");
    CHECK(store.increment("n") == 8);
}
