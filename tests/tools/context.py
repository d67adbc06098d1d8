"""Lets the tests of the tools import the tools, and gives them throw-away repositories."""
from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(REPOSITORY / "tools"))


class WithFolder(unittest.TestCase):
    """A test with a temp folder of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="tools-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()

    def write(self, path: str, text: str, executable: bool = False) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if executable:
            file.chmod(0o755)
        return file
