// Grading: tokens that nobody can guess, and sessions of which nothing is lost.
#include <sys/mman.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "07-state-sharing/sessions.hpp"
#include "exercises/07/checks/contested_store.hpp"
#include "exercises/07/checks/observing.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using nlohmann::json;
using state::session_token;

namespace {

std::string many_tokens() {
    std::string lines;
    for (int number = 0; number < 64; ++number) lines += session_token::random().text() + "\n";
    return lines;
}

// A digit that an attacker need not guess: 128 random ones have nearly all of the 16 values.
void judge_digits(const std::set<std::string>& tokens) {
    for (std::size_t at = 0; at < 16 + 1 + 32; ++at) {
        std::set<char> values;
        for (const std::string& token : tokens) values.insert(token[at]);
        if (at == 16 || values.size() >= 8) continue;
        FAIL("digit " << at + 1 << " of " << tokens.size() << " tokens has no more than "
                      << values.size() << " of 16 values; two of the tokens are " << *tokens.begin()
                      << " and " << *tokens.rbegin());
    }
}

// A page that cannot be read; the first one who tries is noted, and may.
class guarded_page {
  public:
    explicit guarded_page(void* page) {
        page_ = page;
        looked_ = 0;
        struct sigaction tell {};
        tell.sa_handler = note;
        ::sigaction(SIGSEGV, &tell, &before_);
        support::check("mprotect", ::mprotect(page, size, PROT_NONE));
    }
    guarded_page(const guarded_page&) = delete;
    guarded_page& operator=(const guarded_page&) = delete;
    ~guarded_page() {
        ::mprotect(page_, size, PROT_READ | PROT_WRITE);
        ::sigaction(SIGSEGV, &before_, nullptr);
    }
    [[nodiscard]] bool was_looked_at() const { return looked_ != 0; }
    static constexpr std::size_t size = 4096;

  private:
    static void note(int) {
        if (looked_ != 0) ::_exit(139);  // another fault, which is none of ours
        looked_ = 1;
        ::mprotect(page_, size, PROT_READ | PROT_WRITE);
    }

    static inline void* page_ = nullptr;
    static inline volatile sig_atomic_t looked_ = 0;
    struct sigaction before_ {};
};

}  // namespace

TEST_CASE("grading: no token can be foreseen, not even by a copy of the process", "[07]") {
    std::set<std::string> tokens;
    std::vector<std::string> lines{session_token::random().text()};
    grading::copy_of_us one(many_tokens);
    grading::copy_of_us two(many_tokens);
    for (auto* each : {&one, &two}) {
        const std::string said = each->said();
        if (said.empty()) FAIL("process " << each->pid() << " ended while it made tokens");
        std::istringstream text(said);
        for (std::string line; std::getline(text, line);) lines.push_back(line);
    }
    for (const std::string& token : lines) {
        if (!session_token::in(token)) {
            FAIL("a token has 16 hex digits, - and 32 more; this one is \"" << token << "\"");
        }
        if (!tokens.insert(token).second) {
            FAIL("two processes that were copies of one (" << one.pid() << " and " << two.pid()
                                                           << ") made 64 tokens each, and " << token
                                                           << " came twice");
        }
    }
    judge_digits(tokens);
}

TEST_CASE("grading: two requests of one session at the same time lose nothing", "[07]") {
    grading::contested_store store;
    state::sessions sessions(store);
    const auto one_more = [](const json& data) { return json(data.get<int>() + 1); };
    const std::string token = sessions.create(0);
    bool other_done = false;
    store.come_first([&] { other_done = sessions.change(token, one_more).has_value(); });
    const auto ours = sessions.change(token, one_more);
    if (!other_done || !ours) {
        FAIL("two requests changed a living session, and " << (ours ? "the first" : "the second")
                                                           << " was told that there is none");
    }
    const auto found = sessions.find(token);
    if (!found) FAIL("two requests changed a session, and it is gone");
    if (found->value() != 2 || ours->value() != 2) {
        FAIL(
            "a session counted 0; two requests added 1 each, one of them just before the other's "
            "write; the last one was told "
            << ours->json << ", and the session counts " << found->json);
    }
}

TEST_CASE("grading: a comparison looks at every byte, wherever the first wrong one is", "[07]") {
    using state::equal_in_constant_time;
    constexpr std::size_t size = 2 * guarded_page::size;
    void* memory =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) FAIL("mmap: errno " << errno);
    char* known = static_cast<char*>(memory);
    std::fill_n(known, size, 'a');
    std::string given(size, 'a');
    if (!equal_in_constant_time(given, {known, size})) FAIL("two equal texts are told apart");
    given.back() = 'b';
    if (equal_in_constant_time(given, {known, size})) {
        FAIL("two texts that differ in the last byte are called equal");
    }
    given.front() = 'b';
    if (equal_in_constant_time(given, {known, size})) {
        FAIL("two texts that differ in two bytes, each by the same, are called equal");
    }
    given.back() = 'a';
    bool looked = false;
    bool equal = false;
    {
        const guarded_page page(known + guarded_page::size);
        equal = equal_in_constant_time(given, {known, size});
        looked = page.was_looked_at();
    }
    ::munmap(memory, size);
    if (equal) FAIL("two texts that differ in the first byte are called equal");
    if (!looked) {
        FAIL(
            "two texts of 8192 bytes differ in the first one, and the last 4096 were never "
            "looked at: how long an answer takes tells how many digits were right");
    }
}
