// A writer that is killed anywhere leaves the old file or the new one, a free lock, and nothing
// else.
#include <fstream>
#include <map>
#include <set>

#include "01-spawn-exec/spawn.hpp"
#include "07-state-sharing/file_store.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/07-state-sharing/store_contract.hpp"

using state::file_store;
using tests::text_in;

namespace {

const std::vector<std::string> kill_points_of_a_write = {
    "locked", "temp opened", "half written", "written", "synced", "renamed", "directory synced"};

std::set<std::string> kill_files(const tests::temporary_folder& folder) {
    std::set<std::string> names;
    for (const auto& each : std::filesystem::directory_iterator(folder.path())) {
        names.insert(each.path().filename().string());
    }
    return names;
}

// Has a process do `operation` on the file, and kills it at `point`.
asio::awaitable<void> kill_there(std::string point, std::string operation, std::string path) {
    const std::vector<std::string> arguments = {point, operation, path};
    auto victim = child_process::spawn(co_await asio::this_coro::executor,
                                       tests::program("stops_at"), arguments);
    const std::string said = co_await tests::read_line(victim.out());
    CHECK(said == "at " + point);
    victim.kill(SIGKILL);
    co_await victim.wait();
}

// What is in the file afterwards, for a process that opens it anew; and that all is well with it.
std::string kill_survivor(const tests::temporary_folder& folder) {
    const std::string path = folder.file("state.json");
    file_store reader(path, {{}, std::chrono::milliseconds(0), {}});  // the lock is free at once
    std::string found = text_in(reader, "a");
    CHECK(text_in(reader, "b") == "\"bystander\"");
    CHECK(kill_files(folder) ==
          std::set<std::string>{"state.json", "state.json.lock", "state.json.lock.turn"});
    const auto before = reader.latest();
    CHECK(reader.set("a", 3) == before + 1);
    return found;
}

}  // namespace

TEST_CASE("a writer killed at any point leaves the old value or the new one", "[07][file][kill]") {
    const std::map<std::string, std::string> made = {{"set", "2"}, {"update", "2"}, {"erase", "-"}};
    for (const auto& [operation, value] : made) {
        bool renamed = false;
        for (const auto& point : kill_points_of_a_write) {
            INFO(operation << " killed at " << point);
            const tests::temporary_folder folder;
            file_store store(folder.file("state.json"));
            store.set("a", 1);
            store.set("b", "bystander");
            tests::run([&, each = operation] {
                return kill_there(point, each, folder.file("state.json"));
            });
            renamed = renamed || point == "renamed";
            CHECK(text_in(store, "a") == (renamed ? value : "1"));
            CHECK(kill_survivor(folder) == (renamed ? value : "1"));
        }
    }
}

TEST_CASE("an opener killed while it sweeps leaves no more than it found", "[07][file][kill]") {
    for (const std::string point : {"locked", "swept"}) {
        INFO("killed at " << point);
        const tests::temporary_folder folder;
        const std::string path = folder.file("state.json");
        {
            file_store store(path);
            store.set("a", 1);
            store.set("b", "bystander");
        }
        tests::run([&] { return kill_there("half written", "set", path); });
        CHECK(kill_files(folder).size() == 4);  // the temporary file of the dead
        tests::run([&] { return kill_there(point, "open", path); });
        CHECK(kill_survivor(folder) == "1");
    }
}

TEST_CASE("a reader killed while it sets a torn file aside loses nothing", "[07][file][kill]") {
    for (const std::string point :
         {"locked", "corrupt found", "corrupt kept", "directory synced"}) {
        for (const std::string operation : {"get", "set"}) {
            INFO(operation << " killed at " << point);
            const tests::temporary_folder folder;
            const std::string path = folder.file("state.json");
            const bool kept = point == "corrupt kept" || point == "directory synced";
            std::ofstream(path) << "torn";
            tests::run([&] { return kill_there(point, operation, path); });
            file_store reader(path);
            CHECK(tests::fault_of([&] { (void)reader.get("a"); }) == (kept ? "none" : "corrupt"));
            CHECK_FALSE(reader.get("a"));
            CHECK(kill_files(folder) == std::set<std::string>{"state.json.corrupt",
                                                              "state.json.lock",
                                                              "state.json.lock.turn"});
            reader.set("a", 1);
            CHECK(text_in(reader, "a") == "1");
        }
    }
}
