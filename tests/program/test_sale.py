"""The example's sale through the whole program: every tier does its part, and the pack proves it from the graph."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import settings
from devtools.recording.programs import recorded, run, stack_configuration
from devtools.recording.recorded import Recorded
from policy.pack.graph import Graph
from policy.pack.judge import Judge
from policy.pack.provided_capacity import SUPPLIES
from policy.pack.registry import BY_NAME
from policy.pack.resource import Resource
from policy.pack.values import Block, plain
from sale.capacity_check import links
from sale.plan import compile_plan

Graphs = dict[str, Resource]


@pytest.fixture(scope="module")
def prod() -> Recorded:
    return recorded("prod")


@functools.cache
def resources() -> Graphs:
    return as_graph(recorded("prod"))


def as_graph(shop: Recorded) -> Graphs:
    return {
        one.urn: Resource(
            one.token,
            one.name,
            plain(one.outputs | dict(one.inputs) if one.custom else one.outputs),
            urn=one.urn,
            links=one.property_dependencies,
        )
        for one in shop.resources
    }


def judged(given: Graphs) -> list[str]:
    told: list[str] = []
    Judge(preview=True).stack(
        BY_NAME["sale-capacity"], Graph(given.values()), {}, lambda message, _: told.append(message)
    )
    return told


def changed(token: str, name: str, change: Callable[[dict[str, Any]], object]) -> Graphs:
    """The stack with one resource changed."""
    given = dict(resources())
    urn, found = next((urn, one) for urn, one in given.items() if one.token == token and one.name == name)
    props = deepcopy(found.data)
    change(props)
    given[urn] = Resource(found.token, found.name, props, urn=urn, links=found.links)
    return given


def without(token: str) -> Graphs:
    return {urn: one for urn, one in resources().items() if one.token != token}


def test_every_service_that_needs_more_rises_before_the_opening_and_comes_back(prod: Recorded) -> None:
    actions = [one.inputs for one in prod.of("aws:appautoscaling/scheduledAction:ScheduledAction")]
    ui = [one for one in actions if one["resourceId"] == "service/saleday-prod/saleday-prod-ui"]
    by_time = sorted(ui, key=lambda one: one["schedule"])
    assert by_time[0]["schedule"] == "at(2030-10-18T22:45:00)"
    assert {one["timezone"] for one in ui} == {"Asia/Kolkata"}
    assert by_time[0]["scalableTargetAction"] == {"minCapacity": 90}, "autoscaling may still go above it"
    assert by_time[-1]["scalableTargetAction"] == {"minCapacity": 3}
    assert {one["resourceId"].rpartition("-")[2] for one in actions} == {"ui", "catalog", "cart"}


def test_the_sales_pages_are_cached_and_every_graph_marks_the_sale(prod: Recorded) -> None:
    distribution = prod.one("aws:cloudfront/distribution:Distribution").inputs
    assert "/sale/*" in [one["pathPattern"] for one in distribution["orderedCacheBehaviors"]]
    for dashboard in prod.of("aws:cloudwatch/dashboard:Dashboard"):
        graphs = [
            one["properties"]
            for one in json.loads(dashboard.inputs["dashboardBody"])["widgets"]
            if one["type"] == "metric"
        ]
        assert graphs
        for graph in graphs:
            [[start, end]] = graph["annotations"]["vertical"]
            assert (start["label"], start["value"]) == ("diwali", "2030-10-19T00:00:00+05:30")
            assert end == {"value": "2030-10-21T00:00:00+05:30"}


def test_the_pack_finds_in_the_graph_what_the_settings_promise() -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    shop = settings.parse("saleday", "prod", stack_configuration("prod"))
    promised = {link.name: link for link in links(compile_plan(shop, now)) if not link.local}
    graph = Graph(resources().values())
    day = next(one for one in resources().values() if one.token == "saleday:sale:SaleDay")
    found = Block(day.outputs).blocks("links")
    assert len(found) == len(promised) >= 30
    for link in found:
        required, provided = SUPPLIES[link.text("kind") or ""](link, graph)
        mine = promised[link.text("name") or ""]
        assert required == pytest.approx(mine.required, rel=1e-4), mine.name
        assert provided == pytest.approx(mine.provided, rel=1e-4), mine.name


def test_the_example_holds() -> None:
    assert judged(resources()) == []


def test_an_event_that_has_just_ended_breaks_no_deployment_and_asks_for_nothing() -> None:
    ended = datetime.now(UTC) - timedelta(days=2)
    event = {
        "name": "diwali",
        "start": (ended - timedelta(days=1)).isoformat(timespec="seconds"),
        "end": ended.isoformat(timespec="seconds"),
        "demand": {"peakRequestsPerSecond": 1000, "peakOrdersPerSecond": 5},
        "mix": {"ui": 99, "orders": 1},
    }
    shop = run("dev", {"saleday:saleEvents": [event]})
    assert shop.component("saleday:sale:SaleDay").registered == [{"events": [], "granted": {}, "links": []}]
    kept = shop.of("aws:scheduler/schedule:Schedule")
    assert {one.inputs["state"] for one in kept if one.inputs["scheduleExpression"].startswith("at(")} <= {"DISABLED"}
    scaled = shop.of("aws:appautoscaling/scheduledAction:ScheduledAction")
    assert not [one.name for one in scaled if one.inputs["schedule"].startswith("at(")]


def test_a_deployment_in_the_middle_of_the_sale_leaves_what_is_in_force_and_passes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "now", lambda: datetime(2030, 10, 18, 21, 30, tzinfo=UTC))  # 03:00 in India
    amid = run("prod", {"saleday:quotas": {"granted": {"albReservedLcu": 400}}})
    target = amid.one("aws:appautoscaling/target:Target", "services-ui-scaling")
    assert target.inputs["minCapacity"] == 36, "the plateau's, not the settings' 3"
    cluster = amid.one("aws:rds/cluster:Cluster", "data-db-catalog")
    assert cluster.inputs["serverlessv2ScalingConfiguration"]["minCapacity"] > 2
    assert amid.one("aws:lb/loadBalancer:LoadBalancer").inputs["minimumLoadBalancerCapacity"]["capacityUnits"] >= 100
    assert judged(as_graph(amid)) == [], "the spike is over; what is still to come is carried"


def test_no_capacity_is_reserved_before_the_settings_say_that_it_is_granted(
    prod: Recorded,
) -> None:
    assert not [one for one in prod.of("aws:scheduler/schedule:Schedule") if "-balancer-lcu-" in one.name]
    granted = run("prod", {"saleday:quotas": {"granted": {"albReservedLcu": 400}}})
    assert [one for one in granted.of("aws:scheduler/schedule:Schedule") if "-balancer-lcu-" in one.name]


def set_to(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(props: dict[str, Any]) -> None:
        *steps, last = path.split(".")
        for step in steps:
            props = props[step]
        props[last] = value

    return change


MISTAKES: list[tuple[str, Callable[[], Graphs], str, str]] = [
    (
        "fewer tasks than the peak needs",
        lambda: changed("aws:appautoscaling/target:Target", "services-ui-scaling", set_to("maxCapacity", 60)),
        "tasks of ui",
        "services[ui].scaling.max",
    ),
    (
        "no scheduled scaling",
        lambda: without("aws:appautoscaling/scheduledAction:ScheduledAction"),
        "tasks of ui at the opening",
        "services[ui].scaling.max",
    ),
    (
        "larger tasks than the quota takes",
        lambda: changed("aws:ecs/taskDefinition:TaskDefinition", "services-ui-task", set_to("cpu", "4096")),
        "Fargate",
        "quotas.granted.fargate",
    ),
    (
        "no quota requested",
        lambda: without("aws:servicequotas/serviceQuota:ServiceQuota"),
        "Fargate vCPU",
        "quotas.granted.fargateVcpu",
    ),
    (
        "a small database",
        lambda: changed(
            "aws:rds/cluster:Cluster",
            "data-db-catalog",
            set_to("serverlessv2ScalingConfiguration", {"minCapacity": 2, "maxCapacity": 4}),
        ),
        "statements of catalog",
        "data.databases[catalog].serverless.maxAcu",
    ),
    (
        "a database that nobody raises",
        lambda: without("aws:scheduler/schedule:Schedule"),
        "statements of catalog at the opening",
        "data.databases[catalog]",
    ),
    (
        "a proxy with few connections",
        lambda: changed(
            "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
            "data-proxy-catalog",
            set_to("connectionPoolConfig", {"maxConnectionsPercent": 5}),
        ),
        "connections to catalog",
        "data.databases[catalog]",
    ),
    (
        "a table with a bound",
        lambda: changed(
            "aws:dynamodb/table:Table", "data-table-carts", set_to("onDemandThroughput", {"maxWriteRequestUnits": 100})
        ),
        "writes of carts",
        "quotas.granted.tableWrites",
    ),
    (
        "a rate limit that customers hit",
        lambda: changed(
            "aws:wafv2/webAcl:WebAcl",
            "edge-cdn-acl",
            lambda props: [
                rule["statement"]["rateBasedStatement"].update(limit=100)
                for rule in props["rules"]
                if rule["name"] == "rate-all"
            ],
        ),
        "WAF rate limit all",
        "edge.rateLimits[all].requests",
    ),
    ("no NAT gateway", lambda: without("aws:ec2/natGateway:NatGateway"), "ports of the NAT gateways", "network.nat"),
    (
        "little concurrency of order events",
        lambda: changed(
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            "order-events-from-queue",
            set_to("scalingConfig", {"maximumConcurrency": 2}),
        ),
        "concurrency of order events",
        "events.concurrency",
    ),
    ("a table that is gone", lambda: without("aws:dynamodb/table:Table"), "of carts", "quotas.granted"),
]


@pytest.mark.parametrize(("made", "link", "setting"), [one[1:] for one in MISTAKES], ids=[one[0] for one in MISTAKES])
def test_a_mistake_in_the_graph_is_told_by_the_weakest_link_and_what_mends_it(
    made: Callable[[], Graphs], link: str, setting: str
) -> None:
    told = judged(made())
    assert len(told) == 1, "one message, the weakest link first"
    assert link in told[0]
    assert setting in told[0]
    assert "margin -" in told[0]
