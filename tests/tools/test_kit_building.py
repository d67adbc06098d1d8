"""./workshop check, watch and hint: from the handout to the last point, with a compiler."""
import json
import shutil
import time
import unittest
from pathlib import Path
from unittest import mock

from stage_case import EXERCISE, WithStage

from kit import linking
from workshop import build, checking, hints
from workshop.work import Work


class Check(WithStage):
    def setUp(self) -> None:
        super().setUp()
        self.says("start 2", 0)

    def test_from_nothing_to_all_points(self) -> None:
        text = self.says("check", 1, "still to be written in work/02/one.cpp: one", "0 of 100 points", "hint 02-one")
        self.assertIn("to do    100  02-one, 02-two", text)
        self.solve("one.cpp", '#include "02-x/one.hpp"\nint one() { return 3; }\n')
        text = self.says("check", 1, "02-one: one is not one. (50 points)", "promised  one is one",
                         "observed  expected one(), found 3", "look at   work/02/one.cpp:2, one", "./workshop hint")
        self.assertEqual(text.count("is still to be written"), 0)
        self.solve("one.cpp")
        self.says("check 02-one", 0, "50 of 50 points", "./workshop check 02, all of them")
        self.solve("two.cpp")
        self.says("check 2", 0, "100 of 100 points, all there is")
        self.assertTrue(json.loads((self.root / "work/.state.json").read_text())["stages"]["02"]["passed"])

    def test_what_is_saved_during_a_build_is_kept(self) -> None:
        def meanwhile(*_: object, **__: object) -> None:
            work = Work(self.root)
            work.state["predictions"] = {"02": {"02-a": 1}}
            work.save()

        with mock.patch.object(build, "build", side_effect=meanwhile):
            self.says("check", 1)
        state = Work(self.root).state
        self.assertEqual((state["predictions"], state["stages"]["02"]["fault"]), ({"02": {"02-a": 1}}, "02-one"))

    def test_only_what_has_changed_is_compiled(self) -> None:
        self.says("check", 1)
        with mock.patch.object(linking, "run", side_effect=linking.run) as run:
            self.says("check", 1)
            self.assertEqual(run.call_count, 0)
            self.solve("two.cpp")
            self.says("check", 1)
            self.assertEqual([Path(call[0][0]).name for call in run.call_args_list], ["two.cpp", "kit_02"])

    def test_the_compilers_message_leads_to_the_students_file(self) -> None:
        self.solve("two.cpp", '#include "02-x/two.hpp"\n\nint two() { return too; }\n')
        text = self.says("check", 1, "work/02/two.cpp:3:", "error:", "too", "mend this first error")
        self.assertNotIn(str(self.root), text)
        self.assertLessEqual(text.count("\n"), 12)

    def test_a_function_that_is_gone(self) -> None:
        self.solve("two.cpp", "int three() { return 2; }\n")
        self.says("check", 1, "no longer in them", "two.cpp: two()")
        self.solve("two.cpp", "\n")
        self.says("check", 1, "two.cpp: two()")

    def test_a_file_that_is_gone(self) -> None:
        (self.root / "work/02/two.cpp").unlink()
        self.says("check", 3, "work/02/two.cpp is gone", "./workshop reset 02")

    def test_hints_tell_more_each_time(self) -> None:
        self.says("check", 1)
        for tier, words in enumerate(("q?", "c(2)", "near", "outline", "outline"), 1):
            self.says("hint", 0, f"02-one, hint {min(tier, 4)} of 4", words)
        self.says("hint 02-two", 0, "02-two, hint 1 of 4: a question", "another one: ./workshop hint 02-two")
        self.says("hint two", 3, "is no check")
        self.says("explain", 0, "One", "It is one.")
        self.says("explain 02-two", 0, "Two")

    def test_each_step_of_an_outline_has_a_line(self) -> None:
        for text, lines in {
            "1. Open it. 2. Read: more? 3. Go on": ["1. Open it.", "2. Read: more?", "3. Go on"],
            "1. It returns 2. Then 3. is `x`. 2. Give `f()`. 3. End (or not.) 5. Gone":
                ["1. It returns 2. Then 3. is `x`.", "2. Give `f()`.", "3. End (or not.) 5. Gone"],
            "Look at 1. 2. Read it.": ["Look at 1. 2. Read it."],
            "outline": ["outline"],
        }.items():
            self.assertEqual(hints.steps(text), lines)

    def test_without_a_fault_there_is_no_hint(self) -> None:
        self.solve("one.cpp")
        self.solve("two.cpp")
        self.says("check", 0)
        self.says("hint", 0, "found no fault")

    def test_watch_checks_at_each_save(self) -> None:
        seen: "list[str]" = []

        def saved() -> None:
            seen.append("")
            if len(seen) == 1:
                time.sleep(0.01)
                self.solve("one.cpp")
            elif len(seen) == 3:
                raise KeyboardInterrupt

        with mock.patch.object(checking, "pause", saved):
            text = self.says("watch 2", 0, "0 of 100 points", "50 of 100 points", "Ctrl-C ends")
        self.assertEqual(text.count("waiting for you to save"), 2)


class Later(WithStage):
    """A stage that stands on another one's files."""

    def setUp(self) -> None:
        super().setUp()
        later = json.loads(json.dumps(EXERCISE).replace("02-", "05-").replace("one.cpp:one", "y.cpp:y")
                           .replace("two.cpp:two", "y.cpp:y"))
        later["cuts"] = {"workshop": {"y.cpp": ["y"]}, "assignment": {"y.cpp": ["y"]}}
        for name, text in {"05-y/y.cpp": '#include "02-x/one.hpp"\nint y() { return 5; }\n',
                           "exercises/05/exercise.json": json.dumps(later), "exercises/05/explain/05-one.md": "#",
                           "exercises/05/explain/05-two.md": "#"}.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)
        self.addCleanup(shutil.rmtree, self.root / "exercises/05")
        tree = self.root / "build/kit"
        before = (tree / "build.ninja").read_text()
        self.addCleanup((tree / "build.ninja").write_text, before)
        (tree / "build.ninja").write_text(
            before + f"build y.o: cxx {self.root}/05-y/y.cpp\nbuild kit/kit_05: link | main.o y.o libx.a libkit_support.a\n"
            "  objects = main.o\n  libraries = libx.a libkit_support.a\nbuild kit_05: phony kit/kit_05\n")
        linking.commands_of.cache_clear()

    def test_an_unfinished_stage_holds_up_a_later_one_only_if_it_is_mine(self) -> None:
        self.says("start 2", 0)
        self.says("start 5", 0, "reference (yours is begun")
        shutil.copy(self.root / "05-y/y.cpp", self.root / "work/05/y.cpp")
        self.says("check", 0, "100 of 100")
        self.says("use 2 mine", 0)
        self.says("check 5", 1, "to do", "linked with your own stage 02", "./workshop use 02 reference")
        self.solve("one.cpp", "int one( {}\n")
        self.says("check 5", 1, "work/02/one.cpp:1", "Your stage 02 does not compile", "use 02 reference")
        self.says("use 2 reference", 0)
        self.says("check 5", 0)


if __name__ == "__main__":
    unittest.main()
