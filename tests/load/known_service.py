"""A service whose law is known: c workers, the rest waits in order, and the Universal Scalability Law slows them down.

    python -m tests.load.known_service PORT WORKERS SECONDS CV SIGMA KAPPA

Work passes by a clock of its own, which runs slower the more are at work: a request is over when it has had its work.
Nothing is computed in the meantime, so a machine of any size keeps to the law.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import sys
from collections import deque
from dataclasses import dataclass, field

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"


@dataclass
class Station:
    """Workers, and who waits for them."""

    workers: int
    seconds: float
    cv: float
    contention: float
    coherency: float
    draw: random.Random = field(default_factory=lambda: random.Random(7))
    done: float = 0.0  # work that each at work has had since the station was opened
    since: float = 0.0
    at_work: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list)
    waiting: deque[tuple[float, asyncio.Future[None]]] = field(default_factory=deque)
    number: int = 0
    timer: asyncio.TimerHandle | None = None

    async def serve(self) -> None:
        over = asyncio.get_running_loop().create_future()
        work = self.draw.gammavariate(1 / self.cv**2, self.seconds * self.cv**2) if self.cv else self.seconds
        self._pass()
        if len(self.at_work) < self.workers:
            self._begin(work, over)
        else:
            self.waiting.append((work, over))
        self._wake()
        await over

    def _begin(self, work: float, over: asyncio.Future[None]) -> None:
        self.number += 1
        heapq.heappush(self.at_work, (self.done + work, self.number, over))

    @property
    def _speed(self) -> float:
        there = len(self.at_work)
        return 1 / (1 + self.contention * (there - 1) + self.coherency * there * (there - 1)) if there else 0.0

    def _pass(self) -> None:
        now = asyncio.get_running_loop().time()
        self.done += (now - self.since) * self._speed
        self.since = now

    def _wake(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = None
        if self.at_work:
            loop = asyncio.get_running_loop()
            self.timer = loop.call_at(self.since + (self.at_work[0][0] - self.done) / self._speed, self._finish)

    def _finish(self) -> None:
        self._pass()
        while self.at_work and self.at_work[0][0] <= self.done + 1e-9:
            _, _, over = heapq.heappop(self.at_work)
            over.set_result(None)
            if self.waiting:
                self._begin(*self.waiting.popleft())
        self._wake()


async def answer(station: Station, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, kept open."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if head.startswith(b"GET /ready"):
                writer.write(_ANSWER)
                continue
            await station.serve()
            writer.write(_ANSWER)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(port: int, station: Station) -> None:
    server = await asyncio.start_server(lambda r, w: answer(station, r, w), "127.0.0.1", port, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    values = [float(text) for text in sys.argv[2:]]
    station = Station(int(values[0]), values[1], values[2], values[3], values[4])
    asyncio.run(main(int(sys.argv[1]), station))
