"""The benchmark's own arithmetic: no clock, no server."""
from __future__ import annotations

import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from bench import processes, report  # noqa: E402
from bench.commands import sample_of  # noqa: E402
from bench.rounds import Contender, Row, Target, play  # noqa: E402
from bench.session import chosen  # noqa: E402
from bench.table import Peers, all_rows  # noqa: E402
from workshop.bench import Asked  # noqa: E402
from workshop.problem import UsageProblem  # noqa: E402


class Told(Contender):
    """Says what it was told to measure, and writes down when."""

    def __init__(self, name: str, rates: list[float], diary: list[str]) -> None:
        super().__init__(name)
        self.rates = list(rates)
        self.diary = diary

    def start(self) -> None:
        self.diary.append(f"+{self.name}")

    def measure(self, seconds: float) -> dict[str, float]:
        self.diary.append(self.name)
        rate = self.rates.pop(0)
        if rate < 0:
            raise RuntimeError("broken")
        return {"rate": rate}

    def stop(self) -> None:
        self.diary.append(f"-{self.name}")


def quiet():
    return lambda: 0.0


def silent(text: str) -> None:
    pass


class Rounds(unittest.TestCase):
    def row(self, ours: list[float], peer: list[float], rounds: int) -> tuple[Row, list[str]]:
        diary: list[str] = []
        return Row("r", "R", (Told("ours", ours, diary), Told("peer", peer, diary)),
                   (Target("rate", "peer", at_least=2),), rounds), diary

    def test_every_other_round_goes_backwards(self) -> None:
        row, diary = self.row([1, 1, 1], [1, 1, 1], 3)
        play(row, silent, quiet)
        self.assertEqual(diary, ["+ours", "+peer", "ours", "peer", "peer", "ours", "ours", "peer", "-peer", "-ours"])

    def test_ratios_are_those_of_each_round(self) -> None:
        row, _ = self.row([30, 20, 90], [10, 10, 10], 3)
        result = play(row, silent, quiet)
        self.assertEqual(result.compared(row.targets[0]), [3, 2, 9])
        self.assertEqual(result.median("ours", "rate"), 30)

    def test_a_round_beside_other_work_is_dropped_counted_and_repeated(self) -> None:
        row, _ = self.row([1, 2, 3], [1, 1, 1], 2)
        loads = iter([0.0, 0.9, 0.0])
        said: list[str] = []
        result = play(row, said.append, lambda: lambda: next(loads))
        self.assertEqual((result.values("ours", "rate"), result.dropped), ([1, 3], 1))
        self.assertIn("0.90 cpus", said[0])

    def test_a_machine_that_is_never_quiet_is_said(self) -> None:
        row, _ = self.row([1] * 4, [1] * 4, 2)
        said: list[str] = []
        result = play(row, said.append, lambda: lambda: 1.0)
        self.assertEqual((len(result.rounds), result.dropped), (0, 4))
        self.assertIn("only 0 of 2", said[-1])

    def test_everybody_is_stopped_when_one_breaks(self) -> None:
        row, diary = self.row([1], [-1], 1)
        with self.assertRaises(RuntimeError):
            play(row, silent, quiet)
        self.assertEqual(diary[-2:], ["-peer", "-ours"])


class Targets(unittest.TestCase):
    def test_each_way(self) -> None:
        self.assertTrue(Target("rate", "p", at_least=2).reached(2))
        self.assertFalse(Target("rate", "p", at_least=2).reached(1.99))
        self.assertTrue(Target("ms", "p", at_most=0.1).reached(0.1))
        self.assertFalse(Target("ms", "p", at_most=0.1).reached(0.11))

    def test_the_table_tells_median_range_and_verdict(self) -> None:
        diary: list[str] = []
        row = Row("r", "The row", (Told("ours", [30, 20, 90], diary), Told("peer", [10, 10, 10], diary)),
                  (Target("rate", "peer", at_least=2), Target("rate", "peer", at_least=4)), 3)
        lines = report.targets_table([play(row, silent, quiet)])
        self.assertEqual(lines[2], "| The row | per second, × peer | 3 (2 … 9) | ≥ 2 | yes |")
        self.assertTrue(lines[3].endswith("| ≥ 4 | **no** |"))

    def test_what_was_not_measured_is_not_called_reached(self) -> None:
        diary: list[str] = []
        row = Row("r", "R", (Told("ours", [1] * 4, diary),), (Target("rate", None, at_least=0),), 2)
        result = play(row, silent, lambda: lambda: 1.0)
        self.assertFalse(report.told(result, row.targets[0])["reached"])


class Table(unittest.TestCase):
    rows = all_rows(Peers(ROOT, ROOT / "build/bench"))

    def test_every_target_names_a_contender_of_its_row(self) -> None:
        for row in self.rows:
            names = {one.name for one in row.contenders}
            self.assertEqual(len(names), len(row.contenders), row.id)
            for target in row.targets:
                self.assertTrue(target.peer is None or target.peer in names, row.id)

    def test_ids_are_unique_and_wrong_ones_are_told(self) -> None:
        self.assertEqual(len({row.id for row in self.rows}), len(self.rows))
        with self.assertRaisesRegex(UsageProblem, 'did you mean "spawn-1"'):
            chosen(self.rows, ["spwan-1"])


class Words(unittest.TestCase):
    def test_words(self) -> None:
        asked = Asked(["--quick", "spawn-1", "--out", "/tmp/x"])
        self.assertEqual((asked.quick, asked.rows, str(asked.out)), (True, ["spawn-1"], "/tmp/x"))
        self.assertTrue(Asked(["sweep"]).sweep)

    def test_wrong_words(self) -> None:
        for words in (["--fast"], ["--out"]):
            with self.assertRaises(UsageProblem):
                Asked(words)


class Figures(unittest.TestCase):
    def test_a_command_s_line_becomes_rates(self) -> None:
        sample = sample_of({"operations": 100, "seconds": 2, "cpu_us": 500, "p50_us": 7})
        self.assertEqual(sample, {"rate": 50, "cpu_us": 5, "p50_us": 7})

    def test_cpu_time_of_this_process_grows_as_it_computes(self) -> None:
        import os
        before = processes.cpu_us(os.getpid())
        while processes.cpu_us(os.getpid()) - before < 20_000:
            sum(range(10_000))
        self.assertGreater(processes.own_us(), 0)
        self.assertGreater(processes.pss_kib(os.getpid()), 1000)


if __name__ == "__main__":
    unittest.main()
