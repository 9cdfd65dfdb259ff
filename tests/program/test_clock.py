"""The clock: whenever it is read, the program declares what AWS's own schedulers have put in force since an `up`."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest

import settings
from devtools.recording.programs import run
from devtools.recording.recorded import Recorded
from tests.configuration import service
from tests.schedulers import CLUSTER, GROUP, TARGET, World
from tests.some import some


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


# A stack with all that a schedule changes: nights and a sale in one, over the Sunday on which Berlin's clocks go back.
EVENING = {
    "name": "evening",
    "timeZone": "Europe/Berlin",
    "start": "2027-10-28T19:00:00",
    "end": "2027-11-02T12:00:00",
    "demand": {"peakRequestsPerSecond": 3000, "peakOrdersPerSecond": 100},
    "mix": {"ui": 20, "cart": 80},
    "cachedPaths": ["/sale/*"],
}
MORNING = EVENING | {"name": "morning", "start": "2027-11-04T09:00:00", "end": "2027-11-04T18:00:00"}
EVERYTHING: dict[str, Any] = {
    "saleday:operatingHours": {"start": "08:00", "stop": "20:00", "days": "MON-FRI", "timeZone": "Europe/Berlin"},
    "saleday:compute": "ec2",
    "saleday:instances": {"min": 2},
    "saleday:services": [
        service("ui", publicPaths=["/"], calls=["cart"], scaling={"min": 2, "max": 60}),
        service(
            "cart",
            compute="fargate",
            scaling={"min": 2, "max": 50},
            environment={"A": "${database.orders.readerEndpoint}", "B": "${database.stock.readerEndpoint}"},
            uses={
                "databases": ["orders", "stock"],
                "tables": {"carts": "readWrite"},
                "caches": ["sessions", "pages", "few"],
            },
            measured={"readsPerRequest": 20, "writesPerRequest": 20, "commandsPerRequest": 60, "queriesPerRequest": 9},
        ),
    ],
    "saleday:data": {
        "databases": [
            {"name": "orders", "engine": "aurora-postgresql", "databaseName": "ordersdb"}
            | {"serverless": {"minAcu": 1, "maxAcu": 64}, "readers": 1},
            {"name": "stock", "engine": "aurora-mysql", "databaseName": "stockdb", "readers": 1}
            | {"provisioned": {"instanceClass": "db.r7g.xlarge"}, "readerScaling": {"max": 8}},
        ],
        "tables": [{"name": "carts", "hashKey": {"name": "id"}, "maxReads": 5000, "maxWrites": 5000}],
        "caches": [
            {"name": "sessions", "serverless": {"maxEcpu": 400_000}},
            {"name": "pages", "nodes": {"nodeType": "cache.t4g.small", "shards": 2, "replicas": 1}},
            {"name": "few", "nodes": {"nodeType": "cache.t4g.small", "replicas": 0}},
        ],
    },
    "saleday:saleEvents": [EVENING, MORNING],
    "saleday:quotas": {"granted": {"albReservedLcu": 5000}},
    "saleday:events": None,
    "saleday:delivery": {"platform": {"repository": "shop-example/saleday"}},
}
STACKS: dict[str, tuple[str, dict[str, Any]]] = {
    "dev": ("dev", {}),
    "prod": ("prod", {}),
    "everything": ("dev", EVERYTHING),
}


@functools.cache
def declared(stack: str, at: str) -> Recorded:
    """The program at a time."""
    with mock.patch.object(settings, "now", return_value=moment(at)):
        return run(STACKS[stack][0], STACKS[stack][1])


INSTANTS = {
    # Friday noon, the very minute of the evening's switch, the drift job's night before Monday.
    "dev": ("2026-11-27T12:00+05:30", "2026-11-27T20:00+05:30", "2026-11-30T03:00+05:30"),
    # Two days ahead, the drift job's night in the sale, the one after it, and one in the year after.
    "prod": (
        "2030-10-17T12:00+05:30",
        "2030-10-19T03:00+05:30",
        "2030-10-22T03:00+05:30",
        "2031-06-01T03:00+05:30",
    ),
    # A day ahead, minutes before the opening, Sunday as clocks go back, the second sale, and afterwards.
    "everything": (
        "2027-10-27T12:00+02:00",
        "2027-10-28T18:50+02:00",
        "2027-10-31T02:30+01:00",
        "2027-11-04T10:00+01:00",
        "2027-11-06T03:00+01:00",
    ),
}
SAMPLED = INSTANTS["everything"][:3]


@pytest.mark.parametrize(
    ("stack", "instants"),
    [
        pytest.param("everything", SAMPLED, id="sampled"),
        *(pytest.param(name, found, id=name, marks=pytest.mark.thorough) for name, found in INSTANTS.items()),
    ],
)
def test_whenever_it_is_looked_at_nothing_has_drifted(stack: str, instants: Sequence[str]) -> None:
    """`up` at any time, then `preview --refresh` at any later one."""
    for number, deployed in some(enumerate(instants)):
        world = World.of(declared(stack, deployed), moment(deployed))
        for looked in instants[number:]:
            found = world.until(moment(looked)).differences(declared(stack, looked))
            assert found == [], f"up at {deployed}, preview at {looked}"
        assert world.refused == []


def test_the_stack_with_everything_is_moved_by_every_schedule() -> None:
    """Else the test above would compare what never changes."""
    before, *later = SAMPLED
    world = World.of(declared("everything", before), moment(before))
    moved = {
        (line.split()[1].partition("::")[0].rpartition(":")[2], line.split()[2])
        for at in later
        for line in world.differences(declared("everything", at))
        if line.startswith("update")
    }
    assert moved == {
        ("Target", "minCapacity:"),
        ("Target", "maxCapacity:"),
        ("Group", "minSize:"),
        ("Cluster", "serverlessv2ScalingConfiguration:"),
        ("Table", "onDemandThroughput:"),
        ("ReplicationGroup", "numCacheClusters:"),
        ("ReplicationGroup", "replicasPerNodeGroup:"),
        ("ServerlessCache", "cacheUsageLimits:"),
        ("LoadBalancer", "minimumLoadBalancerCapacity:"),
    }


@pytest.mark.parametrize(
    "at",
    [*SAMPLED, *(pytest.param(at, marks=pytest.mark.thorough) for at in INSTANTS["everything"] if at not in SAMPLED)],
)
def test_no_task_runs_while_the_databases_are_stopped(at: str) -> None:
    first = INSTANTS["everything"][0]
    world, shop = World.of(declared("everything", first), moment(first)).until(moment(at)), declared("everything", at)
    off = {one.inputs["clusterIdentifier"] for one in shop.of(CLUSTER)} == world.stopped
    tasks = [one for one in shop.of(TARGET) if one.inputs["serviceNamespace"] == "ecs"]
    assert [one.inputs["maxCapacity"] == 0 for one in tasks] == [off, off]
    assert [one.inputs["minSize"] == 0 for one in shop.of(GROUP)] == [off]
