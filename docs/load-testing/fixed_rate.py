"""Asks a server for a page, either as most load generators do or at a fixed rate, and says how long the answers took.

    python3 fixed_rate.py --users 1 --seconds 4 http://127.0.0.1:8000/    each asks again when it has its answer
    python3 fixed_rate.py --rate 100 --seconds 4 http://127.0.0.1:8000/   each request goes out when it is due

Every request has a connection of its own. Exit codes: 0 every request was answered, 1 some were not, 2 wrong flags.
"""
from __future__ import annotations

import argparse
import asyncio
import sys
import time
from urllib.parse import urlsplit

LONGEST = 30  # seconds to wait for an answer


class Load:
    def __init__(self, url: str) -> None:
        self.address = urlsplit(url)
        self.took: list[float] = []  # of each answered request [seconds]
        self.failed = 0

    async def ask(self, since: float) -> None:
        """One request. Its time counts from `since`, which is when somebody wanted to ask."""
        try:
            await asyncio.wait_for(self.exchange(), LONGEST)
            self.took.append(time.monotonic() - since)
        except (OSError, asyncio.TimeoutError):
            self.failed += 1

    async def exchange(self) -> None:
        reader, writer = await asyncio.open_connection(self.address.hostname, self.address.port or 80)
        try:
            writer.write(f"GET {self.address.path or '/'} HTTP/1.1\r\nHost: {self.address.netloc}\r\n"
                         "Connection: close\r\n\r\n".encode())
            answer = await reader.read()
        finally:
            writer.close()
        if not answer.startswith(b"HTTP/1.1 2"):
            raise OSError("no good answer")

    async def closed(self, users: int, seconds: float) -> None:
        """A closed loop: who waits for an answer asks nothing, so a slow server is asked less."""
        end = time.monotonic() + seconds

        async def user() -> None:
            while time.monotonic() < end:
                await self.ask(time.monotonic())

        await asyncio.gather(*(user() for _ in range(users)))

    async def open(self, rate: float, seconds: float) -> None:
        """An open loop: the next request goes out when it is due, whatever became of those before it."""
        begin = time.monotonic()
        asked = []
        for n in range(round(rate * seconds)):
            due = begin + n / rate
            await asyncio.sleep(due - time.monotonic())
            asked.append(asyncio.create_task(self.ask(due)))
        await asyncio.gather(*asked)

    def report(self) -> None:
        print(f"asked     {len(self.took) + self.failed}, answered {len(self.took)}")
        if not self.took:
            return
        times = sorted(1000 * each for each in self.took)
        print(f"average   {sum(times) / len(times):.1f} ms")
        for percent in (50, 90, 99):
            print(f"p{percent}       {times[(len(times) - 1) * percent // 100]:.1f} ms")
        print(f"longest   {times[-1]:.1f} ms")
        slow = sum(each > 100 for each in times)
        print(f"over 100 ms: {slow}, or {100 * slow / len(times):.2f} %")


def main() -> int:
    parser = argparse.ArgumentParser(description="Asks a server for a page, in a closed or in an open loop.")
    parser.add_argument("url", help="http://host:port/path")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--users", type=int, help="closed loop: so many, each asks again when it has its answer")
    how.add_argument("--rate", type=float, help="open loop: so many requests a second, come what may")
    parser.add_argument("--seconds", type=float, default=4, help="how long (%(default)s)")
    given = parser.parse_args()
    if (given.users or given.rate or 0) <= 0 or given.seconds <= 0:
        parser.error("users, rate and seconds are above 0")
    load = Load(given.url)
    asyncio.run(load.open(given.rate, given.seconds) if given.rate else load.closed(given.users, given.seconds))
    load.report()
    return 1 if load.failed else 0


if __name__ == "__main__":
    sys.exit(main())
