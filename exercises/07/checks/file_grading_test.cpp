// Grading: a file that is replaced as a whole.
#include <sys/stat.h>

#include <algorithm>
#include <sstream>

#include "07-state-sharing/atomic_file.hpp"
#include "exercises/07/checks/observing.hpp"
#include "exercises/kit/faulty_calls.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using state::atomic_file;
using state::durability;

namespace {

// The old one is longer: what is written over it from its begin leaves a piece of it behind.
const std::string old_bytes(600, 'o');
const std::string new_bytes(400, 'n');

std::string replaced_in_words(const std::optional<std::string>& found) {
    if (!found) return "no file at all";
    const auto olds = std::count(found->begin(), found->end(), 'o');
    const auto news = std::count(found->begin(), found->end(), 'n');
    return std::to_string(olds) + " bytes of the old file's 600 and " + std::to_string(news) +
           " of the new one's 400";
}

// Looks at a file before each call that may change it, and keeps the first look that shows neither
// the old file nor the new one.
class torn_look {
  public:
    explicit torn_look(std::string path) : path_(std::move(path)) {
        for (const char* call : {"write", "pwrite", "ftruncate", "rename", "fsync"}) {
            look_before(call, 1);
        }
    }
    [[nodiscard]] const std::string& seen() const { return seen_; }

  private:
    void look_before(const char* call, int number) {
        calls_.before(call, 1, [this, call, number] {
            const auto found = grading::bytes_of(path_);
            if (seen_.empty() && found != old_bytes && found != new_bytes) {
                seen_ = std::string("before ") + call + "(2) number " + std::to_string(number) +
                        ", a reader finds " + replaced_in_words(found);
            }
            look_before(call, number + 1);
        });
    }

    kit::faulty_calls calls_;
    std::string path_;
    std::string seen_;
};

// Replaces a file while calls go wrong as `plan` has it.
void judge_failed_write(const char* what, const std::function<void(kit::faulty_calls&)>& plan) {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    grading::put_bytes(path, old_bytes);
    atomic_file file(path, durability::process, {});
    std::string end;
    {
        kit::faulty_calls calls;
        plan(calls);
        end = grading::end_of([&] { file.replace(new_bytes); });
    }
    if (end == "done") FAIL(what << ", and replace() returned as if all were well");
    const auto left = grading::names_in(folder.path());
    if (left != std::set<std::string>{"state.json"}) {
        FAIL(what << ", replace() said so (" << end << "), and afterwards the folder holds "
                  << grading::listed(left) << ": only state.json was there before");
    }
    const auto found = grading::bytes_of(path);
    if (found != old_bytes) {
        FAIL(what << ", and the file holds " << replaced_in_words(found));
    }
}

int last_of(const std::vector<std::string>& made, const std::vector<std::string>& names) {
    for (int at = static_cast<int>(made.size()) - 1; at >= 0; --at) {
        const auto& call = made[static_cast<std::size_t>(at)];
        if (std::find(names.begin(), names.end(), call) != names.end()) return at;
    }
    return -1;
}

bool synced_between(const std::vector<std::string>& made, int from, int to) {
    for (int at = from + 1; at < to; ++at) {
        const auto& call = made[static_cast<std::size_t>(at)];
        if (call == "fsync" || call == "fdatasync") return true;
    }
    return false;
}

std::string order_of(const std::vector<std::string>& made) {
    std::string text;
    for (const std::string& call : made) {
        if (call == "close" || call == "read") continue;
        text += (text.empty() ? "" : ", ") + call;
    }
    return text.empty() ? "none of them" : text;
}

}  // namespace

TEST_CASE("grading: nobody but its owner may read or write the file", "[07]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    const mode_t usual = ::umask(0);  // which would hide what was asked for
    atomic_file(path, durability::process, {}).replace(new_bytes);
    ::umask(usual);
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) FAIL("after replace() there is no file");
    const unsigned others = about.st_mode & 0077;
    if (others == 0) return;
    std::ostringstream mode;
    mode << std::oct << (about.st_mode & 0777);
    FAIL("with a umask of 0 the file that replace() made has the mode 0"
         << mode.str() << ": others may " << ((others & 0044) != 0 ? "read" : "write") << " it");
}

TEST_CASE("grading: a reader sees the old file or the new one, never a part", "[07]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    grading::put_bytes(path, old_bytes);
    const support::unique_fd early(
        support::check("open", ::open(path.c_str(), O_RDONLY | O_CLOEXEC)));
    atomic_file file(path, durability::process, {});
    std::string torn;
    {
        const torn_look look(path);
        file.replace(new_bytes);
        torn = look.seen();
    }
    if (!torn.empty()) FAIL(torn);
    const std::string kept = grading::bytes_behind(early.get());
    if (kept != old_bytes) {
        FAIL("a reader that had opened the file before the write, and reads it now, gets "
             << replaced_in_words(kept) << ": it was written into while he had it open");
    }
    const auto found = grading::bytes_of(path);
    if (found != new_bytes) {
        FAIL("after replace() the file holds " << replaced_in_words(found));
    }
}

TEST_CASE("grading: every byte gets into the file, however few the kernel takes at once", "[07]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    std::string bytes;
    for (char each = 'a'; each <= 'z'; ++each) bytes += std::string(5, each) + "\n";
    atomic_file file(path, durability::process, {});
    {
        kit::faulty_calls calls;
        calls.shorten("write", 7);
        calls.shorten("pwrite", 7);
        file.replace(bytes);
    }
    const std::string found = grading::bytes_of(path).value_or("");
    if (found.size() != bytes.size()) {
        FAIL("each write(2) took 7 bytes at most; of " << bytes.size() << " bytes the file holds "
                                                       << found.size());
    }
    const auto differs = std::mismatch(found.begin(), found.end(), bytes.begin()).first;
    if (differs != found.end()) {
        FAIL("each write(2) took 7 bytes at most; the file has the right length, but from byte "
             << differs - found.begin() << " on it has others: "
             << found.substr(static_cast<std::size_t>(differs - found.begin()), 7));
    }
}

TEST_CASE("grading: a write that fails leaves the old file and nothing beside it", "[07]") {
    judge_failed_write("the disk was full (ENOSPC at the first write)", [](auto& calls) {
        calls.fail("write", ENOSPC, 1);
        calls.fail("pwrite", ENOSPC, 1);
    });
    judge_failed_write("the rename failed with EIO",
                       [](auto& calls) { calls.fail("rename", EIO, 1); });
}

TEST_CASE("grading: the disk has the bytes before they get the name, and then the name", "[07]") {
    const tests::temporary_folder folder;
    atomic_file file(folder.file("state.json"), durability::disk, {});
    std::vector<std::string> made;
    {
        const kit::faulty_calls calls;
        file.replace(new_bytes);
        made = calls.made();
    }
    const int written = last_of(made, {"write", "pwrite"});
    const int renamed = last_of(made, {"rename"});
    const std::string order = "the calls were, in this order: " + order_of(made);
    if (renamed == -1) FAIL("rename(2) was not called; " << order);
    if (renamed < written) FAIL("the file gets its name, and then more bytes; " << order);
    if (!synced_between(made, written, renamed)) {
        FAIL("no fsync stands between the last write and the rename; " << order);
    }
    if (!synced_between(made, renamed, static_cast<int>(made.size()))) {
        FAIL("no fsync of the directory follows the rename; " << order);
    }
}
