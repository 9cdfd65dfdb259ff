"""No wrong value of any setting is accepted, and each is told in its place, in one line, without a traceback."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import settings as configuration
from tests.configuration import small_shop
from tests.specs.wrong import Place, places, wrong

ALL = places()
LINE = re.compile(
    r"(?:saleday|aws):\S[^\n]*: .+ \(got .*\); .+|saleday:\S+: (?:holds what looks like a secret .*)", re.DOTALL
)
cases = st.sampled_from(ALL).flatmap(lambda place: st.tuples(st.just(place), wrong(place.annotation, place.metadata)))


def refused(place: Place, value: object) -> None:
    assume(place.path or value != "")  # an empty setting is none
    (top, inner), *_ = place.holding(value).items()
    with pytest.raises(ValueError, match="saleday") as caught:
        configuration.parse("saleday", "test", small_shop(**{top: inner}))
    lines = str(caught.value).splitlines()
    assert all(LINE.fullmatch(line) for line in lines), lines
    assert any(line.startswith(f"saleday:{place.start}") for line in lines), (place.start, value, lines)


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(case=cases)
def test_no_wrong_value_is_accepted(case: tuple[Place, object]) -> None:
    refused(*case)


@pytest.mark.thorough
@settings(max_examples=20_000, suppress_health_check=list(HealthCheck))
@given(case=cases)
def test_no_wrong_value_of_many_is_accepted(case: tuple[Place, object]) -> None:
    refused(*case)
