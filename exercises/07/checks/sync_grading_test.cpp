// Grading: the disk says no.
#include "07-state-sharing/atomic_file.hpp"
#include "exercises/07/checks/observing.hpp"
#include "exercises/kit/faulty_calls.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using state::atomic_file;
using state::durability;

namespace {

void fail_next_sync(kit::faulty_calls& calls) {
    for (const char* call : {"fsync", "fdatasync"}) calls.fail(call, EIO, 1);
}

}  // namespace

TEST_CASE("grading: a sync that fails is told, and the file is what a reader finds", "[07]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("state.json");
    grading::put_bytes(path, "old");
    atomic_file file(path, durability::disk, {});
    std::string known;
    const auto take = [&known](const std::optional<std::string>& bytes) {
        known = bytes.value_or("no file");
    };
    (void)file.read_if_changed(take);

    std::string end;
    {
        kit::faulty_calls calls;
        fail_next_sync(calls);
        end = grading::end_of([&] { file.replace("new"); });
    }
    const std::string at_file = "the sync of the new bytes failed with EIO, ";
    if (end == "done") FAIL(at_file << "and replace() returned as if the disk had them");
    if (grading::bytes_of(path) != "old") {
        FAIL(at_file << "replace() said so, and the file is not the old one any more");
    }
    const auto left = grading::names_in(folder.path());
    if (left.size() != 1) {
        FAIL(at_file << "and afterwards the folder holds " << grading::listed(left));
    }

    {
        kit::faulty_calls calls;
        calls.before("rename", 1, [&calls] { fail_next_sync(calls); });
        end = grading::end_of([&] { file.replace("new"); });
    }
    const std::string at_directory =
        "the sync of the directory, after the rename, failed with EIO, ";
    if (end == "done") FAIL(at_directory << "and replace() returned as if the disk had the name");
    (void)file.read_if_changed(take);
    const std::string found = grading::bytes_of(path).value_or("no file");
    if (known != found) {
        FAIL(at_directory << "and replace() threw, so that its caller goes on with \"" << known
                          << "\"; the file is \"" << found
                          << "\", and read_if_changed() says that nothing has changed: this "
                             "process reads the old one for ever, and changes that");
    }
}
