"""Values that look wrong and are right: each is accepted, and means what it says."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from specs.shop import Shop
from tests.configuration import parse_small_shop, service


def edge(**fields: object) -> dict[str, object]:
    return {"edge": {"domain": "shop.example.com", "hostedZoneId": "Z08EXAMPLES12345"} | fields}


def cart(**fields: object) -> dict[str, object]:
    return {"services": [service("cart", **fields)]}


def cidr(shop: Shop) -> object:
    return str(shop.network.cidr)


@pytest.mark.parametrize(
    ("changes", "read", "meant"),
    [
        (edge(domain="shop.xn--p1ai"), lambda shop: shop.edge.domain, "shop.xn--p1ai"),
        (edge(domain="xn--bcher-kva.example.com"), lambda shop: shop.edge.domain, "xn--bcher-kva.example.com"),
        (
            edge(blockedCidrs=["203.0.113.7", "2001:db8::7"]),
            lambda shop: [ip_network(block) for block in shop.edge.blocked_cidrs],
            [ip_network("203.0.113.7/32"), ip_network("2001:db8::7/128")],
        ),
        ({"network": {"cidr": "100.64.0.0/16"}}, cidr, "100.64.0.0/16"),
        ({"network": {"cidr": "172.17.0.0/16"}}, cidr, "172.17.0.0/16"),
        ({"network": {"cidr": "8.8.0.0/16"}}, cidr, "8.8.0.0/16"),
        (
            {"operatingHours": {"timeZone": "Etc/GMT+5"}},
            lambda shop: str(shop.operating_hours.time_zone),
            "Etc/GMT+5",
        ),
        (
            {"operatingHours": {"timeZone": "America/Port-au-Prince"}},
            lambda shop: str(shop.operating_hours.time_zone),
            "America/Port-au-Prince",
        ),
        (cart(scaling={"min": "2", "max": "7"}), lambda shop: shop.services[0].scaling.max, 7),
        ({"costCentre": 4711}, lambda shop: shop.cost_centre, "4711"),
        (
            cart(deployment={"strategy": "canary", "canaryPercent": 0.3}, publicPaths=["/"]),
            lambda shop: shop.services[0].deployment.canary_percent,
            0.3,
        ),
        (cart(healthPath="/health?deep=1"), lambda shop: shop.services[0].health_path, "/health?deep=1"),
    ],
    ids=lambda value: None if callable(value) else str(value)[:60],
)
def test_what_is_unusual_and_right_is_accepted(changes: dict[str, object], read: Any, meant: object) -> None:
    assert read(parse_small_shop(**changes)) == meant
