"""Service levels: how fast a service uses up its error budget, and the alarms on that.

An availability of 99.9 % leaves a budget of 0.1 % of the requests in 30 days. A burn rate of 1 uses it up in exactly
those 30 days. Two windows decide together: the long one says that it matters, the short one that it still goes on, so
the alarm ends soon after the trouble does (Google, The Site Reliability Workbook, chapter 5, "multiwindow,
multi-burn-rate alerts").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from components.monitoring.values import HOUR, MINUTE, Alarm, AlarmPlan, Composite, Math, Notice
from components.observability import metrics
from components.observability.monitored_service import MonitoredService


@dataclass(frozen=True, kw_only=True)
class Burn:
    """A burn rate with its two windows."""

    name: str
    rate: float
    """Times the rate that would just use up the budget."""
    long: int
    """Seconds."""
    short: int
    """Seconds; a twelfth of `long`, as the book recommends."""
    spends: str
    """Share of the 30 days' budget that is spent when the long window is full."""


BURNS: Final = (
    Burn(name="fast", rate=14.4, long=HOUR, short=5 * MINUTE, spends="2 % of the month's error budget in an hour"),
    Burn(
        name="slow", rate=6.0, long=6 * HOUR, short=30 * MINUTE, spends="5 % of the month's error budget in six hours"
    ),
)

# `latency_p99` promises its time to 99 requests in a hundred.
LATENCY_OBJECTIVE_PERCENT: Final = 99.0

# Percent of requests. With a loose objective (below 93.75 %) 14.4 times the budget comes near or exceeds all requests
# there are, and not even a whole outage would ring.
MAX_THRESHOLD: Final = 90.0


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """Service level indicator: a bad share of requests, and the promised maximum of it."""

    name: str
    bad: Callable[[MonitoredService, int], Math | None]
    """Bad share, percent, in periods of so many seconds; None where the service has no such metric."""
    means: str

    def objective(self, service: MonitoredService) -> float:
        """Target for good requests, percent."""
        return service.availability_percent if self is AVAILABILITY else LATENCY_OBJECTIVE_PERCENT

    def budget(self, service: MonitoredService) -> float:
        """Percent of the requests that may be bad."""
        return 100.0 - self.objective(service)


AVAILABILITY: Final = Indicator(name="availability", bad=metrics.failures_of, means="fail")
LATENCY: Final = Indicator(name="speed", bad=metrics.too_slow_of, means="are slower than promised")
INDICATORS: Final = (AVAILABILITY, LATENCY)


def threshold(burn: Burn, budget: float) -> float:
    """The bad share, percent, at which `burn` is reached with a budget of so many percent."""
    return min(round(burn.rate * budget, 6), MAX_THRESHOLD)


def burn_rate(service: MonitoredService, indicator: Indicator, window: int) -> Math | None:
    """The burn rate over windows of so many seconds, for graphs; None where the service has no such measure."""
    bad = indicator.bad(service, window)
    if bad is None:
        return None
    budget = round(indicator.budget(service), 6)
    return Math(formula=f"({bad.formula}) / {budget:g}", terms=bad.terms, label=f"{service.name}: {indicator.name}")


def burn_plan(service: MonitoredService) -> AlarmPlan:
    """For each indicator and burn rate: an alarm for each window, without actions, and the composite of the two."""
    plan = AlarmPlan()
    for indicator in INDICATORS:
        for burn in BURNS:
            plan += _pair(service, indicator, burn)
    return plan


def burn_name(service: MonitoredService, indicator: Indicator, burn: Burn) -> str:
    """The name of the composite of one pair of windows."""
    return f"service-{service.name}-{indicator.name}-burn-{burn.name}"


def first_alarm(service: MonitoredService) -> str:
    """The name of the alarm on the shortest window of its availability."""
    return f"{burn_name(service, AVAILABILITY, BURNS[0])}-short-window"


def _pair(service: MonitoredService, indicator: Indicator, burn: Burn) -> AlarmPlan:
    bad = indicator.bad(service, burn.long)
    if bad is None:
        return AlarmPlan()
    name = burn_name(service, indicator, burn)
    limit = threshold(burn, indicator.budget(service))
    notice = Notice(
        means=f"Over {limit:g} % of the requests to {service.name} {indicator.means}: this uses up {burn.spends} "
        f"(promised: {indicator.objective(service):g} % good).",
        look=f"the dashboard of {service.name}: since when, and what changed then.",
        runbook=f"budget-burn-{burn.name}",
    )
    windows = tuple(
        Alarm(
            name=f"{name}-{which}-window",
            notice=notice,
            measure=bad.every(window),
            operator="GreaterThanOrEqualToThreshold",
            threshold=limit,
            tells=False,
        )
        for which, window in (("long", burn.long), ("short", burn.short))
    )
    joint = Composite(
        name=name,
        notice=notice,
        members=tuple(alarm.name for alarm in windows),
        joined="AND",
        tells_all_clear=False,
    )
    return AlarmPlan(alarms=windows, composites=(joint,))
