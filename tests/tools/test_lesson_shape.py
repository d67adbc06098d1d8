"""The template, the excerpts and the links of a lesson: a right one passes, and each fault is found."""
import contextlib
import io
import subprocess
import sys
import textwrap
import unittest

from context import REPOSITORY, WithFolder

from lesson import excerpts, links, template
from lesson.check import GREEN, SKIPPED, WRONG, check_page
from lesson.markdown import parse
from lesson.transcript import Setting

SOURCE = "int one() {\n    return 1;\n}\n\nint two() {\n    int x = 1;\n    return x + 1;\n}\n"
EXCERPT = "<!-- from: 03-demo/demo.cpp -->\n```cpp\nint one() {\n    return 1;\n}\n```\n\nBecause one comes first.\n\n"
FILLER = "\n\n".join(["word " * 320] * 3)
LESSON = f"""\
# 03 · Demo
> You can count to two, which you could not before.

Time: 45 min · Needs: 02 · New words: one, two

## Run it
```console
$ echo hello
hello
```

## The idea
{FILLER}

```mermaid
graph LR
  a --> b
```

## In Node
<!-- from: 03-demo/node/demo.js -->
```js
one();
```

## In C++
{EXCERPT * 3}
## What goes wrong
| symptom | cause | the line that guards | the test that proves |
|---|---|---|---|
| it counts wrong | off by one | `return 1;` | `one is one` |

## Left out
Three.

## Exercises
1. **Predict** what two gives: `./workshop run 03`.
2. **Change** it: `./workshop test 03`.
3. **Extend** it: `./workshop test 03`.

## Read next
[the next stage](../04-next/README.md), `man 2 fork`
"""


class WithLesson(WithFolder):
    def setUp(self) -> None:
        super().setUp()
        self.write("03-demo/demo.cpp", SOURCE)
        self.write("03-demo/node/demo.js", "one();\n")
        self.write("04-next/README.md", "")
        self.write("tests/03-demo/demo_test.cpp", 'TEST_CASE("one is one", "[03]") {}\n')


class Lesson(WithLesson):
    def page(self, text: str = LESSON):
        return parse(self.write("03-demo/README.md", text), text)

    def shape(self, text: str) -> list:
        return list(template.check(self.page(text), self.folder / "tests"))

    def assert_shape(self, old: str, new: str, *words: str) -> None:
        self.assertIn(old, LESSON)
        text = LESSON.replace(old, new, 1)
        complaints = self.shape(text)
        self.assertTrue(complaints, "nothing was found wrong")
        said = "\n".join(one.text for one in complaints)
        for word in words:
            self.assertIn(word, said)

    def test_a_right_lesson_passes(self) -> None:
        page = self.page()
        self.assertEqual(self.shape(LESSON), [])
        self.assertEqual(list(excerpts.check(page, self.folder)), [])
        self.assertEqual(list(links.check(page)), [])

    def test_the_title_carries_the_number_of_the_folder(self) -> None:
        self.assert_shape("# 03 ·", "# 02 ·", "# 03 · Name")

    def test_the_one_sentence_and_the_line_of_needs_must_be_there(self) -> None:
        self.assert_shape("> You can", "You can", "one sentence")
        self.assert_shape("Time: 45 min", "Time: long", "Time: 45 min")

    def test_every_heading_must_be_there_in_order(self) -> None:
        for name in template.SECTIONS:
            self.assert_shape(f"## {name}\n", "", f"`## {name}`")
        swapped = LESSON.replace("## Left out", "## X").replace("## Exercises", "## Left out").replace("## X", "## Exercises")
        self.assertTrue(self.shape(swapped))
        self.assertTrue(self.shape(LESSON + "\n## More\n"))

    def test_a_lesson_is_neither_short_nor_long(self) -> None:
        self.assert_shape(FILLER, "short", "words of prose")
        self.assert_shape(FILLER, FILLER + " word" * 500, "words of prose")

    def test_code_and_comments_are_no_prose(self) -> None:
        page = parse(self.folder / "x.md", "one two\n<!-- three -->\n```text\nfour\n```\n| five | - |\n")
        self.assertEqual(template.words(page), 3)

    def test_the_idea_has_one_small_diagram_and_few_paragraphs(self) -> None:
        diagram = "```mermaid\ngraph LR\n  a --> b\n```\n"
        self.assert_shape(diagram, diagram * 2, "second diagram")
        self.assert_shape("  a --> b\n", "  a --> b\n" * 12, "13 lines")
        self.assert_shape("```mermaid", "a\n\nb\n\n```mermaid", "5 paragraphs")
        self.assert_shape("## Left out\n", "## Left out\n" + diagram, "belongs into The idea")

    def test_node_code_is_short_and_excerpts_are_three_to_five_with_reasons(self) -> None:
        self.assert_shape("one();\n", "one();\n" * 11, "11 lines")
        self.assert_shape(EXCERPT, "", "2 excerpts")
        self.assert_shape(EXCERPT, EXCERPT * 4, "6 excerpts")
        self.assert_shape("Because one comes first.", "", "followed by why")

    def test_code_that_nobody_checks_is_refused(self) -> None:
        self.assert_shape("## Left out\n", "## Left out\n```cpp\nint x;\n```\n", "nobody checks")
        self.assert_shape("## Left out\n", "## Left out\n```sh\nls\n```\n", "nobody checks")

    def test_the_table_names_real_tests(self) -> None:
        self.assert_shape("`one is one`", "`two is two`", "two is two")
        self.assert_shape("| symptom |", "| sign |", "What goes wrong is a table")

    def test_all_kinds_of_exercise_are_there(self) -> None:
        self.assert_shape("**Extend** it", "Do it", "extend")

    def test_a_dead_link_is_found(self) -> None:
        page = self.page(LESSON.replace("../04-next/README.md", "../05-next/README.md#x"))
        self.assertIn("05-next", [one.text for one in links.check(page)][0])


class Excerpts(WithFolder):
    def complaints(self, *lines: str, path: str = "demo.cpp") -> list:
        self.write("demo.cpp", SOURCE)
        text = f"<!-- from: {path} -->\n\n```cpp\n" + "\n".join(lines) + "\n```\n"
        return list(excerpts.check(parse(self.folder / "x.md", text), self.folder))

    def test_indentation_is_put_aside_and_gaps_are_dots(self) -> None:
        self.assertEqual(self.complaints("  int one() {", "...", "int x = 1;", "// ...", "}"), [])

    def test_a_line_that_is_not_in_the_file_is_blamed(self) -> None:
        found = self.complaints("int two() {", "    int x = 1;", "    return x;")
        self.assertEqual([one.line for one in found], [6])
        self.assertIn("return x;", found[0].text)

    def test_lines_must_follow_one_another_as_in_the_file(self) -> None:
        self.assertTrue(self.complaints("int one() {", "}"))
        self.assertTrue(self.complaints("int two() {", "...", "int one() {"))

    def test_a_missing_or_foreign_file_is_found(self) -> None:
        self.assertIn("no such file", self.complaints("x", path="nowhere.cpp")[0].text)
        self.assertIn("no such file", self.complaints("x", path="../../../etc/passwd")[0].text)

    def test_a_long_excerpt_is_found(self) -> None:
        self.assertIn("at most 20", self.complaints(*["}"] * 21)[0].text)


class WholePage(WithLesson):
    def verdict(self, text: str, lacks: str = "", is_lesson: bool = True) -> int:
        path = self.write("03-demo/README.md", text)
        with contextlib.redirect_stdout(io.StringIO()):
            return check_page(path, Setting(self.folder, self.folder), is_lesson, lambda tool: tool != lacks)

    def test_a_lesson_is_right_wrong_or_skipped(self) -> None:
        needs_node = LESSON.replace("```console\n", "```console needs-node\n")
        self.assertEqual(self.verdict(LESSON), GREEN)
        self.assertEqual(self.verdict(LESSON.replace("\nhello\n", "\nhallo\n")), WRONG)
        self.assertEqual(self.verdict(needs_node), GREEN)
        self.assertEqual(self.verdict(needs_node, lacks="node"), SKIPPED)
        self.assertEqual(self.verdict(needs_node, lacks="wrk"), GREEN)
        self.assertEqual(self.verdict(needs_node.replace("> You", "You"), lacks="node"), WRONG)
        self.assertEqual(self.verdict(needs_node.replace("needs-node", "needs-ab needs-wrk"), lacks="wrk"), SKIPPED)

    def test_a_page_of_documentation_has_no_template(self) -> None:
        self.assertEqual(self.verdict("# Hi\n```sh\nls\n```\n", is_lesson=False), GREEN)
        self.assertEqual(self.verdict("# Hi\n[x](nowhere.md)\n", is_lesson=False), WRONG)

    def test_the_command_line_names_file_and_line(self) -> None:
        page = self.write("page.md", textwrap.dedent("""\
            ```console
            $ echo a
            b
            ```
            """))
        done = subprocess.run([sys.executable, str(REPOSITORY / "tools/check_lesson.py"), "--build", ".", "--doc",
                               str(page)], stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{page}:3: expected: b\n  got:      a", done.stdout)


if __name__ == "__main__":
    unittest.main()
