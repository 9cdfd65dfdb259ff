"""Metrics and alarms as values, checked against CloudWatch's limits when they are made; no resource is made here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

MINUTE: Final = 60  # seconds; the resolution of every metric used here
HOUR: Final = 3600  # seconds

MAX_EVALUATION: Final = 86_400  # seconds; period times evaluation periods of an alarm (CloudWatch quotas)
MAX_MATH_METRICS: Final = 10  # metrics that an alarm's expression may use (CloudWatch quotas)
MAX_FORMULA: Final = 1024  # characters of an expression (PutMetricAlarm API)
MAX_DESCRIPTION: Final = 1024  # characters of an alarm's description (PutMetricAlarm API)
MAX_CHILDREN: Final = 100  # alarms that a composite alarm may watch (CloudWatch user guide)
MAX_RULE: Final = 10_240  # characters of a composite alarm's rule (PutCompositeAlarm API)

PLAIN_STATISTICS: Final = frozenset({"Average", "Maximum", "Minimum", "SampleCount", "Sum"})

_ID: Final = re.compile(r"[a-z][A-Za-z0-9_]*")

Operator = Literal[
    "GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
]
Missing = Literal["missing", "notBreaching", "breaching"]


@dataclass(frozen=True)
class DeferredDimension:
    """A dimension whose value is known only once its resource exists; `key` identifies it."""

    key: str


LOAD_BALANCER: Final = DeferredDimension("loadBalancer")
DISTRIBUTION: Final = DeferredDimension("distribution")


def target_group(service: str, *, alternate: bool = False) -> DeferredDimension:
    """The target group of a public service, or the second one that its deployments alternate with."""
    return DeferredDimension(f"targetGroup/{service}" + ("/alternate" if alternate else ""))


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One CloudWatch metric with its statistic."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str | DeferredDimension], ...]
    """All of the dimensions that the metric is published with: CloudWatch does not aggregate over those left out."""
    stat: str
    period: int = MINUTE
    """Seconds."""
    label: str = ""
    """Label on a dashboard. Default: CloudWatch's own label."""
    region: str | None = None
    """Region of the metric, for dashboards. Default: the stack's region."""

    def __post_init__(self) -> None:
        if self.period <= 0 or self.period % MINUTE:
            raise ValueError(f"{self.name}: a period is a multiple of {MINUTE} s (got {self.period})")

    def every(self, period: int) -> Metric:
        return replace(self, period=period)

    def labelled(self, label: str) -> Metric:
        return replace(self, label=label)


@dataclass(frozen=True, kw_only=True)
class Math:
    """An expression over metrics of one period; `{name}` in the formula stands for the term of that name."""

    formula: str
    terms: Mapping[str, Metric]
    label: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.terms) <= MAX_MATH_METRICS:
            raise ValueError(
                f"{self.label}: an alarm's expression takes 1 to {MAX_MATH_METRICS} metrics (got {len(self.terms)})"
            )
        if len({term.period for term in self.terms.values()}) > 1:
            raise ValueError(f"{self.label}: the metrics of an alarm's expression share one period")
        if not all(map(_ID.fullmatch, self.terms)):
            raise ValueError(f"{self.label}: ids start with a lower-case letter (got {', '.join(self.terms)})")
        if len(self.expression()) > MAX_FORMULA:
            raise ValueError(f"{self.label}: an expression has at most {MAX_FORMULA} characters")

    @property
    def period(self) -> int:
        """Seconds."""
        return next(iter(self.terms.values())).period

    def expression(self, ids: Mapping[str, str] | None = None) -> str:
        """The formula with the terms' ids filled in; `ids` renames them. Default: their own names."""
        return self.formula.format_map(ids or {name: name for name in self.terms})

    def every(self, period: int) -> Math:
        return replace(self, terms={name: term.every(period) for name, term in self.terms.items()})

    def labelled(self, label: str) -> Math:
        return replace(self, label=label)


Measure = Metric | Math


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Description of an alarm for on-call."""

    means: str
    """Impact on customers, one sentence."""
    look: str
    """The first thing to look at, one sentence."""
    runbook: str
    """Anchor in `docs/runbooks.md`."""

    def __post_init__(self) -> None:
        if len(self.text) > MAX_DESCRIPTION:
            raise ValueError(f"{self.runbook}: a description has at most {MAX_DESCRIPTION} characters")

    @property
    def text(self) -> str:
        return f"{self.means} First look: {self.look} Runbook: docs/runbooks.md#{self.runbook}"


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A metric alarm: `measure` beyond `threshold` in `breaching` of the last `periods` periods."""

    name: str
    """Without the stack's prefix; unique in the stack."""
    notice: Notice
    measure: Measure
    operator: Operator = "GreaterThanThreshold"
    threshold: float
    periods: int = 1
    breaching: int = 1
    missing: Missing = "notBreaching"
    """Treatment of periods without data."""
    at_edge: bool = False
    """Whether it watches metrics of us-east-1: an alarm, its metrics and its topic share a region."""
    tells: bool = True
    """Whether it pages on-call; a condition of a composite that pages does not."""
    tells_all_clear: bool = True
    """Whether it also notifies when it ends; a composite does that for the alarms it joins."""

    def __post_init__(self) -> None:
        if not 1 <= self.breaching <= self.periods:
            raise ValueError(
                f"{self.name}: breaching lies between 1 and periods (got {self.breaching} of {self.periods})"
            )
        if isinstance(self.measure, Metric) and self.measure.stat not in PLAIN_STATISTICS:
            raise ValueError(
                f"{self.name}: a percentile of few samples means nothing (got {self.measure.stat}); gate it by count"
            )
        seconds = self.measure.period * self.periods
        if seconds > MAX_EVALUATION:
            raise ValueError(f"{self.name}: an alarm looks back at most {MAX_EVALUATION} s (got {seconds})")


@dataclass(frozen=True, kw_only=True)
class Composite:
    """An alarm on other alarms of the same region."""

    name: str
    """Without the stack's prefix; unique in the stack."""
    notice: Notice
    members: tuple[str, ...]
    """Names of alarms and composites, without the stack's prefix."""
    joined: Literal["AND", "OR"] = "OR"
    suppressor: str | None = None
    """Alarm that explains this one: while it is in alarm, this one pages nobody. Default: none."""
    at_edge: bool = False
    tells: bool = True
    """Whether it pages on-call."""
    tells_all_clear: bool = True

    def __post_init__(self) -> None:
        if not 1 <= len(self.members) <= MAX_CHILDREN:
            raise ValueError(
                f"{self.name}: a composite alarm takes 1 to {MAX_CHILDREN} alarms (got {len(self.members)})"
            )

    def rule(self, prefix: str) -> str:
        """The rule over physical names. Raises ValueError when it is longer than CloudWatch accepts."""
        rule = f" {self.joined} ".join(f'ALARM("{prefix}-{member}")' for member in self.members)
        if len(rule) > MAX_RULE:
            raise ValueError(
                f"{self.name}: a composite alarm's rule has at most {MAX_RULE} characters (got {len(rule)})"
            )
        return rule


@dataclass(frozen=True, kw_only=True)
class AlarmPlan:
    """Alarms and the composites over them, each composite after its members."""

    alarms: tuple[Alarm, ...] = ()
    composites: tuple[Composite, ...] = ()

    def __add__(self, other: AlarmPlan) -> AlarmPlan:
        return AlarmPlan(alarms=self.alarms + other.alarms, composites=self.composites + other.composites)

    def quieted(self) -> AlarmPlan:
        """The same plan, with silent members in composites that have a suppressor: its silence applies to them too."""
        quiet = {name for joint in self.composites if joint.suppressor is not None for name in joint.members}
        return AlarmPlan(
            alarms=tuple(replace(one, tells=False) if one.name in quiet else one for one in self.alarms),
            composites=tuple(replace(one, tells=False) if one.name in quiet else one for one in self.composites),
        )

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(alarm.name for alarm in (*self.alarms, *self.composites))


def worst_of(metrics: Mapping[str, Metric], label: str) -> Measure:
    """The highest of several metrics at each moment; of one alone, the metric itself. Raises ValueError above ten."""
    if len(metrics) == 1:
        return next(iter(metrics.values())).labelled(label)
    return Math(formula="MAX([" + ", ".join(f"{{{name}}}" for name in metrics) + "])", terms=metrics, label=label)


def sum_of(metrics: Mapping[str, Metric], label: str) -> Math:
    """The sum of several metrics, 0 while none of them has data.

    Error metrics have no data while there are no errors; without the zeros an alarm would keep its last
    state. SUM over a list ignores metrics that have never reported.
    """
    return Math(
        formula="FILL(SUM([" + ", ".join(f"{{{name}}}" for name in metrics) + "]), 0)", terms=metrics, label=label
    )


# Failures in one period below which their share is ignored: one unlucky request in a quiet night is no
# outage.
MIN_FAILURES: Final = 10


def share_of(bad: Mapping[str, Metric], total: Mapping[str, Metric], label: str) -> Math:
    """Failures as percent of all, 0 while there are fewer than MIN_FAILURES of them in a period."""
    whole = added(total)
    failures = "SUM([" + ", ".join(f"{{{name}}}" for name in bad) + "])"
    return Math(
        formula=f"IF(FILL({failures}, 0) >= {MIN_FAILURES}, 100 * {failures} / {whole}, 0)",
        terms={**bad, **total},
        label=label,
    )


def added(terms: Mapping[str, Metric]) -> str:
    """The formula of a sum; of one term, the term."""
    names = [f"{{{name}}}" for name in terms]
    return names[0] if len(names) == 1 else f"SUM([{', '.join(names)}])"


def numbered(series: Iterable[Metric]) -> dict[str, Metric]:
    """Metrics under ids that an expression accepts."""
    return {f"m{number}": metric for number, metric in enumerate(series, start=1)}
