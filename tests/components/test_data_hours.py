"""Databases that are off outside operating hours."""

from __future__ import annotations

import json

from tests.components.data_tier import HOURS, Built, build, small
from tests.components.shared import DATA_KEY
from tests.some import some

SCHEDULE = "scheduler/schedule:Schedule"
TWO = {
    "databases": [
        {"name": "catalog", "engine": "aurora-mysql", "databaseName": "catalogdb"},
        {"name": "orders", "engine": "aurora-postgresql", "databaseName": "ordersdb"},
    ]
}


def schedules() -> Built:
    return build(TWO, hours=HOURS)


def test_each_cluster_starts_and_stops_on_local_time() -> None:
    found = {one.inputs["name"]: one.inputs for one in schedules().of(SCHEDULE)}
    assert {name: (one["scheduleExpression"], one["target"]["arn"]) for name, one in found.items()} == {
        f"saleday-dev-{database}-{verb}": (cron, f"arn:aws:scheduler:::aws-sdk:rds:{verb}DBCluster")
        for database in ("catalog", "orders")
        for verb, cron in (("start", "cron(30 8 ? * MON-FRI *)"), ("stop", "cron(15 20 ? * MON-FRI *)"))
    }
    assert {one["scheduleExpressionTimezone"] for one in found.values()} == {"Asia/Kolkata"}
    assert json.loads(found["saleday-dev-orders-stop"]["target"]["input"]) == {
        "DbClusterIdentifier": "saleday-dev-orders"
    }


def test_a_schedule_is_encrypted_and_gives_up_soon() -> None:
    for schedule in some(schedules().of(SCHEDULE)):
        assert schedule.inputs["kmsKeyArn"] == DATA_KEY
        assert schedule.inputs["flexibleTimeWindow"] == {"mode": "OFF"}
        assert schedule.inputs["target"]["retryPolicy"]["maximumEventAgeInSeconds"] == 900, (
            "a stop that is tried for hours would stop what someone has started by hand"
        )


def test_the_role_starts_and_stops_these_clusters_only() -> None:
    built = schedules()
    role = built.one("iam/role:Role", "data-hours").inputs
    (trusted,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trusted["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:scheduler:ap-south-1:123456789012:schedule-group/saleday-dev-hours"},
    }
    policy = json.loads(built.one("iam/rolePolicy:RolePolicy", "data-hours").inputs["policy"])
    clusters, key = policy["Statement"]
    assert clusters["Action"] == ["rds:StartDBCluster", "rds:StopDBCluster"]
    assert clusters["Resource"] == [
        "arn:aws:rds:ap-south-1:123456789012:cluster:saleday-dev-catalog",
        "arn:aws:rds:ap-south-1:123456789012:cluster:saleday-dev-orders",
    ]
    assert key["Action"] == ["kms:Decrypt"]
    assert key["Condition"]["ArnLike"] == {
        "kms:EncryptionContext:aws:scheduler:schedule:arn": (
            "arn:aws:scheduler:ap-south-1:123456789012:schedule/saleday-dev-hours/*"
        )
    }


def test_without_hours_everything_runs_day_and_night() -> None:
    assert small().of(SCHEDULE) == []
    assert small().of("scheduler/scheduleGroup:ScheduleGroup") == []


def test_hours_without_a_database_switch_nothing() -> None:
    built = build({"queues": [{"name": "orders"}]}, hours=HOURS)
    assert built.of("scheduler/scheduleGroup:ScheduleGroup") == []
