"""The parts that exercises are made of: functions found in C++, edits, exercise.json, questions."""
import json
import unittest

from context import REPOSITORY, WithFolder

from kit import edits, exercise, functions, predict

SOURCE = '''#include "a.hpp"

#include <string>

namespace a {
namespace {

constexpr auto opening = "{";

// A helper.
int helper(int n) {
    return n;
}

}  // namespace

box::box(int size)
    : size_(size), text_{"}"}, other_(std::max(1, size)) {
    helper(1);
}

// Frees it.
box::~box() {
    if (held_) { drop(); }
}

template <typename T>
T box::get(const std::string& name) const noexcept(false) {
    const char brace = '{';
    const auto raw = R"({{{)";
    /* } */ return brace + raw + name;
}

auto box::next(int n) -> std::optional<int> { return helper(n); }

void box::put(int n) { put(std::to_string(n)); }

void box::put(const std::string& text) { lines_.push_back(text); }

void box::close() noexcept
try {
    helper(2);
} catch (const std::exception&) {
    helper(3);
} catch (...) {
}

box& box::operator=(box&& other) && { return *this; }

struct inner {
    int member() const { return 1; }
};

}  // namespace a
'''


class Functions(unittest.TestCase):
    def body(self, name: str, text: str = SOURCE) -> str:
        found = functions.find(text, name)
        return text[found.body:found.end]

    def test_bodies(self) -> None:
        for name, body in {
            "helper": "{\n    return n;\n}", "box::box": "{\n    helper(1);\n}",
            "box::next": "{ return helper(n); }", "box::put#1": "{ put(std::to_string(n)); }",
            "box::put#2": "{ lines_.push_back(text); }", "member": "{ return 1; }",
        }.items():
            self.assertEqual(self.body(name), body, name)

    def test_braces_in_strings_and_comments_are_no_braces(self) -> None:
        self.assertTrue(self.body("box::get").endswith("return brace + raw + name;\n}"))

    def test_a_function_try_block_is_whole(self) -> None:
        body = self.body("box::close")
        self.assertTrue(body.startswith("try {") and body.endswith("catch (...) {\n}"), body)

    def test_a_destructor(self) -> None:
        self.assertEqual(self.body("box::~box"), "{\n    if (held_) { drop(); }\n}")

    def test_what_belongs_to_it_begins_with_its_comment(self) -> None:
        found = functions.find(SOURCE, "helper")
        self.assertTrue(SOURCE[found.start:].startswith("// A helper.\nint helper"))
        found = functions.find(SOURCE, "box::get")
        self.assertTrue(SOURCE[found.start:].startswith("template <typename T>"))

    def test_calls_and_declarations_are_no_definitions(self) -> None:
        text = "int f(int n);\nint g() { return f(1); }\nint f(int n) { return n; }\n"
        self.assertEqual(self.body("f", text), "{ return n; }")

    def test_an_initialiser_is_no_definition(self) -> None:
        text = "struct a {\n  public:\n    a(int n) : a(n, helper(n)) { one(); }\n    a(int n, int) : n_(n), b(n) { two(); }\n};\n"
        self.assertEqual((self.body("a#1", text), self.body("a#2", text)), ("{ one(); }", "{ two(); }"))
        with self.assertRaises(functions.NotFound):
            functions.find(text, "b")

    def test_what_is_not_there_or_not_unique_is_said(self) -> None:
        for name in ("nothing", "box::put", "box::put#3"):
            with self.assertRaises(functions.NotFound, msg=name):
                functions.find(SOURCE, name)

    def test_every_function_of_every_exercise_is_found(self) -> None:
        for number in exercise.numbers(REPOSITORY):
            one = exercise.load(REPOSITORY, number)
            for cut in exercise.CUTS:
                for file, text in one.handout(cut).items():
                    self.assertEqual(text.count("kit::not_implemented("),
                                     sum(not name.startswith("-") for name in one.cuts[cut][file]), file)


class Edits(WithFolder):
    EDIT = "check: 02-x\nabout: wrong\nfile: a.cpp\n<<<<\nint a;\n====\nint b;\n>>>>\n"

    def parsed(self, text: str) -> edits.Change:
        return edits.parse(self.write("one.edit", text))

    def test_an_edit_is_applied_where_its_anchor_stands(self) -> None:
        change = self.parsed(self.EDIT)
        self.assertEqual((change.id, change.check, change.about), ("one", "02-x", "wrong"))
        self.assertEqual(change.apply({"a.cpp": "// a\nint a;\nint c;\n"}), {"a.cpp": "// a\nint b;\nint c;\n"})

    def test_several_edits_of_one_file_follow_one_another(self) -> None:
        change = self.parsed(self.EDIT + "<<<<\nint b;\n====\n>>>>\n")
        self.assertEqual(change.apply({"a.cpp": "int a;\n"}), {"a.cpp": ""})

    def test_an_anchor_must_stand_there_once(self) -> None:
        for text in ("", "int a;\nint a;\n"):
            with self.assertRaises(edits.BadEdit):
                self.parsed(self.EDIT).apply({"a.cpp": text})

    def test_what_is_malformed_is_refused(self) -> None:
        for text in ("about: nothing\n", "<<<<\na\n====\nb\n>>>>\n", self.EDIT + "wat\n", self.EDIT.replace("about: wrong\n", "")):
            with self.assertRaises(edits.BadEdit, msg=text):
                self.parsed(text)


class ExerciseFile(WithFolder):
    def setUp(self) -> None:
        super().setUp()
        self.write("02-x/a.cpp", '#include "a.hpp"\n#include <b>\nint helper() { return 1; }\n\n'
                                 "int f() { return helper(); }\nint g() { return 2; }\n")
        self.write("exercises/02/explain/02-f.md", "# f\n")
        self.data = {"goal": "g", "cuts": {"workshop": {"a.cpp": ["f"]}, "assignment": {"a.cpp": ["f", "g", "-helper"]}},
                     "checks": [{"id": "02-f", "test": "t", "points": 100, "cause": "c", "promised": "p",
                                 "where": "a.cpp:f", "hints": ["1", "2", "3", "4"]}]}

    def loaded(self, **changes: object) -> exercise.Exercise:
        self.data["checks"][0].update(changes)
        self.write("exercises/02/exercise.json", json.dumps(self.data))
        return exercise.load(self.folder, "02")

    def test_the_handout_has_no_bodies_and_keeps_what_is_not_cut(self) -> None:
        one = self.loaded()
        whole = one.handout("assignment")["a.cpp"]
        self.assertNotIn("helper", whole)
        self.assertIn('int g() {\n    kit::not_implemented("g");\n}', whole)
        self.assertIn(exercise.INCLUDE, whole)
        small = one.handout("workshop")["a.cpp"]
        self.assertIn("int g() { return 2; }", small)
        self.assertEqual(small.count("not_implemented("), 1)

    def test_what_is_wrong_is_said(self) -> None:
        for changes, words in (({"points": 50}, "add up to 50"), ({"id": "03-f"}, "does not begin with"),
                               ({"hints": ["1"]}, "1 hints, not four"), ({"where": "b.cpp:f"}, "no student writes"),
                               ({"after": ["02-z"]}, "comes after 02-z"), ({"id": "02-g"}, "no page explain/02-g.md"),
                               ({"extension": True, "points": 20}, "counts 25 points")):
            before = json.dumps(self.data)
            with self.assertRaisesRegex(exercise.BadExercise, words):
                self.loaded(**changes)
            self.data = json.loads(before)

    def test_the_small_cut_is_a_part_of_the_large_one(self) -> None:
        self.data["cuts"]["workshop"]["a.cpp"] = ["h"]
        with self.assertRaisesRegex(exercise.BadExercise, "no part of the assignment's"):
            self.loaded()

    def test_a_stage_without_an_exercise(self) -> None:
        with self.assertRaisesRegex(exercise.BadExercise, "stage 03 has no exercise"):
            exercise.load(self.folder, "03")
        self.loaded()
        self.assertEqual(exercise.numbers(self.folder), ["02"])


class Questions(WithFolder):
    GOOD = {"id": "02-a", "question": "q", "choices": ["x", "y"], "answer": 1, "command": ["true"], "why": "w"}

    def complaints(self, **changes: object) -> str:
        return "; ".join(predict.complaints([{**self.GOOD, **changes}], "02"))

    def test_what_is_wrong_is_said(self) -> None:
        self.assertEqual(self.complaints(), "")
        for changes, words in (({"answer": 2}, "none of the choices"), ({"answer": "1"}, '"answer" of the wrong kind'),
                               ({"answer": True}, "wrong kind"), ({"choices": ["x"]}, "leaves no choice"),
                               ({"id": "03-a"}, "not called 02-"), ({"command": []}, "no text"),
                               ({"hint": "h"}, '"hint", which means nothing')):
            self.assertIn(words, self.complaints(**changes))
        self.assertEqual(predict.complaints({}, "02"), ["it is no list of questions"])
        self.assertIn("two questions", "; ".join(predict.complaints([self.GOOD, self.GOOD], "02")))
        self.assertIn('has no "why"', "; ".join(predict.complaints([{"id": "02-a"}], "02")))

    def test_the_programs_of_a_command(self) -> None:
        one = predict.question({**self.GOOD, "command": "02-fork-ipc/ping_parent --child /bin/01-a/b | cat"})
        self.assertEqual(one.programs(), [("02-fork-ipc", "ping_parent")])
        self.assertEqual(one.command[:2], ("sh", "-c"))

    def test_every_stage_of_the_repository_can_be_read(self) -> None:
        for number in exercise.numbers(REPOSITORY):
            for one in predict.load(REPOSITORY / "exercises" / number):
                for folder, name in one.programs():
                    self.assertTrue((REPOSITORY / folder / "programs" / f"{name}.cpp").is_file(), f"{one.id}: {name}")


if __name__ == "__main__":
    unittest.main()
