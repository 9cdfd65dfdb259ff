"""The sale day: calls at their times with least privilege, quota requests, and the published proof."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

import pulumi

from components.handles import EdgeHandle
from components.sale import SaleDay, SaleDayArgs
from rehearsal.recording.recorded import Recorded
from rehearsal.recording.recorder import record
from sale.plan import Plan
from tests.components.service_tier import ACCOUNT, REGION, keys, known, site, unknown
from tests.sale.events import BEFORE, sale
from tests.sale.test_plan import BIG, CLOSING, HOUR, OPENING, plan

BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/saleday-dev-shop/1"
SCHEDULE = "aws:scheduler/schedule:Schedule"


def build(given: Plan, *, preview: bool = False) -> Recorded:
    def program() -> None:
        SaleDay(
            "sale",
            SaleDayArgs(
                site=site(),
                keys=keys(),
                plan=given,
                edge=_edge(unknown() if preview else known(BALANCER)),
                alert_topic_arn=known(f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"),
            ),
        )

    return record(program, preview=preview)


def _edge(balancer: pulumi.Output[str]) -> EdgeHandle:
    return EdgeHandle(
        listener_arn=known("listener"),
        load_balancer_security_group_id=known("sg"),
        load_balancer_arn_suffix=known("app/saleday-dev-shop/1"),
        load_balancer_arn=balancer,
        load_balancer_name="saleday-dev-shop",
        distribution_id=known("E1"),
        url=known("https://shop.example"),
        web_acl_names={},
    )


@functools.cache
def built() -> Recorded:
    return build(plan())


def calls(recorded: Recorded, api: str) -> list[tuple[str, dict[str, Any]]]:
    """When and with what an API is called, in the order of the times."""
    found = [one.inputs for one in recorded.of(SCHEDULE) if one.inputs["target"]["arn"].endswith(f"aws-sdk:{api}")]
    return sorted((one["scheduleExpression"], json.loads(one["target"]["input"])) for one in found)


def statements(recorded: Recorded) -> Mapping[str, Any]:
    document = json.loads(recorded.one("aws:iam/rolePolicy:RolePolicy", "sale-schedules").inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_a_database_is_raised_before_the_opening_and_comes_back() -> None:
    made = calls(built(), "rds:modifyDBCluster")
    assert made[0][0] == "at(2027-10-21T22:45:00)", "local time, an hour before those who wait"
    assert {one["DbClusterIdentifier"] for _, one in made} == {"saleday-dev-orders"}
    capacities = [one["ServerlessV2ScalingConfiguration"] for _, one in made]
    assert capacities[0] == {"MinCapacity": 57.5, "MaxCapacity": 64}
    assert capacities[-1] == {"MinCapacity": 2, "MaxCapacity": 64}, "the way back"


def test_a_table_and_its_indexes_are_warmed_once() -> None:
    [(when, warm)] = [one for one in calls(built(), "dynamodb:updateTable") if "WarmThroughput" in one[1]]
    assert when == "at(2027-10-21T00:00:00)", "a day ahead"
    throughput = {"ReadUnitsPerSecond": 24_000, "WriteUnitsPerSecond": 12_000}
    assert warm == {
        "TableName": "saleday-dev-carts",
        "WarmThroughput": throughput,
        "GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "by-customer", "WarmThroughput": throughput}}],
    }


def test_a_tables_bound_rises_and_comes_back() -> None:
    bounds = [one["OnDemandThroughput"] for _, one in calls(built(), "dynamodb:updateTable") if "OnDemand" in str(one)]
    assert bounds[0] == {"MaxReadRequestUnits": 24_000}
    assert bounds[-1] == {"MaxReadRequestUnits": 5000}


def test_a_serverless_cache_is_raised_within_its_limits() -> None:
    made = calls(built(), "elasticache:modifyServerlessCache")
    limits = [one["CacheUsageLimits"] for _, one in made]
    assert limits[0] == {
        "DataStorage": {"Maximum": 10, "Unit": "GB"},
        "EcpuPerSecond": {"Maximum": 200_000, "Minimum": 60_000},
    }
    assert limits[-1]["EcpuPerSecond"]["Minimum"] == 1000, "the least that ElastiCache takes"


def test_a_cache_on_nodes_gets_replicas_and_gives_them_back() -> None:
    up, down = calls(built(), "elasticache:increaseReplicaCount"), calls(built(), "elasticache:decreaseReplicaCount")
    assert up[0][1]["NewReplicaCount"] == 4
    assert down[-1][1] == {"ReplicationGroupId": "saleday-dev-pages", "NewReplicaCount": 1, "ApplyImmediately": True}
    assert up[0][0] < down[-1][0]


def test_the_load_balancer_reserves_capacity_and_lets_go_of_it() -> None:
    made = calls(built(), "elasticloadbalancingv2:modifyCapacityReservation")
    assert made[0][1] == {"LoadBalancerArn": BALANCER, "MinimumLoadBalancerCapacity": {"CapacityUnits": 2162}}
    assert made[-1][1] == {"LoadBalancerArn": BALANCER, "ResetCapacityReservation": True}


def test_the_role_makes_these_calls_on_these_resources_and_no_others() -> None:
    allowed = statements(built())
    assert allowed["ModifyDBCluster"]["Resource"] == [f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:saleday-dev-orders"]
    assert allowed["UpdateTable"]["Resource"] == [f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/saleday-dev-carts"]
    assert allowed["ModifyCapacityReservation"]["Resource"] == [
        f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/saleday-dev-shop/*"
    ]
    actions = {action for statement in allowed.values() for action in statement["Action"]}
    assert actions == {
        "dynamodb:UpdateTable",
        "elasticache:DecreaseReplicaCount",
        "elasticache:IncreaseReplicaCount",
        "elasticache:ModifyServerlessCache",
        "elasticloadbalancing:ModifyCapacityReservation",
        "kms:Decrypt",
        "rds:ModifyDBCluster",
    }


def test_schedules_are_encrypted_and_a_failing_call_rings() -> None:
    for one in built().of(SCHEDULE):
        assert one.inputs["kmsKeyArn"].endswith("key/data")
        assert one.inputs["groupName"] == "saleday-dev-sale"
        assert len(one.inputs["name"]) <= 64, "Scheduler's longest name"
    alarm = built().one("aws:cloudwatch/metricAlarm:MetricAlarm").inputs
    assert alarm["dimensions"] == {"ScheduleGroup": "saleday-dev-sale"}
    assert alarm["alarmActions"]


def test_a_preview_knows_every_call_but_the_load_balancers() -> None:
    preview = build(plan(), preview=True)
    for one in preview.of(SCHEDULE):
        is_known = isinstance(one.inputs["target"]["input"], str) and one.inputs["target"]["input"].startswith("{")
        assert is_known == ("elasticloadbalancing" not in one.inputs["target"]["arn"]), one.name


def test_quotas_are_requested_by_their_codes_unless_settings_forbid_it() -> None:
    token = "aws:servicequotas/serviceQuota:ServiceQuota"
    assert {(one.inputs["serviceCode"], one.inputs["quotaCode"], one.inputs["value"]) for one in built().of(token)} == {
        ("fargate", "L-3032A538", 420)
    }
    assert not build(plan(quotas={"request": False})).of(token)


def test_in_the_middle_of_a_sale_only_what_is_to_come_is_scheduled() -> None:
    amid = build(plan(OPENING + HOUR))
    times = [one.inputs["scheduleExpression"] for one in amid.of(SCHEDULE)]
    assert times
    assert min(times) > "at(2027-10-22T01:00:00)", "AWS refuses a time in the past"
    assert calls(amid, "rds:modifyDBCluster")[-1][1]["ServerlessV2ScalingConfiguration"]["MinCapacity"] == 2


def test_the_proof_is_published_with_the_component() -> None:
    registered = built().component("saleday:sale:SaleDay").registered[0]
    assert registered["events"] == ["diwali"]
    assert {"name", "kind", "on", "required", "perUnit", "unit", "setting"} <= registered["links"][0].keys()


def test_without_an_event_there_is_nothing_but_the_component() -> None:
    over = build(plan(CLOSING + 12 * HOUR))
    assert [one.token for one in over.all] == ["saleday:sale:SaleDay"]
    assert over.component("saleday:sale:SaleDay").registered == [{"events": [], "links": []}]
    assert plan(BEFORE, sale(demand=BIG)).events, "and with one there is"
