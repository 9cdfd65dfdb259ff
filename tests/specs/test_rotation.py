"""When passwords rotate: for any calendar of sales and freezes, never inside one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import settings
from specs.delivery import Freeze
from specs.observability import OperatingHours
from specs.rotation import LASTS, WINDOW, Rotation, expression
from tests.configuration import small_shop

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
ZONES = ("Asia/Kolkata", "America/New_York", "Australia/Lord_Howe", "Europe/Lisbon", "Pacific/Kiritimati", "UTC")
ORDERS = {"name": "orders", "engine": "aurora-postgresql", "databaseName": "ordersdb"}


def openings(cron: str, since: datetime, until: datetime) -> Iterator[datetime]:
    """Every opening of a rotation window, found by asking each day of the calendar whether it has one.

    Secrets Manager's fields, by its user guide: minutes 0, hour, `?`, months, weekday#week, year `*`; UTC.
    """
    found = re.fullmatch(r"cron\(0 (\d+) \? (\*|[\d,]+) ([A-Z]{3})#([1-4]) \*\)", cron)
    assert found, f"Secrets Manager would not take {cron}"
    months = range(1, 13) if found[2] == "*" else [int(month) for month in found[2].split(",")]
    day = since.astimezone(UTC).date()
    while day <= until.astimezone(UTC).date():
        opening = datetime.combine(day, time(int(found[1])), tzinfo=UTC)
        is_one = day.month in months and DAYS[day.weekday()] == found[3] and (day.day - 1) // 7 + 1 == int(found[4])
        if is_one and since <= opening < until:
            yield opening
        day += timedelta(days=1)


@st.composite
def freezes(draw: st.DrawFn) -> Freeze:
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    start = datetime(2026, 1, 1, tzinfo=zone) + timedelta(minutes=draw(st.integers(0, 1_250_000)))
    length = timedelta(minutes=draw(st.one_of(st.integers(1, 20_000), st.integers(1, 200_000))))
    return Freeze(name="freeze", start=start, end=start + length)


ROTATIONS = st.builds(
    Rotation,
    months=st.sampled_from([1, 2, 3, 6, 12]),
    day=st.sampled_from([None, *DAYS]),
    hour=st.one_of(st.none(), st.integers(0, 23)),
)
OCTOBER = Freeze.model_validate(
    {"name": "annual-sale", "start": "2027-09-28T00:00:00+05:30", "end": "2027-11-02T00:00:00+05:30"}
)


@given(ROTATIONS, st.lists(freezes(), max_size=6), st.integers(0, 23), st.data())
@example(Rotation(), [OCTOBER], 19, None)
@example(Rotation(months=3, day="FRI"), [OCTOBER], 19, None)
def test_no_rotation_meets_a_freeze_of_any_calendar(
    rotation: Rotation, calendar: list[Freeze], quiet: int, data: st.DataObject | None
) -> None:
    if data is not None:
        # Freezes that begin or end about when a password would rotate without them, told in some zone's time.
        undisturbed = expression(rotation, quiet_hour=quiet, freezes=[])
        turns = list(openings(undisturbed, datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)))
        for turn in data.draw(st.lists(st.sampled_from(turns), max_size=4)):
            zone = ZoneInfo(data.draw(st.sampled_from(ZONES)))
            edge = (turn + timedelta(minutes=data.draw(st.integers(-400, 400)))).astimezone(zone)
            length = timedelta(minutes=data.draw(st.integers(1, 20_000)))
            begins = data.draw(st.booleans())
            calendar = [
                *calendar,
                Freeze(name="freeze", start=edge if begins else edge - length, end=edge + length if begins else edge),
            ]
    try:
        cron = expression(rotation, quiet_hour=quiet, freezes=calendar)
    except ValueError:
        return
    for freeze in calendar:
        for opening in openings(cron, freeze.start - LASTS, freeze.end):
            assert opening >= freeze.end or opening + LASTS <= freeze.start, f"{cron} rotates in {freeze}"


@given(ROTATIONS, st.lists(freezes(), max_size=4))
def test_a_password_never_stays_for_longer_than_asked_while_a_month_is_free(
    rotation: Rotation, calendar: list[Freeze]
) -> None:
    assume(sum((one.end - one.start for one in calendar), timedelta()) < timedelta(days=6))
    cron = expression(rotation, quiet_hour=19, freezes=calendar)
    found = list(openings(cron, datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)))
    longest = max(later - sooner for sooner, later in pairwise(found))
    assert longest <= timedelta(days=31 * rotation.months + 7)


@given(
    st.sampled_from(ZONES),
    st.tuples(st.integers(0, 20 * 60), st.integers(121, 24 * 60)),
    st.sampled_from(["MON-FRI", "SUN", "FRI-MON", "SAT-SUN"]),
)
def test_a_database_is_on_when_its_password_rotates(zone: str, times: tuple[int, int], days: str) -> None:
    start, length = times
    stop = min(start + length, 24 * 60 - 1)
    assume(stop - start > 120)
    clock = "{:02d}:{:02d}".format
    hours = OperatingHours(start=clock(*divmod(start, 60)), stop=clock(*divmod(stop, 60)), days=days, time_zone=zone)
    try:
        cron = expression(Rotation(), quiet_hour=19, freezes=[], hours=hours)
    except ValueError:
        assert stop - start < 180, "an hour may be outside in summer, and another one in winter"
        return
    first, _, last = days.partition("-")
    open_days = [(DAYS.index(first) + n) % 7 for n in range((DAYS.index(last or first) - DAYS.index(first)) % 7 + 1)]
    for opening in openings(cron, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)):
        here, closed = opening.astimezone(ZoneInfo(zone)), (opening + WINDOW).astimezone(ZoneInfo(zone))
        assert here.weekday() in open_days
        assert (here.hour, here.minute) >= divmod(start, 60)
        assert here.date() == closed.date()
        assert (closed.hour, closed.minute) <= divmod(stop, 60)


def test_a_month_that_a_freeze_fills_loses_its_turn_to_the_next_free_one() -> None:
    assert expression(Rotation(months=3), quiet_hour=19, freezes=[OCTOBER]) == "cron(0 0 ? 1,4,7,11 WED#2 *)"


def test_a_sale_of_the_settings_is_kept_clear() -> None:
    sale = {
        "name": "diwali",
        "start": "2030-10-09T00:00:00",
        "end": "2030-10-11T00:00:00",
        "timeZone": "Asia/Kolkata",
        "demand": {"peakRequestsPerSecond": 10, "peakOrdersPerSecond": 1},
        "mix": {"ui": 100},
    }
    shop = settings.parse("saleday", "dev", small_shop(data={"databases": [ORDERS]}, saleEvents=[sale]))
    (freeze,) = shop.freezes
    found = openings(shop.rotation_schedule, freeze.start - LASTS, freeze.end)
    assert not list(found), "its usual Wednesday is the day of the sale"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"data": {"databases": [ORDERS], "rotation": {"hour": 22}}, "operatingHours": {"start": "08:00"}},
            "saleday:data.rotation: a password rotates while its database runs: within operatingHours, ",
        ),
        (
            {
                "data": {"databases": [ORDERS]},
                "delivery": {
                    "freezes": [{"name": "long", "start": "2027-01-01T00:00:00Z", "end": "2028-02-01T00:00:00Z"}]
                },
            },
            "saleday:data.rotation: freezes and sales leave no month in which a password could rotate (got long, ",
        ),
        ({"data": {"rotation": {"months": 4}}}, "saleday:data.rotation.months: "),
    ],
)
def test_a_password_that_could_never_rotate_is_told_in_one_line(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        settings.parse("saleday", "dev", small_shop(**changes))
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_a_stack_without_databases_needs_no_free_month() -> None:
    freeze = {"name": "long", "start": "2027-01-01T00:00:00Z", "end": "2028-02-01T00:00:00Z"}
    assert settings.parse("saleday", "dev", small_shop(delivery={"freezes": [freeze]})).freezes
