"""The control law of the waiting room: how many customers are called in a second, and how few when the shop hurts.

What the stack publishes (`Schedule`) is how many customers may be inside by its proof: with what stands, and at most
once autoscaling has followed. Feedback only ever lowers it. The controller in Lambda and the simulation
(`sale.simulation.admit`) call the same functions, which is why they take and return numbers alone.

    inside  = min(most, max(standing, grown)) x share / weight of a customer
    rate    = inside / visit + (inside - expected) / FILL        customers/s, Little's law and what is missing
    called  = rate / part of the called customers who come
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

DECREASE: Final = 0.7
"""Factor on the share when a signal hurts; an estimate, milder than TCP's half because what is lowered was proved."""
INCREASE: Final = 0.05
"""Added to the share for each datapoint without a hurt: from the floor back to all in less than twenty minutes."""
SETTLE: Final = 180.0
"""Seconds after a decrease in which none follows: a datapoint of CloudWatch's minute and its publication, 31 s until
the edge knows (median of a public measurement, AWS promises nothing), and a visit's first requests."""
MIN_SHARE: Final = 0.1
"""Share below which no signal lowers it: customers with a checkout in progress, who go first, still get in."""
FILL: Final = 60.0
"""Seconds in which missing customers are let in: pages that all load in one second are no steady load."""
MIN_SHOW: Final = 0.2
"""Least part of the called customers who are taken to come: five are called for one at most."""
SHOW_GAIN: Final = 0.2
"""Weight of the newest datapoint in the part that comes."""
MAX_WEIGHT: Final = 3.0
"""Most times the published requests that a customer is taken to make: more are retries."""
WEIGHT_GAIN: Final = 0.5
"""Weight of the newest datapoint in that."""
PROPAGATION: Final = 31.0
"""Seconds from a write to the key-value store until the edge reads it (median of five, 29.4 to 32.4, by
smoketurner/virtual-waiting-room, ADR-0021; AWS commits to nothing)."""


Limits = tuple[float, float, float, float]
"""Share of requests that fail; p99 in seconds; age of the oldest message in seconds; share of a
service's fewest tasks that are missing."""


def hurts(error_share: float, p99: float, queue_age: float, missing_share: float, limits: Limits) -> bool:
    """Whether a datapoint is worse than what the event promises: `limits` has the same four, in the same units."""
    return error_share > limits[0] or p99 > limits[1] or queue_age > limits[2] or missing_share > limits[3]


def next_share(share: float, held_until: float, now: float, hurting: bool, most: float) -> tuple[float, float]:
    """Share of those inside after one more datapoint, and until when (seconds) it is not changed again.

    `most` is 1: what the proof carries is never exceeded. Only a loop without a proof would look for more.
    """
    if now < held_until:
        return share, held_until
    if hurting:
        return max(MIN_SHARE, share * DECREASE), now + SETTLE
    return min(most, share + INCREASE), held_until


def next_show(show: float, called: float, came: float) -> float:
    """Part of the called customers who come, after one more datapoint: `came` of `called` did, late ones included."""
    if called <= 0.0:
        return show
    seen = min(1.0, max(MIN_SHOW, came / called))
    return show + SHOW_GAIN * (seen - show)


def next_weight(weight: float, asked: float, expected: float) -> float:
    """Requests of a customer inside as a multiple of what was published, after one more datapoint: never below 1, as
    customers who ask for less may ask for more later. `expected` requests by those inside; 0 says nothing."""
    if expected <= 0.0:
        return weight
    seen = min(MAX_WEIGHT, max(1.0, asked / expected))
    return weight + WEIGHT_GAIN * (seen - weight)


def next_grown(grown: float, inside: float, waited: float, reaction: float, growth: float, seconds: float) -> float:
    """Customers inside for whom autoscaling has made room, `seconds` later.

    While somebody waits, tasks are full: they stay, and after `reaction` seconds more have come, by `growth` a second
    in the exponent. What is not used is not counted on, as tasks go again.
    """
    if waited <= 0.0:
        return min(grown, inside)
    here = max(grown, inside)
    return here * math.exp(growth * seconds) if waited >= reaction else here


def target(standing: float, most: float, grown: float, share: float, weight: float = 1.0) -> float:
    """Customers that are wanted inside, each of whom asks for `weight` times what was published."""
    return min(most / weight, max(standing / weight, grown)) * share


def inside_after(inside: float, came: float, seconds: float, visit: float) -> float:
    """Customers inside after some seconds in which `came` have come, evenly, and visits of `visit` seconds ended."""
    return inside * math.exp(-seconds / visit) + came * math.exp(-seconds / visit / 2.0)


def rate(wanted: float, expected: float, visit: float, cap: float) -> float:
    """Customers/s to let in, so that `wanted` are inside where `expected` are, and visits last `visit` seconds."""
    steady = wanted / visit
    return min(cap, max(MIN_SHARE * steady, steady + (wanted - expected) / FILL))


def called(admitted: float, show: float) -> float:
    """Customers/s to call, so that `admitted` come."""
    return admitted / max(MIN_SHOW, show)


@dataclass(frozen=True)
class Step:
    """What holds from a moment on."""

    since: float
    """Seconds since the epoch."""
    standing: float
    """Customers inside for whom there is room by what the plan has provided; 0: nobody is let in yet."""
    most: float
    """The same once autoscaling has followed, to the stack's maxima and quotas; below 0: everybody is let in."""
    weakest: str = ""
    """Link of the proof that sets `standing`."""
    limit: str = ""
    """Link that sets `most`."""


OPEN: Final = Step(since=0.0, standing=0.0, most=-1.0)
"""Before the first step of a schedule."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What the stack has published for one room."""

    event: str
    """Name of the sale event; empty for the unannounced room."""
    opening: float
    """Seconds since the epoch."""
    visit: float
    """Seconds that a customer stays, on average."""
    cap: float
    """Customers/s, at most; infinite without a cap."""
    reaction: float
    """Seconds from a load above target until more tasks have started."""
    growth: float
    """Of what autoscaling makes room for: exponent by the second."""
    limits: Limits
    """Above which a datapoint hurts: what the event promises."""
    steps: tuple[Step, ...]
    """By their time."""
    requests: float = 0.0
    """Requests/s to the load balancer of one customer inside; 0 where others' requests are among them."""

    @classmethod
    def of(cls, document: str) -> Schedule:
        """A published document. Raises ValueError, KeyError or TypeError for another one."""
        told: Mapping[str, Any] = json.loads(document)
        links, opening = [*told["links"], ""], float(told["opening"])
        errors, p99, age, missing = map(float, told["limits"])
        return cls(
            event=told["event"],
            opening=opening,
            visit=float(told["visit"]),
            cap=math.inf if told["cap"] is None else float(told["cap"]),
            reaction=float(told["reaction"]),
            growth=float(told["growth"]),
            requests=float(told.get("requests", 0.0)),
            limits=(errors, p99, age, missing),
            steps=tuple(
                Step(opening + since, float(standing), float(most), links[weakest], links[limit])
                for since, standing, most, weakest, limit in told["steps"]
            ),
        )

    def document(self) -> str:
        """The schedule as compact JSON: `steps` are `[seconds since the opening, standing, most, link, link]`, with
        customers inside and places in `links`, -1 for none."""
        links = list(dict.fromkeys(name for one in self.steps for name in (one.weakest, one.limit) if name))
        places = {"": -1} | {name: place for place, name in enumerate(links)}
        rows = [
            [round(one.since - self.opening), one.standing, one.most, places[one.weakest], places[one.limit]]
            for one in self.steps
        ]
        told = {
            "event": self.event,
            "opening": self.opening,
            "visit": self.visit,
            "cap": None if math.isinf(self.cap) else self.cap,
            "reaction": self.reaction,
            "growth": self.growth,
            "requests": self.requests,
            "limits": self.limits,
            "links": links,
            "steps": rows,
        }
        return json.dumps(told, separators=(",", ":"))

    def at(self, now: float) -> Step:
        """The step in force; `OPEN` before the first."""
        index = bisect_right(self.steps, now, key=lambda step: step.since)
        return self.steps[index - 1] if index else OPEN
