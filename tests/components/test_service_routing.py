"""Listener rules: which path goes to which service, and priorities that stay."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given, settings
from hypothesis import strategies as st

from components.service.routing import VALUES_PER_RULE, Rule, rules
from specs.services import MAX_WILDCARDS, Service


def service(name: str, *paths: str) -> Service:
    return Service(name=name, image="public.ecr.aws/shop/app:1", public_paths=paths)


def answering(found: list[Rule], path: str) -> str | None:
    """The service that the load balancer would send `path` to: the first rule by priority that matches."""
    for rule in sorted(found, key=lambda rule: rule.priority):
        if any(fnmatchcase(path, pattern) for pattern in rule.patterns):
            return rule.service
    return None


def test_internal_services_have_no_rule() -> None:
    assert rules([service("orders")]) == []


def test_a_path_goes_to_the_most_specific_pattern_whatever_the_order() -> None:
    shop = [
        service("ui", "/*"),
        service("gifts", "/cart/gifts/*"),
        service("cart", "/cart/*"),
        service("login", "/cart/a"),
    ]
    for order in (shop, shop[::-1]):
        found = rules(order)
        assert answering(found, "/cart/gifts/1") == "gifts"
        assert answering(found, "/cart/2") == "cart"
        assert answering(found, "/cart/a") == "login", "a path without wildcards comes before every pattern"
        assert answering(found, "/anything") == "ui"


def test_a_path_that_no_service_names_reaches_none() -> None:
    found = rules([service("ui", "/", "/cart/*")])
    assert answering(found, "/utility/panic") is None


def test_many_paths_share_rules_up_to_the_quotas() -> None:
    found = rules([service("ui", *(f"/page{number}" for number in range(12)))])
    assert sorted(len(rule.patterns) for rule in found) == [2, 5, 5], "five values a rule"


def test_wildcards_have_a_quota_of_their_own() -> None:
    found = rules([service("ui", "/a*b*c*", "/d*e*f*", "/g*h*i*")])
    assert sorted(len(rule.patterns) for rule in found) == [1, 2]


def test_priorities_stay_when_services_come_and_go() -> None:
    before = {rule.key: rule.priority for rule in rules([service("ui", "/", "/a/*", "/bb/*")])}
    others = [service(f"service{number}", f"/service{number}", f"/service{number}/*") for number in range(50)]
    after = {
        rule.key: rule.priority
        for rule in rules([*others, service("ui", "/", "/a/*", "/bb/*")])
        if rule.service == "ui"
    }
    assert after == before, "ELB refuses to move a rule to a priority that another still holds"


words = st.text("abcdefgh", min_size=1, max_size=12)
patterns = st.builds(
    lambda parts, end: "/" + "/".join(parts) + end,
    st.lists(words, min_size=1, max_size=4),
    st.sampled_from(["", "*", "/*", "/?x*"]),
)


@settings(deadline=None)  # a busy machine is no fault of the rules
@given(st.lists(st.lists(patterns, max_size=9, unique=True), min_size=1, max_size=8))
def test_every_path_is_in_exactly_one_rule_within_elbs_limits(paths: list[list[str]]) -> None:
    seen: set[str] = set()
    shop = []
    for number, some in enumerate(paths):
        shop.append(service(f"service{number}", *(path for path in some if path not in seen)))
        seen.update(some)
    found = rules(shop)
    assert sorted(pattern for rule in found for pattern in rule.patterns) == sorted(seen)
    assert len({rule.priority for rule in found}) == len(found), "a listener refuses a priority twice"
    assert len({(rule.service, rule.key) for rule in found}) == len(found), "names of resources follow from the key"
    for rule in found:
        assert 1 <= rule.priority <= 50_000
        assert 1 <= len(rule.patterns) <= VALUES_PER_RULE
        assert sum(pattern.count("*") + pattern.count("?") for pattern in rule.patterns) <= MAX_WILDCARDS


@settings(deadline=None)  # a busy machine is no fault of the rules
@given(st.lists(patterns, min_size=2, max_size=12, unique=True))
def test_longer_literal_starts_are_tried_first(paths: list[str]) -> None:
    found = rules([service(f"service{number}", path) for number, path in enumerate(paths)])
    literal = [
        len(rule.patterns[0].split("*")[0].split("?")[0]) if set("*?") & set(rule.patterns[0]) else 1000
        for rule in found
    ]
    assert literal == sorted(literal, reverse=True)
