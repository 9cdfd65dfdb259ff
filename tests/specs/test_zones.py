"""Zones by their ids: what an account's letters hide."""

from __future__ import annotations

from typing import Any

import pytest

import settings
from aws_facts import regions
from aws_facts.zones import LACKING
from devtools.rehearsal.fake_outputs import AccountRegion
from specs.zones import refuse_lacking
from tests.configuration import service, small_shop
from tests.some import some

DATABASE: dict[str, Any] = {"name": "orders", "engine": "aurora-postgresql", "databaseName": "orders"}
PUBLIC: dict[str, Any] = {"origin": "publicAlb", "domain": "shop.example.com", "hostedZoneId": "Z0123456789EXAMPLE"}
HERE = {"us-east-1a": "use1-az1", "us-east-1b": "use1-az2", "us-east-1d": "use1-az3", "us-east-1f": "use1-az4"}


def refusal(ids: dict[str, str], region: str = "us-east-1", zones: str = "abd", **changes: Any) -> str:
    shop = settings.parse(
        "saleday", "dev", small_shop(**{"aws:region": region, "network": {"zones": list(zones)}} | changes)
    )
    try:
        refuse_lacking(shop, ids)
    except ValueError as error:
        return str(error)
    return ""


def test_a_zone_that_vpc_origins_are_not_in_is_refused_by_its_id() -> None:
    assert refusal(HERE) == (
        "network.zones: there are no VPC origins of CloudFront in use1-az3, which is d in this account (got a, b, d); "
        "choose among a, b, f"
    )
    assert refusal(HERE, zones="abf") == ""
    assert refusal(HERE | {"us-east-1d": "use1-az6"}) == "", "the letter is another zone in another account"


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("VPC origins of CloudFront", {}),
        ("EKS clusters", {"edge": PUBLIC, "services": [service("ui", publicPaths=["/"], compute="eks")]}),
        ("tasks of Fargate", {"edge": PUBLIC}),
        ("proxies of RDS", {"edge": PUBLIC, "compute": "ec2", "data": {"databases": [DATABASE]}}),
    ],
)
def test_each_part_of_aws_is_asked_for_where_it_is_used(part: str, changes: dict[str, Any]) -> None:
    codes = {AccountRegion.of(region).code: region for region in regions.ZONES}
    for lacking in some(LACKING[part]):
        region = codes[lacking.partition("-")[0]]
        first, second = regions.ZONES[region][:2]
        ids = {f"{region}{first}": "other-az1", f"{region}{second}": lacking}
        assert f"there are no {part} in {lacking}" in refusal(ids, region, first + second, **changes)


def test_a_zone_that_the_account_has_not_is_refused() -> None:
    line = refusal({"us-west-1a": "usw1-az3", "us-west-1c": "usw1-az1"}, "us-west-1", "abc")
    assert line == "network.zones: this account has the zones a, c of us-west-1 (got b); choose among them"


@pytest.mark.parametrize("region", regions.ZONES)
def test_the_offline_account_has_the_zones_of_the_settings_with_an_id_each(region: str) -> None:
    place = AccountRegion.of(region)
    assert len(place.zone_ids) == len(place.zones) == len(set(place.zone_ids))
    assert {zone.removeprefix(region) for zone in place.zones} <= set(regions.ZONES[region])
