"""Each rule passes where it should and fails where it should; comments and literals never break one."""
import subprocess
import sys
import unittest

from context import REPOSITORY, WithFolder

from rules import cpp, layers, ownership, processes, tidy


class Lexer(unittest.TestCase):
    def test_comments_and_literals_vanish_and_nothing_moves(self) -> None:
        text = 'int a; // fork()\n/* fork()\n */ auto s = "fork() \\" fork()"; char c = \'"\'; int b = 1\'000;\n' \
               'auto r = R"x(fork() )" )x"; auto u = u8"fork()"; // one \\\n fork()\nint d;\n'
        code = cpp.code(text)
        self.assertEqual(len(code), len(text))
        self.assertEqual([len(line) for line in code.split("\n")], [len(line) for line in text.split("\n")])
        self.assertNotIn("fork", code)
        for kept in ("int a;", "auto s =", "char c =", "1'000", "auto r =", "int d;"):
            self.assertIn(kept, code)

    def test_tokens_joined_are_the_text(self) -> None:
        for text in ("1e+5f'x'\"unclosed\nnext /* unclosed", "a'b'0x1'Fu.5", 'R"(unclosed "x'):
            self.assertEqual("".join(token for _, token in cpp.tokens(text)), text)

    def test_includes_in_comments_and_raw_strings_are_none(self) -> None:
        text = '#include "a.hpp"\n// #include "b.hpp"\nauto x = R"(\n#include "c.hpp"\n)";\n #  include <d>\n'
        self.assertEqual(list(cpp.includes(text)), [(1, '"', "a.hpp"), (6, "<", "d")])


class Rule(WithFolder):
    def assert_breaks(self, rule, path: str, line: str, at: int = 2) -> None:
        before = self.folder / path
        before = before.read_text() if before.exists() else None
        file = self.write(path, f"int first;\n{line}\n")
        said = [str(one) for one in rule(self.folder)]
        file.unlink() if before is None else file.write_text(before)
        self.assertTrue(said, f"not found: {line}")
        self.assertTrue(said[0].startswith(f"{path}:{at}: "), said)

    def assert_keeps(self, rule, path: str, line: str) -> None:
        file = self.write(path, f"int first;\n{line}\n")
        self.assertEqual([str(one) for one in rule(self.folder)], [])
        file.unlink()


class StageOrder(Rule):
    def setUp(self) -> None:
        super().setUp()
        self.write("02-two/CMakeLists.txt", "add_stage(two\n  HEADERS two.hpp  # three\n  USES one)\n")
        self.write("01-one/CMakeLists.txt", "add_stage(one HEADERS one.hpp)\n")
        self.write("support/CMakeLists.txt", "cluster_workshop_library(support)\n")

    def test_a_stage_may_include_itself_what_is_before_and_support(self) -> None:
        for path in ("01-one/one.hpp", "02-two/two.hpp", "support/log.hpp", "vector"):
            self.assert_keeps(layers.stage_order, "02-two/two.cpp", f'#include "{path}"')
            self.assert_keeps(layers.stage_order, "tests/02-two/two_test.cpp", f'#include "{path}"')

    def test_a_stage_may_not_include_what_is_after_it_or_a_test(self) -> None:
        self.assert_breaks(layers.stage_order, "01-one/one.cpp", '#include "02-two/two.hpp"')
        self.assert_breaks(layers.stage_order, "01-one/programs/demo.cpp", '#include "02-two/two.hpp"')
        self.assert_breaks(layers.stage_order, "tests/01-one/one_test.cpp", '#include "02-two/two.hpp"')
        self.assert_breaks(layers.stage_order, "01-one/one.cpp", '#include "tests/helpers.hpp"')

    def test_support_includes_no_stage(self) -> None:
        self.assert_breaks(layers.stage_order, "support/log.cpp", '#include "01-one/one.hpp"')

    def test_a_comment_may_name_a_later_stage(self) -> None:
        self.assert_keeps(layers.stage_order, "01-one/one.cpp", '// #include "02-two/two.hpp"')

    def test_cmake_may_name_only_earlier_stages(self) -> None:
        self.assert_breaks(layers.stage_order, "01-one/CMakeLists.txt", "add_stage(one USES two)")
        self.assert_breaks(layers.stage_order, "01-one/CMakeLists.txt",
                           "add_stage(one)\ntarget_link_libraries(one cluster_workshop::two)", at=3)
        self.assert_breaks(layers.stage_order, "support/CMakeLists.txt", "target_link_libraries(support one)")
        self.assert_breaks(layers.stage_order, "01-one/CMakeLists.txt", "add_stage(one USES three)", at=1)


class RootedIncludes(Rule):
    def setUp(self) -> None:
        super().setUp()
        self.write("support/log.hpp", "")

    def test_a_path_from_the_root_and_the_system_s_headers_are_right(self) -> None:
        self.assert_keeps(layers.rooted_includes, "01-one/one.cpp", '#include "support/log.hpp"')
        self.assert_keeps(layers.rooted_includes, "01-one/one.cpp", "#include <nlohmann/json.hpp>")

    def test_relative_bare_missing_and_angled_are_wrong(self) -> None:
        for include in ('"../support/log.hpp"', '"log.hpp"', '"./log.hpp"', '"support/gone.hpp"', "<support/log.hpp>",
                        "<01-one/one.hpp>", '"support/../support/log.hpp"'):
            self.assert_breaks(layers.rooted_includes, "01-one/one.cpp", f"#include {include}")


class SpawnOnly(Rule):
    def test_processes_begin_in_spawn_cpp_alone(self) -> None:
        for code in ("auto pid = fork();", "auto pid = ::fork ();", "if (fork() == 0) {}", "    fork();", "return fork();",
                     "vfork();", "::vfork();", "clone(f, 0, 0, 0);", "clone3(a, b);", "syscall(SYS_clone3, a, b);",
                     "syscall(__NR_fork);", "posix_spawn(a);", "::posix_spawnp(a);"):
            self.assert_breaks(processes.spawn_only, "02-two/two.cpp", code)
            self.assert_breaks(processes.spawn_only, "support/x.hpp", code)
            self.assert_breaks(processes.spawn_only, "tests/programs/x.cpp", code)
            self.assert_keeps(processes.spawn_only, "01-spawn-exec/spawn.cpp", code)

    def test_the_shell_behind_the_scenes_is_nowhere_right(self) -> None:
        for code in ('system("ls");', 'std::system("ls");', 'FILE* f = ::popen("ls", "r");'):
            self.assert_breaks(processes.spawn_only, "01-spawn-exec/spawn.cpp", code)

    def test_our_own_fork_and_members_are_something_else(self) -> None:
        for code in ("auto w = child_process::fork(program, args);", "co_await fork(program);", "primary.fork();",
                     "primary->fork();", "worker& fork();", "cluster::fork();", "boost::system::error_code ec;",
                     "value.clone();", "// fork()", 'log("fork()");', "child fork(const std::string& program);"):
            self.assert_keeps(processes.spawn_only, "02-two/two.cpp", code)


class OneThread(Rule):
    def test_threads_locks_and_atomics_are_found(self) -> None:
        for code in ("std::thread t;", "std::jthread t;", "auto f = std::async(g);", "pthread_create(a);", "std::mutex m;",
                     "std::shared_mutex m;", "std::lock_guard l(m);", "std::condition_variable c;",
                     "asio::strand<X> s;", "auto s = asio::make_strand(io);", "asio::thread_pool p;",
                     "std::atomic<int> a;", "std::atomic_int a;"):
            self.assert_breaks(processes.one_thread, "05-x/x.cpp", code)

    def test_an_io_context_is_for_one_thread(self) -> None:
        for code in ("asio::io_context io;", "asio::io_context io{};", "asio::io_context io(2);", "io_context io{n};",
                     "asio::io_context io(10);", "auto io = std::make_unique<asio::io_context>();"):
            self.assert_breaks(processes.one_thread, "05-x/x.cpp", code)
        for code in ("asio::io_context io(1);", "asio::io_context io_{1};", "void f(asio::io_context& io);",
                     "auto io = std::make_unique<asio::io_context>(1);", "asio::io_context::executor_type e;"):
            self.assert_keeps(processes.one_thread, "05-x/x.cpp", code)

    def test_what_two_processes_share_is_atomic(self) -> None:
        self.assert_keeps(processes.one_thread, "04-auto-restart/heartbeat.hpp", "std::atomic<unsigned> tick;")
        self.assert_keeps(processes.one_thread, "05-round-robin/answer_board.cpp", "std::atomic<unsigned> answers;")
        self.assert_keeps(processes.one_thread, "05-x/x.cpp", "// no std::thread, no mutex")


class Ownership(Rule):
    def test_shared_ownership_is_found(self) -> None:
        for code in ("std::shared_ptr<int> p;", "auto p = std::make_shared<int>();", "std::weak_ptr<int> w;",
                     "struct x : std::enable_shared_from_this<x> {};", "auto self = shared_from_this();"):
            self.assert_breaks(ownership.ownership, "05-x/x.cpp", code)

    def test_waiting_for_any_child_is_found(self) -> None:
        for code in ("waitpid(-1, &s, 0);", "::waitpid( -1, nullptr, WNOHANG);", "waitpid(0, &s, 0);", "::wait(nullptr);",
                     "wait(&status);", "waitid(P_ALL, 0, &info, WEXITED);", "wait3(&s, 0, 0);", "wait4(-1, &s, 0, 0);"):
            self.assert_breaks(ownership.ownership, "tests/x.cpp", code)

    def test_a_sigchld_handler_is_found(self) -> None:
        for code in ("signal(SIGCHLD, f);", "::sigaction(SIGCHLD, &a, nullptr);", "sigaddset(&set, SIGCHLD);",
                     "asio::signal_set signals(io, SIGTERM, SIGCHLD);", "signals.add(SIGCHLD);"):
            self.assert_breaks(ownership.ownership, "05-x/x.cpp", code)

    def test_waiting_for_one_s_own_child_is_right(self) -> None:
        for code in ("waitid(P_PIDFD, fd, &info, WEXITED);", "waitpid(pid, &s, 0);", "co_await child.wait();",
                     "channel->wait(nullptr);", "co_await wait(pid);", "std::unique_ptr<int> p;", "kill(pid, SIGTERM);",
                     "args.exit_signal = SIGCHLD;"):
            self.assert_keeps(ownership.ownership, "05-x/x.cpp", code)


# Notes to oneself, in halves: this file has none.
HALVES = (("TO", "DO"), ("FIX", "ME"), ("X", "XX"), ("HA", "CK"))


class Tidy(Rule):
    def test_a_long_file_is_found(self) -> None:
        self.write("05-x/x.cpp", "int x;\n" * 251)
        self.assertIn("05-x/x.cpp:251: 251 lines", str(*tidy.file_size(self.folder)))
        self.write("05-x/x.cpp", "int x;\n" * 250)
        self.assertEqual(list(tidy.file_size(self.folder)), [])

    def test_notes_to_oneself_are_found(self) -> None:
        for start, end in HALVES:
            word = start + end
            self.assert_breaks(tidy.leftovers, "05-x/x.cpp", f"// {word}: later")
            self.assert_breaks(tidy.leftovers, "docs/x.md", f"{word}")
        self.assert_keeps(tidy.leftovers, "05-x/x.cpp", 'mkstemp("/tmp/nameXXXXXX");')

    def test_paths_of_a_machine_are_found(self) -> None:
        for folder in ("home/joe", "root", "work", "Users"):
            self.assert_breaks(tidy.leftovers, "docs/x.md", f"see /{folder}/x there")
            for before in ("http://a.b", "build", "..", "~"):
                self.assert_keeps(tidy.leftovers, "docs/x.md", f"see {before}/{folder}/x there")
        for path in ("/usr/bin/env", "GET /crash"):
            self.assert_keeps(tidy.leftovers, "docs/x.md", f"see {path} there")

    def test_what_is_built_is_not_looked_at(self) -> None:
        self.assert_keeps(tidy.leftovers, "build/dev/x.cpp", "// " + "".join(HALVES[0]))


class CommandLine(Rule):
    def run_it(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, str(REPOSITORY / "tools/check_rules.py"), *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)

    def test_it_lists_checks_and_refuses(self) -> None:
        self.write("05-x/x.cpp", "std::thread t;\n")
        names = self.run_it("--list").stdout.split()
        self.assertIn("one-thread", names)
        self.assertEqual(self.run_it("--root", str(self.folder), "ownership").returncode, 0)
        broken = self.run_it("--root", str(self.folder), "one-thread")
        self.assertEqual((broken.returncode, broken.stdout.split(" ")[0]), (1, "05-x/x.cpp:1:"))
        self.assertEqual(self.run_it("no-such-rule").returncode, 2)


if __name__ == "__main__":
    unittest.main()
