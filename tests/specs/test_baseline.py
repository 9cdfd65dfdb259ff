"""What a stack always uses, and what it is advised to commit to."""

from __future__ import annotations

import json
from typing import Any

import pytest

import settings
from devtools.recording.programs import stack_configuration
from specs.baseline import Usage, advice, baseline
from specs.shop import Shop
from tests.configuration import service, small_shop

OFFERING = "12345678-1234-1234-1234-123456789012"
NODE: dict[str, Any] = {
    "name": "sessions-2027",
    "offeringId": OFFERING,
    "nodeType": "cache.r7g.large",
    "count": 6,
    "termYears": 1,
    "payment": "No Upfront",
    "upfrontUsd": 0,
}


def shop(**changes: object) -> Shop:
    return settings.parse("saleday", "test", small_shop(**changes))


def stack(name: str, **changes: str) -> Shop:
    return settings.parse("saleday", name, stack_configuration(name) | changes)


def amounts(usages: tuple[Usage, ...]) -> dict[tuple[str, str], float]:
    return {(usage.kind, usage.type): usage.amount for usage in usages}


def test_the_baseline_is_every_minimum() -> None:
    assert amounts(baseline(stack("prod"))) == {
        ("fargateVcpu", "arm64"): 13,
        ("fargateGib", "arm64"): 26,
        ("databaseAcu", "aurora-mysql"): 6,
        ("databaseAcu", "aurora-postgresql"): 8,
        ("cacheNode", "cache.r7g.large valkey"): 6,
    }


def test_spot_is_no_part_of_it() -> None:
    one = service("ui", cpu=1024, memory=2048, scaling={"min": 10, "max": 20})
    spread = one | {"stateless": True, "capacity": {"base": 2, "weight": 3, "spotWeight": 1}}
    assert amounts(baseline(shop(services=[spread])))["fargateVcpu", "arm64"] == 2 + 6, "three of four beyond the base"


def test_what_runs_on_instances_is_no_fargate() -> None:
    mixed = [service("ui", cpu=1024, memory=2048), service("cart", compute="ec2")]
    assert amounts(baseline(shop(services=mixed)))["fargateVcpu", "arm64"] == 1
    assert amounts(baseline(shop(compute="ec2", instances={"min": 3}))) == {("ec2Instance", "c7g.xlarge"): 3}


def test_provisioned_databases_count_as_instances() -> None:
    database = {
        "name": "orders",
        "engine": "aurora-postgresql",
        "databaseName": "orders",
        "provisioned": {"instanceClass": "db.r7g.large"},
        "readers": 2,
    }
    found = amounts(baseline(shop(data={"databases": [database]})))
    assert found["databaseInstance", "db.r7g.large aurora-postgresql"] == 3


@pytest.mark.parametrize(
    ("days", "start", "stop", "share"),
    [
        ("MON-FRI", "08:00", "20:00", 60 / 168),
        ("SAT", "08:30", "20:00", 11.5 / 168),
        ("SAT-MON", "00:00", "12:00", 36 / 168),
        ("SUN-SAT", "00:00", "23:59", 167.883 / 168),
    ],
)
def test_hours_are_counted_over_the_week(days: str, start: str, stop: str, share: float) -> None:
    usages = baseline(shop(operatingHours={"days": days, "start": start, "stop": stop}))
    assert usages[0].share == pytest.approx(share, abs=1e-4)


def test_what_is_off_most_of_the_time_is_not_worth_a_commitment() -> None:
    lines = advice(stack("dev"))
    assert next(line for line in lines if "no commitment, as it runs 36% of the hours" in line).startswith("2 vCPU")
    assert lines[-1].startswith("1 nodes (cache.t4g.micro"), "a cache cannot be switched off"


def test_production_is_told_what_to_commit_to() -> None:
    lines = advice(stack("prod"))
    assert "6 nodes (cache.r7g.large valkey): reserved nodes (cost.purchases.caches)" in lines
    assert all("no commitment" not in line for line in lines)


def test_what_is_bought_is_advised_no_more() -> None:

    def with_purchases(**purchases: object) -> tuple[str, ...]:
        return advice(stack("prod", **{"saleday:cost": json.dumps({"purchases": purchases})}))

    assert not [line for line in with_purchases(caches=[NODE]) if "nodes" in line]
    assert "2 nodes (cache.r7g.large valkey)" in "\n".join(with_purchases(caches=[NODE | {"count": 4}]))
    plan = {
        "name": "tasks",
        "offeringId": OFFERING,
        "type": "Compute",
        "hourlyUsd": 0.5,
        "termYears": 1,
        "payment": "No Upfront",
        "upfrontUsd": 0,
        "totalUsd": 4380,
    }
    assert not [line for line in with_purchases(savingsPlans=[plan]) if "Fargate" in line]
