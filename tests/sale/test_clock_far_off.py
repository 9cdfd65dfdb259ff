"""A machine's clock that is decades off: the plan is made by it, and nothing ends in a traceback."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import settings
from devtools.recording.programs import stack_configuration
from sale.plan import compile_plan


@pytest.mark.parametrize(("year", "to_come"), [(1970, True), (2199, False)])
def test_a_plan_goes_by_the_clock_however_far_off_it_is(year: int, to_come: bool) -> None:
    now = datetime(year, 1, 1, tzinfo=UTC)
    shop = settings.parse("saleday", "prod", stack_configuration("prod"))
    told = any(line.startswith("saleEvents") for line in settings.warnings(shop, now))
    assert told is not to_come, "an event that the clock has passed is warned of"
    assert bool(compile_plan(shop, now).events) is to_come
