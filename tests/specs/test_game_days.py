"""Which faults a stack's game days have, and the dates on which nothing is practised."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devtools.paths import EXAMPLE_STACKS
from devtools.recording.programs import stack_configuration
from settings import parse
from specs.delivery import Freeze
from specs.game_days import blocked_dates, faults
from specs.shop import Shop

ON: dict[str, object] = {"stack": "dev", "approver": "arn:aws:iam::123456789012:role/sre"}
MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def shop(**changes: object) -> Shop:
    given = stack_configuration("dev", EXAMPLE_STACKS)
    return parse("saleday", "dev", given | {"saleday:gameDay": json.dumps({**ON, **changes})})


def test_a_stack_has_the_faults_that_find_a_target() -> None:
    found = shop()
    assert found.game_day is not None
    assert faults(found.game_day, found.network.zones, found.services, found.data) == (
        "az-lost",
        "tasks-killed",
        "spot-reclaimed",
        "database-failover",
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"stack": "prod"}, "gameDay.stack: must name the stack itself, dev (got prod)"),
        ({"zone": "f"}, "gameDay.zone: must be one of network.zones"),
        ({"approver": "sre"}, "gameDay.approver"),
        ({"faults": []}, "gameDay.faults"),
        ({"faults": ["earthquake"]}, "gameDay.faults"),
        ({"minutes": 0}, "gameDay.minutes"),
    ],
)
def test_a_wrong_game_day_is_told(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match="gameDay") as refused:
        shop(**changes)
    assert says in str(refused.value)


@given(st.lists(st.tuples(MOMENTS, st.integers(1, 400)), max_size=4), MOMENTS)
def test_every_day_that_a_freeze_meets_is_blocked_and_no_other(
    spans: list[tuple[datetime, int]], now: datetime
) -> None:
    freezes = [
        Freeze(name=f"freeze-{number}", start=start, end=start + timedelta(hours=hours))
        for number, (start, hours) in enumerate(spans)
    ]
    blocked = set(blocked_dates(freezes, now))
    for number in range(-2, 800):
        day = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=number)
        meets = any(one.start < day + timedelta(days=1) and one.end > day for one in freezes)
        assert (day.date().isoformat() in blocked) == (meets and day.date() >= now.date())
