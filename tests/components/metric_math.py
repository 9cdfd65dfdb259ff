"""CloudWatch's metric math, as far as the shop's alarms use it: what an alarm would do with given data points.

Rules from the CloudWatch user guide, "Use metric math": a missing point counts as 0 in arithmetic, a division by zero
drops the point, IF drops it where its condition has none, FILL fills it, SUM and MAX over a list take no notice of it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from components.monitoring.values import Alarm, Math

Point = float | None


class Series:
    """Values over time; None where there is no data point."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = list(points)

    def _with(self, other: Any, combine: Callable[[float, float], float], *, swapped: bool = False) -> Series:
        others = other.points if isinstance(other, Series) else [float(other)] * len(self.points)
        result: list[Point] = []
        for one, two in zip(self.points, others, strict=True):
            left, right = (two, one) if swapped else (one, two)
            if one is None and (two is None or not isinstance(other, Series)):
                result.append(None)
                continue
            try:
                result.append(float(combine(left or 0.0, right or 0.0)))
            except ZeroDivisionError:
                result.append(None)
        return Series(result)

    def __add__(self, other: Any) -> Series:
        return self._with(other, operator.add)

    def __sub__(self, other: Any) -> Series:
        return self._with(other, operator.sub)

    def __mul__(self, other: Any) -> Series:
        return self._with(other, operator.mul)

    def __rmul__(self, other: Any) -> Series:
        return self._with(other, operator.mul, swapped=True)

    def __truediv__(self, other: Any) -> Series:
        return self._with(other, operator.truediv)

    def __ge__(self, other: Any) -> Series:
        return self._with(other, operator.ge)


def _if(condition: Series, then: Any, otherwise: Any) -> Series:
    def at(value: Any, index: int) -> Point:
        return value.points[index] if isinstance(value, Series) else float(value)

    result: list[Point] = []
    for index, met in enumerate(condition.points):
        if met is None:
            result.append(None)
        elif met:
            value = at(then, index)
            result.append(0.0 if value is None else value)
        else:
            result.append(at(otherwise, index))
    return Series(result)


def _over(combine: Callable[[list[float]], float]) -> Callable[[list[Series]], Series]:
    def function(series: list[Series]) -> Series:
        columns = zip(*(one.points for one in series), strict=True)
        present = [[value for value in column if value is not None] for column in columns]
        return Series([combine(values) if values else None for values in present])

    return function


def _fill(series: Series, value: float) -> Series:
    return Series([float(value) if point is None else point for point in series.points])


_FUNCTIONS: dict[str, Any] = {"IF": _if, "SUM": _over(sum), "MAX": _over(max), "FILL": _fill}


def evaluate(math: Math, data: Mapping[str, Sequence[Point]]) -> list[Point]:
    """The points of an expression over those of its terms; all have the same number."""
    assert data.keys() == math.terms.keys(), "every term has data"
    names = {name: Series(points) for name, points in data.items()}
    # The expressions are the project's own, and nothing but these names is in reach of them.
    result = eval(math.expression(), {"__builtins__": {}}, _FUNCTIONS | names)
    assert isinstance(result, Series), "an alarm's expression ends in a time series"
    return result.points


_COMPARE = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
}


def rings(alarm: Alarm, points: Sequence[Point]) -> bool:
    """Whether an alarm is in alarm after these points, of which there are as many as it looks back at."""
    assert len(points) == alarm.periods, "as many points as the alarm looks back at"
    missing = alarm.missing == "breaching"
    breaches = [missing if point is None else _COMPARE[alarm.operator](point, alarm.threshold) for point in points]
    return sum(breaches) >= alarm.breaching
