"""Sessions of a load test, from its plan: when each arrives and what it asks for, the same for each number.

Copied beside Locust's script: standard library only.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from itertools import accumulate, pairwise
from typing import Any, Final, TypeAlias

Plan: TypeAlias = dict[str, Any]
"""`plan.json`."""

GOLDEN: Final = (math.sqrt(5) - 1) / 2  # its multiples spread evenly, whatever their number


def schedule(plan: Plan) -> list[float]:
    """Seconds from the start at which sessions arrive: of each step a set number, at random times in it.

    So a play follows its curve, and not the noise of one draw.
    """
    step = float(plan["step"])
    total = [0.0, *accumulate(rate * step for rate in plan["sessionsPerSecond"])]
    found: list[float] = []
    for number, (before, after) in enumerate(pairwise(total)):
        draw = random.Random(f"{plan['seed']}:{number}")
        found.extend(sorted((number + draw.random()) * step for _ in range(round(after) - round(before))))
    return found


def visit(plan: Plan, number: int) -> tuple[str, list[dict[str, Any]]]:
    """The journey of a session and its requests in order; the same for each number."""
    draw = random.Random(f"{plan['seed']}:session:{number}")
    at, journey = (number * GOLDEN) % 1.0, plan["journeys"][-1]
    for one in plan["journeys"]:
        at -= one["share"]
        if at < 0:
            journey = one
            break
    found: dict[str, list[dict[str, Any]]] = {}
    for index, request in enumerate(journey["requests"]):
        spread = (number * GOLDEN * (index + 2) * math.sqrt(2)) % 1.0
        found.setdefault(request["journey"], []).extend([request] * math.floor(request["count"] + spread))
    if "browse" in found:
        draw.shuffle(found["browse"])
    return journey["name"], [request for part in found.values() for request in part]


def product(plan: Plan, draw: random.Random) -> str:
    """Of the hot products each its share, else any."""
    at = draw.random() * 100
    for one in plan["hotProducts"]:
        at -= one["percent"]
        if at < 0:
            return str(one["name"])
    return f"product-{draw.randint(1, plan['products'])}"


class Sent:
    """Requests by second: none above the plan's limit."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.by_second: Counter[int] = Counter()

    def admits(self) -> bool:
        second = int(time.time())
        if self.by_second[second] + 1 > self.limit:
            return False
        self.by_second[second] += 1
        return True


def filled(text: str, names: dict[str, str]) -> str:
    """`{product}` and `{session}` replaced; other braces stay, as JSON has them."""
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text
