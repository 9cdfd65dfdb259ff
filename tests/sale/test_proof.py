"""The proof: every link of the chain is there, holds where it should, and falls short by name where it does not."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from sale import capacity
from sale.capacity_check import links
from sale.link import Link
from sale.simulation import adapter
from sale.simulation.stress import setting_of
from sale.simulation.window import window
from tests.configuration import service
from tests.sale.events import BEFORE, sale
from tests.sale.test_plan import BIG, DATA, OPENING, SERVICES, plan

PRODUCT = [{"name": "phone", "percent": 20, "table": "carts"}, {"name": "shoe", "percent": 30}]


def proved(event: dict[str, object] | None = None, **changes: object) -> dict[str, Link]:
    found = links(plan(BEFORE, event or sale(demand=BIG, hotProducts=PRODUCT), deployed=None, **changes))
    return {link.name: link for link in found}


def services(**fields: object) -> list[dict[str, object]]:
    """The two services of the plan's tests, with fields of `cart` changed."""
    return [SERVICES[0], SERVICES[1] | fields]


def data(kind: str, index: int = 0, **fields: object) -> dict[str, Any]:
    changed = deepcopy(DATA)
    changed[kind][index] |= fields
    return changed


def test_every_part_of_the_chain_is_a_link() -> None:
    found = proved(data=data("queues", fifo=True), services=[*services(), _worker()])
    for name in (
        "CloudFront requests",
        "WAF requests",
        "WAF rate limit all",
        "load balancer capacity",
        "load balancer as it stands",
        "load balancer targets",
        "tasks of ui",
        "tasks of ui at the opening",
        "tasks per service ui",
        "task launches before the opening",
        "Fargate vCPU",
        "connections to orders",
        "statements of orders",
        "statements of orders at the opening",
        "reads of carts",
        "writes of carts",
        "partition of carts with phone, writes",
        "commands of sessions",
        "commands of sessions at the opening",
        "shard of pages with shoe",
        "messages of orders",
        "drain of orders",
        "addresses of an app subnet",
        "ports of the NAT gateways",
    ):
        assert name in found, f"{name} is no link: {sorted(found)}"


def test_the_weakest_link_comes_first() -> None:
    found = [link.margin for link in links(plan())]
    assert found == sorted(found)


def test_a_margin_is_what_is_left_over() -> None:
    link = proved()["tasks of ui"]
    assert (link.required, link.provided) == pytest.approx((30_000, 50_000))
    assert link.margin == pytest.approx(2 / 3)
    assert link.setting == "services[ui].scaling.max"


def _worker() -> dict[str, object]:
    return service("worker", uses={"queues": {"orders": "receive"}}, scaling={"min": 1, "max": 2})


SHORT: list[tuple[str, str, dict[str, object], str]] = [
    ("too few tasks", "tasks of cart", {"services": services(scaling={"min": 3, "max": 100})}, "services[cart]."),
    (
        "tasks that are slow to start",
        "task launches before the opening",
        {"services": services(measured={"startSeconds": 1800}), "event": sale(demand=BIG, leadMinutes=10)},
        "leadMinutes",
    ),
    (
        "no vCPU asked for",
        "Fargate vCPU",
        {"quotas": {"request": False}},
        "quotas.granted.fargateVcpu",
    ),
    (
        "too many pools",
        "connections to orders",
        {"services": services(measured={"connections": 400})},
        "data.databases[orders].serverless.maxAcu",
    ),
    (
        "a small database",
        "statements of orders",
        {"data": data("databases", serverless={"minAcu": 1, "maxAcu": 8})},
        "serverless.maxAcu",
    ),
    (
        "a hot product in one partition",
        "partition of carts with phone, writes",
        {},
        "data.tables[carts].hashKey",
    ),
    (
        "a small cache",
        "commands of sessions",
        {"data": data("caches", serverless={"maxEcpu": 20_000})},
        "data.caches[sessions].serverless.maxEcpu",
    ),
    ("a hot product in one shard", "shard of pages with shoe", {}, "data.caches[pages].nodes.nodeType"),
    (
        "a slow worker",
        "drain of orders",
        {"services": [*services(), _worker() | {"measured": {"messagesPerSecond": 5}}]},
        "services[worker].scaling.max",
    ),
    (
        "too many messages for first in, first out",
        "messages of orders",
        {"data": data("queues", fifo=True), "services": services(measured={"messagesPerOrder": 20})},
        "data.queues[orders].fifo",
    ),
    (
        "more than CloudFront serves",
        "CloudFront requests",
        {"event": sale(demand={"peakRequestsPerSecond": 200_000, "peakOrdersPerSecond": 20})},
        "quotas.granted.cloudfrontRequests",
    ),
    (
        "more than a web ACL judges",
        "WAF requests",
        {"event": sale(demand={"peakRequestsPerSecond": 90_000, "peakOrdersPerSecond": 20})},
        "quotas.granted.wafRequests",
    ),
    (
        "no reservation granted",
        "load balancer as it stands",
        {"quotas": {}},
        "quotas.granted.albReservedLcu",
    ),
    (
        "answers too large for one load balancer",
        "load balancer capacity",
        {"services": [SERVICES[0] | {"measured": {"responseKb": 500}}, SERVICES[1]]},
        "measured.responseKb",
    ),
    (
        "too many calls to the internet",
        "ports of the NAT gateways",
        {"services": services(measured={"outboundCallsPerOrder": 10})},
        "network.nat",
    ),
    (
        "more targets than a load balancer takes",
        "load balancer targets",
        {
            "services": [SERVICES[0] | {"scaling": {"max": 3000}, "cpu": 256, "memory": 512}, SERVICES[1]],
            "event": sale(demand={"peakRequestsPerSecond": 60_000, "peakOrdersPerSecond": 20}),
            "quotas": {"request": False},
        },
        "quotas.granted.albTargets",
    ),
]


@pytest.mark.parametrize(("name", "changes", "setting"), [one[1:] for one in SHORT], ids=[one[0] for one in SHORT])
def test_a_link_that_falls_short_is_told_with_what_mends_it(name: str, changes: dict[str, Any], setting: str) -> None:
    event = changes.pop("event", None) if "event" in changes else None
    link = proved(event, **{key: value for key, value in changes.items() if key != "event"})[name]
    assert link.margin < 0, f"{link.required:g} of {link.provided:g} {link.unit}"
    assert setting in link.setting


def test_too_late_to_warm_a_table_up_is_a_link_that_falls_short() -> None:
    at = OPENING - timedelta(minutes=12)
    late = {link.name: link for link in links(plan(at, deployed=at))}
    assert late["reads of carts"].margin < 0
    assert proved()["reads of carts"].margin >= 0
    warmed = {link.name: link for link in links(plan(at, deployed=BEFORE))}
    assert warmed["reads of carts"].margin >= 0, "called a day ahead, whenever the next deployment is"


@pytest.mark.parametrize("hours", [-20, -1.2, -0.4, -0.3, -0.1, -0.01, 0, 0.1, 1, 3, 20, 21, 30, 47, 48, 48.9, 50])
def test_a_link_that_holds_before_a_sale_holds_at_every_hour_of_it(hours: float) -> None:
    large = data("caches", 1, nodes={"nodeType": "cache.r7g.large"})
    amid = links(plan(OPENING + timedelta(hours=hours), sale(demand=BIG), data=large))
    assert [f"{link.name}: {link.margin:.0%}" for link in amid if link.margin < 0] == [], (
        "a deployment in the middle of a sale must not be refused for what is over"
    )


def test_what_falls_short_by_rounding_alone_holds() -> None:
    assert proved()["tasks of ui at the opening"].margin == 0


def test_without_an_event_there_is_nothing_to_prove() -> None:
    assert links(plan(OPENING.replace(year=2028))) == ()


def test_links_are_published_as_plain_values() -> None:
    for link in proved().values():
        published = link.published()
        assert {"name", "kind", "on", "required", "perUnit", "unit", "setting"} <= published.keys()
        assert "provided" not in published, "what is provided is for the graph to say"


def test_databases_and_caches_are_held_to_a_target_of_use_and_played_at_their_peak() -> None:
    one = plan()
    stations = {station.name: station for station in adapter.model_of(one, window(one.events[0])).stations}
    found = proved()
    assert stations["database orders"].rate * capacity.DATABASE_TARGET == pytest.approx(capacity.STATEMENTS_PER_ACU)
    shard = found["shard of pages with shoe"]
    assert stations["cache pages"].rate * capacity.CACHE_TARGET == pytest.approx(shard.provided)


def test_a_search_domain_is_a_station_of_the_simulation() -> None:
    domain = {"name": "products", "nodeType": "m6g.large.search"}
    services = [
        SERVICES[0] | {"uses": {"search": {"products": "read"}}, "measured": {"searchesPerRequest": 0.5}},
        SERVICES[1],
    ]
    one = plan(services=services, data=DATA | {"search": [domain]})
    model = adapter.model_of(one, window(one.events[0]))
    station = next(station for station in model.stores if station.name == "search products")
    link = next(link for link in links(one) if link.name == "searches of products")
    assert station.units * station.rate * 0.8 == pytest.approx(link.provided), "80 % of CPU is AWS's alarm"
    assert [call.per_request for call in model.calls if call.target == station.name] == [0.5]
    assert setting_of(one, one.events[0], station.name) == "data.search[products].nodesPerZone"
