"""Plays a plan with Locust, from this machine, and keeps what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from load.plan import LoadPlan, written
from load.results import RUN, Log, read
from load.sessions import schedule
from settings.stack_file import BadInput
from specs.sale import SaleSlo
from specs.shop import Shop

GRACE: Final = 60.0
"""Seconds after a plan's end at which Locust is ended, whatever it does."""
STARTING: Final = 10.0  # seconds until the engine has begun
RESULTS: Final = "results"


def play(plan: LoadPlan, shop: Shop, url: str, folder: Path, tasks: Mapping[str, int] | None = None) -> Log:
    """The log of a play of the plan against `url`; `tasks` by service, one of each by default.

    Raises BadInput where the engine fails, which it tells on its own log.
    """
    digest = written(plan, folder)
    results = folder / RESULTS
    for old in results.glob("requests-*.csv"):
        old.unlink()
    results.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    command = [sys.executable, "-m", "locust", "-f", str(folder / "locustfile.py"), "--headless", "--users", "1"]
    command += ["--host", url, "--only-summary", "--skip-log-setup", "--stop-timeout", "5"]
    environment = {**os.environ, "RESULTS": str(results), "WORKERS": "1"}
    with (folder / "locust.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=folder
        )
        try:
            process.wait(plan.seconds + STARTING + GRACE)
        except subprocess.TimeoutExpired:
            pass
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if not list(results.glob("requests-*.csv")):
        raise BadInput(f"load: Locust has sent nothing; {folder / 'locust.log'} says why")
    about = {
        "stack": plan.stack,
        "event": plan.event,
        "url": url,
        "date": now.date().isoformat(),
        "began": now.isoformat(timespec="seconds"),
        "plan": digest,
        "scale": plan.scale,
        "speed": plan.speed,
        "images": {service.name: service.image for service in shop.services},
        "tasks": {service.name: (tasks or {}).get(service.name, 1) for service in shop.services},
    }
    (results / RUN).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return read(results)


@dataclass(frozen=True, kw_only=True)
class Played:
    """What a play came to."""

    sent: int
    failed: int
    held: int
    p50: float
    """Seconds, from the intended start."""
    p99: float
    lag_p99: float
    """Seconds that the generator came late."""
    off: float
    """Mean distance of the requests from the plan's curve, as a share of its peak."""

    def keeps(self, promise: SaleSlo) -> bool:
        """Whether customers had what they are promised."""
        answered = 100 * (1 - self.failed / max(1, self.sent))
        return answered >= promise.availability_percent and self.p99 * 1000 <= promise.latency_p99

    def document(self) -> dict[str, Any]:
        return {
            "sent": self.sent,
            "failed": self.failed,
            "held": self.held,
            "p50Ms": round(self.p50 * 1000, 1),
            "p99Ms": round(self.p99 * 1000, 1),
            "generatorLagP99Ms": round(self.lag_p99 * 1000, 1),
            "offCurve": round(self.off, 4),
        }


def played(plan: LoadPlan, log: Log) -> Played:
    """The figures of a log."""
    return Played(
        sent=len(log),
        failed=int(np.sum(~log.ok)),
        held=log.held,
        p50=float(np.quantile(log.seconds, 0.5)),
        p99=float(np.quantile(log.seconds, 0.99)),
        lag_p99=float(np.quantile(log.lag, 0.99)),
        off=off_curve(plan, log),
    )


def began(plan: LoadPlan, log: Log) -> float:
    """Seconds since the epoch at which the plan's time began: the first session is there at its own time."""
    return float(log.intended.min()) - schedule(plan.document())[0]


def off_curve(plan: LoadPlan, log: Log, blocks: int = 6) -> float:
    """Mean distance between requests as sent and as planned, in so many parts of the play, by the plan's peak."""
    begin = began(plan, log)
    asked = np.array([part.mean() for part in np.array_split(plan.requests, blocks)])
    edges = begin + np.cumsum([0.0, *(len(part) for part in np.array_split(plan.requests, blocks))])
    counts, _ = np.histogram(log.intended, edges)
    return float(np.mean(np.abs(counts / np.diff(edges) - asked)) / asked.max())
