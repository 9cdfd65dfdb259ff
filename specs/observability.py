"""Settings of a stack's logs, traces, trails and alarms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from specs.base import Days, Name, RetentionDays, Spec
from specs.clock import ClockTime, TimeZone
from specs.forms import Distinct, Form

# What a mail server takes unquoted (RFC 5322, dot-atom).
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
Email = Annotated[
    str,
    Field(max_length=254),
    Form(
        "one e-mail address, without a name or mailto:",
        "oncall@shop.in",
        rf"{_ATOM}(?:\.{_ATOM})*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]",
    ),
]
# Sampling rules that every stack has.
_RESERVED_RULES: Final = frozenset({"health", "default"})
_WEEK: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
# Days within which any hours have switched: a week, and another where clocks that go forward skip a switch.
_MAX_PAUSE: Final = 15


MAX_TRACE_RULES: Final = 23  # of the 25 that X-Ray takes in a region (X-Ray quotas), two are every stack's


class TraceRule(Spec):
    """How many of the requests to one path X-Ray keeps, ahead of the rule for all others.

    For SDKs that ask X-Ray (see `trace_rules`)."""

    name: Name
    """Ends the sampling rule's name; not `health` or `default`, which every stack has."""
    path: Annotated[
        str,
        Field(max_length=128),
        Form("a path in ASCII without spaces, with * and ? as wildcards", "*/checkout*", r"[!-~]+"),
    ]
    """Path of the request; `*` and `?` are wildcards."""
    fixed_rate: Annotated[float, Field(ge=0, le=1)]
    """Share of requests kept beyond the reservoir."""
    reservoir: Annotated[int, Field(ge=0, le=1000)] = 1
    """Requests a second that are always kept, in all tasks together."""


class Observability(Spec):
    """How the shop is watched."""

    log_retention_days: RetentionDays = 90
    """Days that the services' and databases' logs are kept."""
    trail_retention_days: Annotated[Days, Field(ge=90)] = 365
    """Days that CloudTrail's files are kept and locked (governance mode)."""
    trace_fixed_rate: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Share of requests that tasks trace from their start, whatever the path; a request that arrives traced stays so.
    For SDKs that ask X-Ray: the share kept beyond the reservoir."""
    trace_reservoir: Annotated[int, Field(ge=0, le=1000)] = 5
    """Requests a second that X-Ray always keeps, of SDKs that ask it (see `trace_rules`)."""
    trace_rules: Annotated[tuple[TraceRule, ...], Field(max_length=MAX_TRACE_RULES)] = (
        TraceRule(name="checkout", path="*/checkout*", fixed_rate=0.5, reservoir=10),
    )
    """Paths that are traced more or less than the others; the first that matches decides. X-Ray's sampling rules bind
    only SDKs that ask it (OpenTelemetry's X-Ray remote sampler, by a collector with the extension `awsproxy`): tasks
    are told `OTEL_TRACES_SAMPLER=parentbased_traceidratio` with `trace_fixed_rate`, and these rules change nothing for
    them. X-Ray takes 5 USD for a million traces."""
    organization_id: Annotated[str, Form("the id of an organisation", "o-abcdefghij", r"o-[a-z0-9]{10,32}")] | None = (
        None
    )
    """Id of the organisation whose every account the trail records, where this stack's account manages it. Default:
    the trail records its own account. AWS must have trusted access for CloudTrail switched on in the organisation."""
    trail_media_writes: bool = True
    """Whether the trail records who writes to or deletes from the media bucket: 0.10 USD for 100,000 events."""
    trail_table_writes: bool = False
    """Whether the trail records every write to the tables: at 0.10 USD for 100,000 events, a sale day's hundred million
    writes cost 100 USD."""
    trail_insights: bool = True
    """Whether CloudTrail looks for unusual rates of calls and errors: 0.35 USD for 100,000 management events."""
    alert_emails: Annotated[tuple[Email, ...], Distinct(str.lower)] = ()
    """Addresses that are asked to confirm a subscription to the alert topic."""
    queue_age_seconds: Annotated[int, Field(gt=0, le=1_209_600)] = 300
    """Age of the oldest message at which a queue alarms."""
    replica_lag_ms: Annotated[int, Field(gt=0, le=3_600_000)] = 1000
    """Lag of an Aurora reader at which it alarms, in milliseconds."""

    @model_validator(mode="after")
    def _rules_have_names_of_their_own(self) -> Observability:
        taken = set(_RESERVED_RULES)
        for rule in self.trace_rules:
            if rule.name in taken:
                raise ValueError(
                    f"traceRules must have distinct names, other than {' and '.join(sorted(_RESERVED_RULES))} "
                    f"(got {rule.name}); rename it"
                )
            taken.add(rule.name)
        paths = [rule.path for rule in self.trace_rules]
        for path in paths:
            if paths.count(path) > 1:
                raise ValueError(
                    f"traceRules must have distinct paths, as the first decides (got {path} twice); remove one"
                )
        return self


class OperatingHours(Spec):
    """When a stack is on; outside these hours services have no task and databases are stopped."""

    start: ClockTime = "08:00"
    """Local time, on the days."""
    stop: ClockTime = "20:00"
    """Local time, on the same days; later than `start`."""
    days: Annotated[
        str, Form("a day or a range of days", "MON-FRI", rf"(?:{'|'.join(_WEEK)})(?:-(?:{'|'.join(_WEEK)}))?")
    ] = "MON-FRI"
    """One day or a range of days, as in AWS cron expressions."""
    time_zone: TimeZone = "Asia/Kolkata"
    """IANA name."""

    @model_validator(mode="after")
    def _starts_before_it_stops(self) -> OperatingHours:
        if self.start >= self.stop:
            raise ValueError(f"start must be before stop (got {self.start}-{self.stop}); the hours lie within one day")
        return self

    def is_on(self, at: datetime) -> bool:
        """Whether the last switch before a time was the one that starts."""
        today = at.astimezone(ZoneInfo(self.time_zone)).date()
        past = [on for moment, on in self.switches(today - timedelta(days=_MAX_PAUSE), today) if moment <= at]
        return bool(past) and past[-1]

    def next_switch(self, after: datetime) -> datetime:
        """When the stack is next switched on or off, in the hours' time zone."""
        today = after.astimezone(ZoneInfo(self.time_zone)).date()
        coming = (moment for moment, _ in self.switches(today, today + timedelta(days=_MAX_PAUSE)))
        return next(moment for moment in coming if moment > after).astimezone(ZoneInfo(self.time_zone))

    def switches(self, first: date, last: date) -> Iterator[tuple[datetime, bool]]:
        """Each switch from one local day to another, ascending, and whether it starts.

        A time that clocks skip is left out, and of one that they show twice only the first counts: so EventBridge
        Scheduler reads a cron expression (user guide, "Daylight saving time").
        """
        zone, days = ZoneInfo(self.time_zone), self._weekdays
        for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
            for clock, on in ((self.start, True), (self.stop, False)):
                local = datetime.combine(day, time.fromisoformat(clock))
                moment = local.replace(tzinfo=zone).astimezone(UTC)
                if day.weekday() in days and moment.astimezone(zone).replace(tzinfo=None) == local:
                    yield moment, on

    @property
    def cron_days(self) -> str:
        """The days in any of AWS's cron expressions: those of Auto Scaling know no range over the weekend's end."""
        numbers = sorted(self._weekdays)
        wraps = len(numbers) > 1 and _WEEK.index(self.days[-3:]) < _WEEK.index(self.days[:3])
        return ",".join(_WEEK[number] for number in numbers) if wraps or "SUN" in self.days[-3:] else self.days

    @property
    def _weekdays(self) -> frozenset[int]:
        """The days as numbers, Monday 0; a range may go over the weekend."""
        first, _, last = self.days.partition("-")
        begin, end = _WEEK.index(first), _WEEK.index(last or first)
        return frozenset((begin + number) % 7 for number in range((end - begin) % 7 + 1))
