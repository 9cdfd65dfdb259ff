"""Deployments that move traffic: paths as one listener rule, and what cannot be one."""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import settings as configuration
from specs.deployment import REGEX_LENGTH, Deployment, regexes, shadows
from tests.configuration import service, small_shop

PATHS = st.lists(st.from_regex(r"/[a-z.*?]{0,12}", fullmatch=True), min_size=1, max_size=8, unique=True)
REQUESTS = st.from_regex(r"/[a-z./]{0,12}", fullmatch=True)


@settings(max_examples=80, deadline=None)
@given(patterns=PATHS, request=REQUESTS)
def test_regular_expressions_take_the_same_requests_as_the_patterns(patterns: list[str], request: str) -> None:
    by_pattern = any(fnmatch.fnmatchcase(request, pattern) for pattern in patterns)
    by_regex = any(re.fullmatch(regex, request) for regex in regexes(patterns))
    assert by_pattern == by_regex


def test_as_few_regular_expressions_as_their_length_allows() -> None:
    shop = ["/", "/home", "/catalog", "/catalog/*", "/cart", "/cart/*", "/checkout", "/checkout/*", "/assets/*"]
    assert len(regexes(shop)) == 1
    many = [f"/a-rather-long-path-number-{number}/*" for number in range(12)]
    assert len(regexes(many)) > 1
    assert all(len(regex) <= REGEX_LENGTH for regex in regexes(many))


@pytest.mark.parametrize(
    ("own", "others", "taken"),
    [
        (["/a/*", "/checkout/gifts/*"], ["/checkout/*"], "/checkout/*"),
        (["/a/*", "/checkout/pay"], ["/checkout/*"], "/checkout/*"),
        (["/*", "/cart"], ["/cart/*"], None),
        (["/*"], ["/cart/*", "/checkout"], None),
        (["/cart", "/checkout/pay"], ["/checkout/*"], None),
    ],
    ids=["longer pattern", "exact path", "beside it", "catch-all", "exact paths come first"],
)
def test_a_path_that_another_service_would_take_is_found(own: list[str], others: list[str], taken: str | None) -> None:
    assert shadows(own, others) == taken


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"publicPaths": ["/"], "scaling": {"requestsPerTarget": 100}},
            "scaling.requestsPerTarget counts at one target",
        ),
        ({"publicPaths": [f"/{'x' * 100}{n}" for n in range(6)]}, "publicPaths must fit into 5 regular expressions"),
    ],
)
def test_what_cannot_shift_is_told_in_one_line(fields: dict[str, object], says: str) -> None:
    shop = small_shop(services=[service("ui", deployment={"strategy": "blueGreen"}, **fields)])
    with pytest.raises(ValueError, match=re.escape(f"saleday:services[ui]: {says}")) as caught:
        configuration.parse("saleday", "test", shop)
    assert "\n" not in str(caught.value)


def test_a_rule_that_another_service_would_shadow_is_told_in_one_line() -> None:
    ui = service("ui", publicPaths=["/a/*", "/checkout/gifts/*"], deployment={"strategy": "canary"})
    shop = small_shop(services=[ui, service("checkout", publicPaths=["/checkout/*"])])
    with pytest.raises(ValueError, match=r"services\[ui\]\.publicPaths: with canary .*\(got /checkout/\*"):
        configuration.parse("saleday", "test", shop)


def test_bakes_end_while_a_pipeline_still_waits() -> None:
    with pytest.raises(ValueError, match="must not exceed 40 together"):
        Deployment(strategy="canary", bake_minutes=30, canary_bake_minutes=20)
    assert Deployment(strategy="rolling", bake_minutes=40, canary_bake_minutes=40).bake_minutes == 40, (
        "rolling has no bake time"
    )
