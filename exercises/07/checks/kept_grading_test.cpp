// Grading: what a transaction leaves as it is, and what is not there any more.
#include <nlohmann/json.hpp>

#include "07-state-sharing/file_store.hpp"
#include "exercises/07/checks/observing.hpp"
#include "exercises/kit/faulty_calls.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using nlohmann::json;
using state::file_store;

namespace {

// What stands in the file under a key, dead or alive.
std::optional<state::record> stored(const std::string& path, const std::string& key) {
    const auto all = state::decode(grading::bytes_of(path).value_or(""));
    const auto found = all.records.find(key);
    if (found == all.records.end()) return std::nullopt;
    return found->second;
}

std::string in_words(const std::optional<state::entry>& found) {
    return found ? found->json : "nothing";
}

}  // namespace

TEST_CASE("grading: a transaction that changes nothing writes nothing", "[07]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    file_store store(path);
    store.set("a", 1);
    const auto present = store.set("a", 2);
    const auto before = grading::bytes_of(path);
    std::optional<state::version> told;
    bool erased = false;
    int writes = 0;
    {
        const kit::faulty_calls calls;
        told = store.compare_and_set("a", present - 1, 3);
        erased = store.erase("b");
        writes = calls.count("rename");
    }
    const auto found = store.get("a");
    const std::string situation =
        "a is 2; compare_and_set() expected an older version of it, and a b that was never there "
        "was erased; ";
    if (!found || found->json != "2" || found->changed != present) {
        FAIL(situation << "a is " << in_words(found) << " now, version "
                       << (found ? found->changed : 0) << " where it was " << present);
    }
    if (told) FAIL(situation << "compare_and_set() says that it has written version " << *told);
    if (erased) FAIL(situation << "erase() says that there was one");
    if (writes != 0) FAIL(situation << "the file was replaced " << writes << " times");
    if (grading::bytes_of(path) != before) FAIL(situation << "the file has other bytes");
}

TEST_CASE("grading: a value whose life is over is not there for an update", "[07]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    state::contents old;
    old.newest = 7;
    old.records["n"] = {"5", 7, 1};  // until the first millisecond of 1970
    grading::put_bytes(path, state::encode(old));
    file_store store(path);
    std::string seen;
    const auto look = [&seen](const std::optional<json>& present) -> std::optional<json> {
        seen = present ? present->dump() : "nothing";
        return json(1);
    };
    const std::string situation = "n was 5, and its life ended in 1970; ";
    if (const auto told = store.compare_and_set("n", 7, 6)) {
        FAIL(situation << "compare_and_set() finds it as it was, and writes version " << *told);
    }
    store.update("n", look, std::chrono::hours(1));
    if (seen != "nothing") FAIL(situation << "an update gets " << seen << " for the present value");

    const auto made = stored(path, "n");
    if (!made || made->json != "1") FAIL(situation << "the update's 1 is not in the file");
    if (!made->until_ms) {
        FAIL(situation << "an update made it 1, for an hour, and in the file it lives for ever");
    }
}
