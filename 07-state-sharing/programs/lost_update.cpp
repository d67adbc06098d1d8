// Two processes add 1 to one counter: with get and set, and with update.
//
// Exit code: 0 as announced · 1 it failed · 2 wrong flags
#include <nlohmann/json.hpp>

#include "07-state-sharing/file_store.hpp"
#include "07-state-sharing/programs/helper_process.hpp"

namespace {

using demo::helper_process;
using demo::say_and_wait;

std::int64_t counter_in(state::store& store) {
    const auto found = store.get("counter");
    return found ? found->value().get<std::int64_t>() : 0;
}

// The mistake: each step is atomic, but not the two together.
void add_with_get_and_set(state::store& store) {
    const std::int64_t seen = counter_in(store);
    say_and_wait("reads " + std::to_string(seen));
    store.set("counter", seen + 1);
    say_and_wait("writes " + std::to_string(seen + 1));
}

// The cure: whoever updates has the lock from before it reads until after it has written.
void add_with_update(state::store& store) {
    say_and_wait("asks for the lock");
    const auto sum = store.update("counter", [](const std::optional<nlohmann::json>& present) {
        const std::int64_t seen = present ? present->get<std::int64_t>() : 0;
        say_and_wait("has the lock and reads " + std::to_string(seen));
        return std::optional<nlohmann::json>(seen + 1);
    });
    say_and_wait("writes " + sum->json);
}

int help(const std::string& how, const std::string& path) {
    state::file_store_options patient;
    patient.lock_limit = std::chrono::minutes(1);
    state::file_store store(path, patient);
    how == "update" ? add_with_update(store) : add_with_get_and_set(store);
    return 0;
}

asio::awaitable<void> step(const char* name, helper_process& helper) {
    const std::string line = co_await helper.says();
    std::cout << "  " << name << " " << line << std::endl;
}

asio::awaitable<void> show(std::string how, std::string title) {
    const demo::temporary_folder folder;
    const std::string path = folder.file("state.json");
    const auto executor = co_await asio::this_coro::executor;
    const std::vector<std::string> words = {how, path};
    helper_process one(executor, "lost_update", words);
    helper_process two(executor, "lost_update", words);
    std::cout << title << std::endl;
    co_await step("one", one);
    co_await step("two", two);
    co_await one.go_on();
    if (how == "update") {
        co_await step("one", one);
        co_await two.go_on();  // from here on it asks for the lock, which one has
        co_await one.go_on();
    }
    co_await step("one", one);
    if (how == "update") co_await step("two", two);
    co_await two.go_on();
    co_await step("two", two);
    state::file_store store(path);
    std::cout << "  the counter is " << counter_in(store) << std::endl;
}

asio::awaitable<int> show_both() {
    co_await show("get-and-set", "get, then set:");
    co_await show("update", "update:");
    co_return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> words;
    support::flags flags("lost_update", "Shows how two processes lose an update, and how not.");
    flags.rest(words, "[ROLE FILE]");  // with these it starts itself as a helper
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (words.size() == 2) return help(words[0], words[1]);
    return support::run_program(show_both);
}
