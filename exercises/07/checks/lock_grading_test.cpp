// Grading: a lock that is free when its holder is gone, and that only one has.
#include <stdexcept>

#include "07-state-sharing/file_lock.hpp"
#include "exercises/07/checks/observing.hpp"
#include "exercises/kit/faulty_calls.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/leaks.hpp"

using state::file_lock;

TEST_CASE("grading: the lock is free when its holder lets go, and when it is killed", "[07]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("lock");
    file_lock ours(path);
    {
        file_lock first(path);
        if (!first.try_take()) FAIL("nobody has the lock, and try_take() does not get it");
        if (ours.try_take()) FAIL("one has the lock, and another one gets it, too");
        first.release();
        if (!ours.try_take()) FAIL("the holder called release(), and another cannot take the lock");
        ours.release();
    }
    grading::copy_of_us holder([&path] {
        static file_lock theirs(path);  // lives until the copy is killed
        return std::string(theirs.try_take() ? "has it" : "does not get it");
    });
    const std::string said = holder.said();
    if (said != "has it") {
        FAIL("the lock is free, and process " << holder.pid() << " "
                                              << (said.empty() ? "ends when it takes it" : said));
    }
    if (ours.try_take()) FAIL("process " << holder.pid() << " has the lock, and we get it, too");
    holder.kill();
    if (!ours.try_take()) {
        FAIL("process " << holder.pid() << " had the lock and was killed; it is gone, and the lock "
                        << "is still taken. All that is left is the file: "
                        << grading::listed(grading::names_in(folder.path())));
    }
}

TEST_CASE("grading: who has the lock cannot take it once more", "[07]") {
    const tests::temporary_folder folder;
    file_lock ours(folder.file("lock"));
    if (!ours.try_take()) FAIL("nobody has the lock, and try_take() does not get it");
    bool taken = false;
    try {
        taken = ours.try_take();
    } catch (const std::logic_error&) {
        return;
    }
    FAIL("one has the lock, and calls try_take() once more, which "
         << (taken ? "says that it is taken: the first release() frees it for both"
                   : "says that another has it: who waits for that waits for himself"));
}

TEST_CASE("grading: a child of the holder does not keep the lock", "[07]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("lock");
    file_lock holder(path);
    if (!holder.try_take()) FAIL("nobody has the lock, and try_take() does not get it");
    for (const auto& [fd, target] : tests::open_descriptors()) {
        if (target != path || (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0) continue;
        FAIL("a program that the holder starts has the locked file open, too, as descriptor "
             << fd << ", which is not close-on-exec; it has the lock for as long as it lives");
    }
}

TEST_CASE("grading: one at a time has the lock, though somebody removes its file", "[07]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("lock");
    file_lock early(path);
    file_lock late(path);
    if (!early.try_take()) FAIL("nobody has the lock, and try_take() does not get it");
    early.release();
    std::filesystem::remove(path);
    if (!late.try_take()) FAIL("the lock's file was removed, and nobody gets the lock any more");
    if (early.try_take()) {
        FAIL(
            "two have the lock: one on the file of this name, made anew, and one on the file "
            "that was removed, which it still had open as descriptor "
            << early.descriptor());
    }
    late.release();
    if (!early.try_take()) FAIL("the lock is free, and who knew the removed file does not get it");
    if (late.try_take()) FAIL("one has the lock, and another one gets it, too");
    early.release();

    // The same at the last moment: the file is open, and the lock is about to be asked for.
    bool removed = false;
    {
        kit::faulty_calls calls;
        calls.before("flock", 1, [&] {
            std::filesystem::remove(path);
            removed = late.try_take();
        });
        if (early.try_take() && removed) {
            FAIL(
                "the lock's file was removed between the open and the flock(2) of one; another "
                "made it anew and took the lock there, and the first one has it, too, on a file "
                "that has no name");
        }
    }
}
