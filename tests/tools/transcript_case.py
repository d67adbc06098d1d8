"""A test of console blocks: right ones pass, wrong ones are blamed on a line."""
from __future__ import annotations

import os
import textwrap

from context import WithFolder

from lesson import processes, transcript
from lesson.markdown import parse


class TranscriptTest(WithFolder):
    def complaints(self, text: str, limit: float = 20, grace: float = 10) -> list:
        page = parse(self.folder / "page.md", textwrap.dedent(text))
        setting = transcript.Setting(self.folder, self.folder / "tree", limit, grace)
        return [one for block in page.blocks for one in transcript.check(block, setting)]

    def assert_right(self, text: str) -> None:
        self.assertEqual(self.complaints(text), [])

    def assert_wrong(self, text: str, line: int, *words: str, **limits: float) -> None:
        complaints = self.complaints(text, **limits)
        self.assertEqual([one.line for one in complaints], [line], complaints)
        for word in words:
            self.assertIn(word, complaints[0].text)
        self.assertEqual(processes.descendants(os.getpid()), [], "the checker left a process behind")
