"""A load test as data: arrivals of sessions, journeys, and the limits that it keeps: what Locust's script reads."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from load import arrivals
from load.journeys import Visit, visits
from sale.demand import line
from sale.simulation.arrays import Floats
from specs.sale import SaleEvent
from specs.shop import Shop

Shape = Literal["event", "stairs"]
VERSION: Final = 1
STEP: Final = 1.0  # seconds of the test for which one rate holds
STAIRS: Final = 10
BURST: Final = 3.0  # standard deviations of a second's requests that stay below the limit
AROUND: Final = (60.0, 600.0)
"""Seconds before the opening and after the peak that are played."""
SEED: Final = 20_301_019
SCRIPTS: Final = ("load/__init__.py", "load/sessions.py")
"""What Locust's script imports, copied beside it."""
_PACKAGE: Final = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class LoadPlan:
    """What is played, in seconds of the test."""

    stack: str
    event: str
    source: str
    """Where the curve comes from."""
    peak: float
    """Requests/s beyond CloudFront at the highest second of what is played, unscaled."""
    speed: float
    """How many times faster than the event it is played."""
    requests: Floats
    """Requests/s in each step, as it is played."""
    sessions: Floats
    """Arrivals of sessions a second in each step."""
    visits: tuple[Visit, ...]
    think_seconds: float
    products: int
    hot: tuple[tuple[str, float], ...]
    """Names and shares (percent) of hot products."""
    limit: float
    """Most requests in any second."""

    @property
    def seconds(self) -> float:
        return len(self.requests) * STEP

    @property
    def scale(self) -> float:
        """Share of the event's demand that is played."""
        return float(self.requests.max()) / self.peak

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "version": VERSION,
            "stack": self.stack,
            "event": self.event,
            "source": self.source,
            "scale": round(self.scale, 6),
            "speed": round(self.speed, 6),
            "seed": SEED,
            "step": STEP,
            "maxRequestsPerSecond": self.limit,
            "thinkSeconds": self.think_seconds,
            "products": self.products,
            "hotProducts": [{"name": name, "percent": percent} for name, percent in self.hot],
            "requestsPerSecond": [round(float(one), 4) for one in self.requests],
            "sessionsPerSecond": [round(float(one), 6) for one in self.sessions],
            "journeys": [_journey(visit) for visit in self.visits],
        }


def _journey(visit: Visit) -> dict[str, Any]:
    return {
        "name": visit.name,
        "share": round(visit.share, 6),
        "requests": [
            {**step.request.model_dump(by_alias=True, exclude_none=True), "count": round(step.count, 6)}
            for step in visit.steps
        ],
    }


def load_plan(
    shop: Shop, event: SaleEvent, *, seconds: float | None = None, shape: Shape = "event", curve: Curve | None = None
) -> LoadPlan:
    """The opening of an event at as much of its demand as `loadTest` allows.

    `seconds` is how long it is played: faster than the event, where that is shorter; by default as fast as it. Think
    times stay as they are: customers of a fast play are fewer, not quicker. `curve` comes in place of the forecast.
    """
    test = shop.load_test
    told = forecast(shop, event) if curve is None else curve
    length = len(told.requests) * told.step
    count = max(1, round((seconds or length) / STEP))
    asked = _resampled(told, count)
    if shape == "stairs":
        asked = np.repeat(np.arange(1, STAIRS + 1) / STAIRS, math.ceil(count / STAIRS))[:count] * asked.max()
    scale = min(1.0, _below(test.max_requests_per_second) / float(asked.max()))
    found = visits(shop, event)
    kernel = arrivals.kernel(found, test.think_seconds, STEP)
    sessions = arrivals.sessions(asked * scale, kernel, STEP)
    return LoadPlan(
        stack=shop.stack,
        event=event.name,
        source=told.source,
        peak=float(asked.max()),
        speed=length / (count * STEP),
        requests=asked * scale,
        sessions=sessions,
        visits=found,
        think_seconds=test.think_seconds,
        products=test.products,
        hot=tuple((product.name, product.percent) for product in event.hot_products),
        limit=test.max_requests_per_second,
    )


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Requests a second beyond CloudFront, in equal steps."""

    requests: Floats
    step: float
    """Seconds."""
    source: str


def forecast(shop: Shop, event: SaleEvent) -> Curve:
    """The forecast from shortly before the opening to a while after the peak."""
    before, after = AROUND
    opening = event.start.timestamp()
    asked = line(event)
    highest = asked.times[asked.requests.index(max(asked.requests))]
    start = opening - before
    end = max(highest, opening + event.shape.spike_seconds + event.shape.peak_minutes * 60) + after
    values, _ = asked.sampled(start, math.ceil(end - start), 1.0)
    usual = shop.usual_demand.requests_per_second
    origin = np.maximum(np.frombuffer(values), usual) * (1 - event.cdn_hit_percent / 100)
    return Curve(requests=origin, step=1.0, source=f"saleEvents[{event.name}]")


def _resampled(curve: Curve, count: int) -> Floats:
    """Means of the curve over so many equal parts of it."""
    total = np.concatenate([[0.0], np.cumsum(curve.requests)])
    edges = np.linspace(0, len(curve.requests), count + 1)
    return np.diff(np.interp(edges, np.arange(len(total)), total)) * count / len(curve.requests)


def _below(limit: float) -> float:
    """The rate whose bursts stay below a limit of requests in a second."""
    root = (-BURST + math.sqrt(BURST**2 + 4 * limit)) / 2
    return max(root**2, limit / 10)


def written(plan: LoadPlan, folder: Path) -> str:
    """Write what Locust runs: `plan.json`, and its script beside it; the plan's digest."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(plan.document(), indent=1) + "\n"
    (folder / "plan.json").write_text(text, encoding="utf-8")
    for name in SCRIPTS:
        copy = folder / name
        copy.parent.mkdir(exist_ok=True)
        copy.write_text((_PACKAGE.parent / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "locustfile.py").write_text((_PACKAGE / "locustfile.py").read_text(encoding="utf-8"), encoding="utf-8")
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def mean_requests(visits: Sequence[Visit]) -> float:
    """Requests of a session, on average."""
    return sum(visit.share * visit.requests for visit in visits)
