// Grading: from looking to writing, a store's change is one step.
#include <nlohmann/json.hpp>

#include "07-state-sharing/file_store.hpp"
#include "exercises/07/checks/observing.hpp"
#include "exercises/kit/faulty_calls.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using nlohmann::json;
using state::file_store;

namespace {

// For whoever is to be kept out: it asks, and does not wait.
state::file_store_options without_patience() {
    state::file_store_options options;
    options.lock_limit = std::chrono::milliseconds(0);
    return options;
}

std::string counter_in(const std::string& path) {
    file_store reader(path);
    const auto found = reader.get("n");
    return found ? found->json : "nothing";
}

// Adds 1 to the counter, and does something when it has looked and before it writes.
void add_one(file_store& store, const std::function<void()>& in_between) {
    store.update("n", [&](const std::optional<json>& present) {
        const int seen = present ? present->get<int>() : 0;
        in_between();
        return std::optional<json>(seen + 1);
    });
}

}  // namespace

TEST_CASE("grading: what a store has written, it reads", "[07]") {
    const tests::temporary_folder folder;
    file_store store(folder.file("state.json"));
    for (int value = 1; value <= 3; ++value) {
        const auto told = store.set("a", value);
        const auto found = store.get("a");
        if (!found) FAIL("the store acknowledged a = " << value << ", and has no a afterwards");
        if (found->json != std::to_string(value)) {
            FAIL("the store acknowledged a = " << value << ", and reads a = " << found->json
                                               << " afterwards");
        }
        if (found->changed != told || store.latest() != told) {
            FAIL("the store acknowledged a = " << value << " as version " << told
                                               << ", and reads version " << found->changed
                                               << " of it; its latest is " << store.latest());
        }
    }
}

TEST_CASE("grading: what could not be written is not there", "[07]") {
    const tests::temporary_folder folder;
    file_store store(folder.file("state.json"));
    const auto before = store.set("a", 1);
    {
        kit::faulty_calls calls;
        calls.fail("rename", EIO, 1);
        CHECK(grading::end_of([&] { store.set("a", 2); }) != "done");
    }
    const auto told = store.latest();
    const auto found = store.get("a");
    if (!found || found->json != "1" || told != before) {
        FAIL("a was 1 in version "
             << before << ", and setting it to 2 failed with EIO; the same store reads a = "
             << (found ? found->json : "nothing") << " in version " << told);
    }
    store.set("b", 1);
    const auto later = file_store(folder.file("state.json")).get("a");
    if (!later || later->json != "1") {
        FAIL("a was 1, setting it to 2 failed with EIO, and b was set: now the file holds a = "
             << (later ? later->json : "nothing"));
    }
}

TEST_CASE("grading: nobody writes between the look of an update and its write", "[07]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    file_store one(path);
    file_store two(path, without_patience());
    one.set("n", 0);
    std::string between;
    add_one(one, [&] { between = grading::end_of([&] { two.increment("n"); }); });
    if (between == "done") {
        FAIL(
            "one store had looked (0) and not yet written when another added 1 and was "
            "acknowledged; then the first one wrote: 0 + 1 + 1 is "
            << counter_in(path));
    }
    const std::string end = grading::end_of([&] { two.increment("n"); });
    if (end != "done") FAIL("the update is over, and another store's write ends with: " << end);
}

TEST_CASE("grading: an update looks when it has the lock, not before", "[07]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    file_store one(path);
    file_store two(path);
    one.set("n", 10);
    std::string before_us;
    {
        kit::faulty_calls calls;
        calls.before("flock", 1, [&] { before_us = grading::end_of([&] { two.increment("n"); }); });
        one.increment("n");
    }
    const std::string expected = before_us == "done" ? "12" : "11";
    const std::string found = counter_in(path);
    if (found != expected) {
        FAIL(
            "the counter was 10; while one store was about to ask for the lock, another added 1; "
            "the first one got the lock and added 1: the counter is "
            << found);
    }
}

TEST_CASE("grading: the lock keeps all others out, though the file was replaced meanwhile",
          "[07]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    file_store one(path);
    file_store two(path);
    file_store three(path, without_patience());
    one.set("n", 10);
    std::string between;
    {
        kit::faulty_calls calls;
        calls.before("flock", 1, [&] { (void)grading::end_of([&] { two.increment("n"); }); });
        add_one(one, [&] { between = grading::end_of([&] { three.increment("n"); }); });
    }
    if (between == "done") {
        FAIL(
            "one store was about to take its lock when a second one wrote, so that the file's "
            "name belongs to another file; the first one got its lock, on the file of before, "
            "and a third one could write at the same time: 10 + 1 + 1 + 1 is "
            << counter_in(path));
    }
}
