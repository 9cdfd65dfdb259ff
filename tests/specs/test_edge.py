"""What the edge's settings refuse, each with one line that says why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from specs import web_acl
from specs.edge import Edge, RateLimit


def limits(count: int, path: str = "/p") -> list[dict[str, Any]]:
    return [{"name": f"limit-{number}", "path": f"{path}{number}", "requests": 100} for number in range(count)]


def refusal(**settings: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Edge.model_validate(settings)
    (error,) = caught.value.errors()
    return str(error["msg"])


@pytest.mark.parametrize("other", ["never", "media", "static", "catalog"])
def test_a_path_belongs_to_one_class(other: str) -> None:
    paths = {"never": ["/cart*"], "media": ["/media/*"], "static": ["/assets/*"], "catalog": ["/catalog/*"]}
    assert "got /x/* twice" in refusal(cache=paths | {other: ["/x/*", "/x/*"]})
    if other != "never":
        assert "got /x/* twice" in refusal(cache=paths | {"never": ["/x/*"], other: ["/x/*"]})


def test_there_are_no_more_paths_than_cloudfront_takes_behaviours() -> None:
    def paths(count: int) -> dict[str, Any]:
        return {"never": [f"/{number}/*" for number in range(count - 3)]}

    Edge.model_validate({"cache": paths(74)})
    assert "74 path patterns beside the default (got 75)" in refusal(cache=paths(75))


def test_rate_limits_have_names_of_their_own() -> None:
    assert "distinct names (got limit-0 twice)" in refusal(rateLimits=[*limits(1), *limits(1)])


def test_there_are_no_more_rate_limits_than_waf_takes() -> None:
    windows = [
        {"name": f"all-{window}", "path": "/", "requests": 1000, "window": window} for window in (60, 120, 300, 600)
    ]
    Edge.model_validate({"rateLimits": [*windows, *limits(6)]})
    assert "takes 10 rateLimits" in refusal(rateLimits=[*windows, *limits(7)])


def test_the_web_acl_stays_within_the_capacity_that_is_paid_for() -> None:
    assert "within 1500 capacity units" in refusal(rateLimits=limits(9))
    assert "botControlPaths" in refusal(botControlPaths=[f"/{number}" for number in range(5)])


@given(
    count=st.integers(0, 12),
    anti_ddos=st.booleans(),
    bots=st.lists(st.sampled_from(["/a", "/b", "/c", "/d"]), unique=True),
    domain=st.booleans(),
)
def test_settings_are_refused_exactly_when_they_ask_too_much_of_the_web_acl(
    count: int, anti_ddos: bool, bots: list[str], domain: bool
) -> None:
    settings: dict[str, Any] = {"rateLimits": limits(count), "antiDdos": anti_ddos, "botControlPaths": bots}
    if domain:
        settings |= {"domain": "shop.example.com", "hostedZoneId": "Z1"}
    unchecked = Edge.model_construct(
        rate_limits=tuple(RateLimit.model_validate(limit) for limit in limits(count)),
        anti_ddos=anti_ddos,
        bot_control_paths=tuple(bots),
        domain="shop.example.com" if domain else None,
    )
    fits = count <= 10 and web_acl.edge_capacity(unchecked) <= 1500
    if fits:
        Edge.model_validate(settings)
    else:
        refusal(**settings)


@pytest.mark.parametrize("everyone", ["0.0.0.0/0", "::/0"])
def test_nobody_blocks_the_whole_internet(everyone: str) -> None:
    assert f"wider ones take in half the world (got {everyone})" in refusal(blockedCidrs=[everyone])


def test_a_block_list_holds_no_more_ranges_than_an_ip_set() -> None:
    many = [f"10.{number // 256}.{number % 256}.0/24" for number in range(10_001)]
    Edge.model_validate({"blockedCidrs": many[:10_000]})
    assert "takes 10000 ranges (got 10001 of IPv4)" in refusal(blockedCidrs=many)


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"domain": "shop.example.com"}, "add hostedZoneId"),
        ({"hostedZoneId": "Z1"}, "add domain"),
        ({"origin": "publicAlb"}, "needs a domain"),
    ],
)
def test_a_domain_comes_with_its_zone_and_a_public_load_balancer_with_a_domain(
    settings: dict[str, Any], rule: str
) -> None:
    assert rule in refusal(**settings)


@pytest.mark.parametrize("phone", ["01234567", "+0123", "+12a", "911234567890"])
def test_people_are_called_by_international_numbers(phone: str) -> None:
    contact = {"email": "oncall@shop.example", "phone": phone}
    refusal(shieldAdvanced={"commitmentMonths": 12, "monthlyFeeUsd": 3000, "emergencyContacts": [contact]})


@pytest.mark.parametrize("terms", [{}, {"commitmentMonths": 1, "monthlyFeeUsd": 3000}, {"commitmentMonths": 12}])
def test_shield_advanced_is_bought_only_on_its_full_terms(terms: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Edge.model_validate({"shieldAdvanced": terms})
