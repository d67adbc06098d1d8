"""The command's exit codes, and the two exceptions that carry them to the top."""
from __future__ import annotations

GREEN = 0
WORK_FAILS = 1  # the build or a test is red
ENVIRONMENT = 2  # something the machine must have is missing
USAGE = 3  # the command line makes no sense


class Problem(Exception):
    """Ends the command with a message and an exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class UsageProblem(Problem):
    def __init__(self, message: str) -> None:
        super().__init__(message, USAGE)


class EnvironmentProblem(Problem):
    def __init__(self, message: str) -> None:
        super().__init__(message, ENVIRONMENT)
