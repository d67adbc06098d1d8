"""./workshop lesson: what a page looks like in a terminal."""
import re
import textwrap
import unittest

from context import REPOSITORY

from workshop import lesson


class Pages(unittest.TestCase):
    def test_a_lesson_reads_well_in_a_terminal(self) -> None:
        text = textwrap.dedent("""\
            # T
            Some **bold** [link](x.md) and
            [site](https://a.b).

            <!-- from: a.cpp -->
            ```cpp
            int x;
            ```
            - one
              more
            - two

            | a | b |
            |---|---|
            | 1 | x \\| y |
            """)
        shown = "\n".join(lesson.Renderer(80, color=False).render(text))
        self.assertEqual(shown, "T\n=\nSome bold link and site (https://a.b).\n\n    int x;\n- one more\n- two\n\n"
                                "* 1\n    b: x | y")

    def test_code_within_a_list_stays_as_it_is(self) -> None:
        text = textwrap.dedent("""\
            1. Predict: who
               is left?
               ```console
               $ a
                2 b

               # c
               ```

               Now change
               it.
            2. Extend.
            """)
        shown = "\n".join(lesson.Renderer(80, color=False).render(text))
        self.assertEqual(shown, "1. Predict: who is left?\n       $ a\n        2 b\n\n       # c\n\n"
                                "   Now change it.\n2. Extend.")

    def test_every_line_of_code_of_every_lesson_is_shown(self) -> None:
        for page in sorted(REPOSITORY.glob("0*/README.md")):
            text = page.read_text()
            shown = set(line.strip() for line in lesson.Renderer(80, color=False).render(text))
            for block in re.findall(r"^ *```.*\n((?:.*\n)*?) *```$", text, re.MULTILINE):
                for line in block.splitlines():
                    self.assertIn(line.strip(), shown, page)


if __name__ == "__main__":
    unittest.main()
