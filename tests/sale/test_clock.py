"""Nights and sales together: what a plan has in force is what its schedules have set since any earlier time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sale.plan import Plan, Scheduled, compile_plan
from specs.observability import OperatingHours
from tests.sale.events import sale, shop
from tests.sale.test_plan import BIG, DATA, SERVICES
from tests.schedulers import times

ZONES = ("Asia/Kolkata", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "UTC")
DAYS = ("MON-FRI", "MON", "SUN", "SAT-MON", "MON-SUN", "FRI-TUE")
CLOCKS = [f"{hour:02}:{minute}" for hour in range(24) for minute in ("00", "30")]
FIRST = datetime(2027, 10, 1, tzinfo=UTC)
"""Before the autumn in which clocks are turned, north and south: there on its third day, here on its last."""

hours = st.builds(
    lambda pair, days, zone: {"start": min(pair), "stop": max(pair), "days": days, "timeZone": zone},
    st.tuples(st.sampled_from(CLOCKS), st.sampled_from(CLOCKS)).filter(lambda pair: pair[0] != pair[1]),
    st.sampled_from(DAYS),
    st.sampled_from(ZONES),
)
minutes = st.integers(0, 12 * 24 * 60).map(lambda passed: FIRST + timedelta(days=25, minutes=passed))
events = st.lists(
    st.tuples(st.integers(26, 35), st.integers(0, 23), st.integers(1, 72), st.sampled_from(ZONES)),
    min_size=0,
    max_size=2,
).map(
    lambda drawn: [
        sale(
            name=f"sale{number}",
            demand=BIG,
            timeZone=zone,
            start=(FIRST + timedelta(days=day, hours=hour)).isoformat(),
            end=(FIRST + timedelta(days=day, hours=hour + lasts)).isoformat(),
        )
        for number, (day, hour, lasts, zone) in enumerate(drawn)
    ]
)


def plan(now: datetime, switched: dict[str, Any] | None, *sales: dict[str, Any]) -> Plan:
    values: dict[str, Any] = {"services": SERVICES, "data": DATA, "quotas": {"granted": {"albReservedLcu": 5000}}}
    # Also hours that settings refuse for what else they would have to hold.
    hours = None if switched is None else OperatingHours.model_validate(switched, by_alias=True, by_name=False)
    return compile_plan(shop(*sales, **values).model_copy(update={"operating_hours": hours}), now)


def fired(scheduled: tuple[Scheduled, ...], after: datetime, until: datetime) -> list[tuple[datetime, float]]:
    """Which of the changes AWS has made in between, and when."""
    return [(at, one.value) for one in scheduled for at in times(one.expression, one.time_zone, after, until)]


@settings(max_examples=25, deadline=None)
@given(st.none() | hours, events, minutes, minutes)
def test_tasks_are_between_the_bounds_that_schedules_have_set(
    switched: dict[str, Any] | None, sales: list[dict[str, Any]], one: datetime, other: datetime
) -> None:
    deployed, looked = sorted((one, other))
    before, now = plan(deployed, switched, *sales), plan(looked, switched, *sales)
    for service in before.shop.services:
        bounds = before.task_bounds[service.name]
        fewest, most = float(bounds.fewest), bounds.most
        happens: list[tuple[datetime, int, float, int | None]] = [
            (at, 1, value, None) for at, value in fired(before.task_minima[service.name], deployed, looked)
        ]
        if switched is not None:
            ons, offs = (
                f"cron({int(switched[key][3:])} {int(switched[key][:2])} ? * {switched['days']} *)"
                for key in ("start", "stop")
            )
            zone = switched["timeZone"]
            happens += [(at, 0, service.scaling.min, service.scaling.max) for at in times(ons, zone, deployed, looked)]
            happens += [(at, 0, 0, 0) for at in times(offs, zone, deployed, looked)]
        for _, _, least, highest in sorted(happens, key=lambda change: change[:2]):
            fewest, most = least, most if highest is None else highest
            assert fewest <= most, "Application Auto Scaling refuses more at least than at most"
        assert (now.task_bounds[service.name].fewest, now.task_bounds[service.name].most) == (fewest, most)
    if not now.is_off and not plan(looked - timedelta(minutes=1), switched, *sales).is_off:
        assert now.task_bounds == plan(looked, None, *sales).task_bounds, "by day, a sale gets what it asks for"


@settings(max_examples=25, deadline=None)
@given(st.none() | hours, events, minutes, minutes)
def test_stores_are_as_schedules_have_left_them(
    switched: dict[str, Any] | None, sales: list[dict[str, Any]], one: datetime, other: datetime
) -> None:
    deployed, looked = sorted((one, other))
    before, now = plan(deployed, switched, *sales), plan(looked, switched, *sales)
    kinds = ("acu", "readers", "most_reads", "ecpu", "replicas")
    tracks = [
        (getattr(before, kind)[name], getattr(now, kind)[name]) for kind in kinds for name in getattr(before, kind)
    ]
    for was, is_now in [*tracks, (before.lcu, now.lcu)]:
        changes = sorted(fired(before.scheduled(was), deployed, looked))
        assert is_now.at(looked.timestamp()) == (changes[-1][1] if changes else was.at(deployed.timestamp()))


@settings(max_examples=25, deadline=None)
@given(hours, events.filter(bool), minutes)
def test_a_stopped_database_is_asked_for_nothing(
    switched: dict[str, Any], sales: list[dict[str, Any]], now: datetime
) -> None:
    on = OperatingHours.model_validate(switched, by_alias=True, by_name=False)
    made = plan(now, switched, *sales)
    for track in (*made.acu.values(), *made.readers.values()):
        assert all(on.is_on(datetime.fromtimestamp(at, tz=UTC)) or _short(switched) for at, _ in track.changes), (
            "what falls into a night waits for the morning"
        )


def _short(switched: dict[str, Any]) -> bool:
    """Hours too short for a database to start in."""
    opens, closes = (datetime.fromisoformat(f"2027-01-01T{switched[key]}") for key in ("start", "stop"))
    return closes - opens <= timedelta(minutes=30)


@settings(max_examples=80, deadline=None)
@given(hours, minutes)
def test_hours_are_on_after_a_start_and_off_after_a_stop(switched: dict[str, Any], now: datetime) -> None:
    on = OperatingHours.model_validate(switched, by_alias=True, by_name=False)
    last = {
        key: max(
            times(
                f"cron({int(switched[key][3:])} {int(switched[key][:2])} ? * {switched['days']} *)",
                switched["timeZone"],
                now - timedelta(days=16),
                now,
            ),
            default=FIRST - timedelta(days=99),
        )
        for key in ("start", "stop")
    }
    assert on.is_on(now) == (last["start"] > last["stop"])
    assert on.next_switch(now) > now
