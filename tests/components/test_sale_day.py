"""The sale day: calls at their times with least privilege, quota requests, and the published proof."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from unittest import mock

import pulumi

from components.handles import EdgeHandle
from components.sale import SaleDay, SaleDayArgs
from devtools.recording.recorded import Recorded, Resource
from devtools.recording.recorder import record
from devtools.rehearsal.fake_outputs import functions
from sale.plan import Plan, compile_plan
from tests.components.service_tier import unknown
from tests.components.shared import ACCOUNT, REGION, keys, known, site, statements
from tests.configuration import service
from tests.sale.events import BEFORE, sale, shop
from tests.sale.test_plan import CLOSING, HOUR, OPENING, plan
from tests.some import some

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
                edge=edge(unknown() if preview else known(BALANCER)),
                alert_topic_arn=known(f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"),
            ),
        )

    return record(program, preview=preview)


def edge(balancer: pulumi.Output[str]) -> EdgeHandle:
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


def rights(recorded: Recorded) -> dict[str, dict[str, Any]]:
    return statements(recorded.one("aws:iam/rolePolicy:RolePolicy", "sale-schedules").inputs["policy"])


def test_a_database_is_raised_before_the_opening_and_comes_back() -> None:
    made = calls(built(), "rds:modifyDBCluster")
    assert made[0][0] == "at(2027-10-21T22:45:00)", "local time, an hour before those who wait"
    assert {one["DbClusterIdentifier"] for _, one in made} == {"saleday-dev-orders"}
    capacities = [one["ServerlessV2ScalingConfiguration"] for _, one in made]
    assert capacities[0] == {"MinCapacity": 82, "MaxCapacity": 128}
    assert capacities[-1] == {"MinCapacity": 2, "MaxCapacity": 128}, "the way back"


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
    assert up[0][1]["NewReplicaCount"] == 5
    assert down[-1][1] == {"ReplicationGroupId": "saleday-dev-pages", "NewReplicaCount": 1, "ApplyImmediately": True}
    assert up[0][0] < down[-1][0]


def test_the_load_balancer_reserves_capacity_and_lets_go_of_it() -> None:
    made = calls(built(), "elasticloadbalancingv2:modifyCapacityReservation")
    assert made[0][1] == {"LoadBalancerArn": BALANCER, "MinimumLoadBalancerCapacity": {"CapacityUnits": 2160}}
    assert made[-1][1] == {"LoadBalancerArn": BALANCER, "ResetCapacityReservation": True}


def test_the_role_makes_these_calls_on_these_resources_and_no_others() -> None:
    allowed = rights(built())
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
    for one in some(preview.of(SCHEDULE)):
        is_known = isinstance(one.inputs["target"]["input"], str) and one.inputs["target"]["input"].startswith("{")
        assert is_known == ("elasticloadbalancing" not in one.inputs["target"]["arn"]), one.name


def test_quotas_are_requested_by_their_codes_unless_settings_forbid_it() -> None:
    token = "aws:servicequotas/serviceQuota:ServiceQuota"
    assert {(one.inputs["serviceCode"], one.inputs["quotaCode"], one.inputs["value"]) for one in built().of(token)} == {
        ("fargate", "L-3032A538", 420)
    }
    assert not build(plan(quotas={"request": False})).of(token)


def requested(applied: float, given: Plan) -> Mapping[str, Resource]:
    """The quota resources by their codes, in an account that has so much of each by now."""

    def found(arguments: Mapping[str, Any], _: Any) -> dict[str, Any]:
        return {"id": "quota", **arguments, "value": applied}

    with mock.patch.dict(functions.FUNCTIONS, {"servicequotas/getServiceQuota": found}):
        made = build(given).of("aws:servicequotas/serviceQuota:ServiceQuota")
    return {one.inputs["quotaCode"]: one for one in made}


def test_a_request_is_never_for_less_than_what_is_applied() -> None:
    waiting = requested(100, plan())["L-3032A538"]
    assert (waiting.inputs["value"], waiting.ignore_changes) == (420, []), "asked for, and asked again if it grows"
    for applied in (420, 500):
        granted = requested(applied, plan())["L-3032A538"]
        assert granted.inputs["value"] == applied, (
            "the provider refuses less, and asks for nothing where it is the same"
        )
        assert granted.ignore_changes == ["value"], "AWS refuses to be asked again for what it has granted"


def test_base_load_asks_as_well_once_it_is_more_than_a_new_account_has() -> None:
    busy = {"cpu": 1024, "memory": 2048, "scaling": {"min": 9, "max": 9}, "capacity": {"base": 9}}
    quiet = compile_plan(shop(services=[service("ui", publicPaths=["/"], **busy)]), BEFORE)
    assert not quiet.events
    assert quiet.quotas == {"fargateVcpu": 10}
    assert requested(6, quiet)["L-3032A538"].inputs["value"] == 10
    assert requested(64, quiet)["L-3032A538"].inputs["value"] == 64


def test_what_is_done_stays_declared_as_eventbridge_scheduler_keeps_it() -> None:
    before = {one.name: one for one in built().of(SCHEDULE)}
    for now in (OPENING - 0.4 * HOUR, OPENING - 0.1 * HOUR, OPENING + HOUR, CLOSING + 12 * HOUR):
        later = build(plan(now))
        assert {one.name for one in later.of(SCHEDULE)} == set(before)
        for one in later.of(SCHEDULE):
            same = one.inputs.keys() - set(one.ignore_changes)
            assert {key: one.inputs[key] for key in same} == {key: before[one.name].inputs[key] for key in same}
        assert rights(later) == rights(built())


def test_a_deployment_that_comes_too_late_makes_up_for_nothing_but_the_warming() -> None:
    amid = build(plan(OPENING + HOUR))
    now = "at(2027-10-22T01:00:00)"
    for one in some(amid.of(SCHEDULE)):
        past, warms = one.inputs["scheduleExpression"] <= now, "-warm-" in one.name
        assert one.inputs["state"] == ("DISABLED" if past else "ENABLED")
        assert ("state" in one.ignore_changes) == (past or warms)
        assert not (past and warms), "it is warmed up in half an hour"


def test_a_higher_forecast_is_another_warming() -> None:
    def warming(given: Plan) -> set[str]:
        return {one.name for one in build(given).of(SCHEDULE) if "-warm-" in one.name}

    more = {"peakRequestsPerSecond": 30_000, "peakOrdersPerSecond": 200}
    assert warming(plan()) & warming(plan(BEFORE, sale(demand=more))) == set()


def test_what_is_about_to_change_is_told() -> None:
    for minutes, times in ((76, 1), (95, 0)):
        with mock.patch.object(pulumi.log, "warn") as warn:
            build(plan(OPENING - timedelta(minutes=minutes)))
        told = [call.args[0] for call in warn.call_args_list]
        assert [line.partition(", ")[0] for line in told if "midst" in line] == [
            "saleday:saleEvents: capacity changes at 2027-10-21T22:45+05:30"
        ] * times


def test_the_proof_is_published_with_the_component() -> None:
    registered = built().component("saleday:sale:SaleDay").registered[0]
    assert registered["events"] == ["diwali"]
    assert {"name", "kind", "on", "required", "perUnit", "unit", "setting"} <= registered["links"][0].keys()


def test_without_an_event_there_is_nothing_but_the_component() -> None:
    none = build(compile_plan(shop(), BEFORE))
    assert [one.token for one in none.all] == ["saleday:sale:SaleDay"]
    assert none.component("saleday:sale:SaleDay").registered == [{"events": [], "granted": {}, "links": []}]


def test_an_event_that_is_over_is_proved_no_more() -> None:
    over = build(plan(CLOSING + 12 * HOUR))
    assert over.component("saleday:sale:SaleDay").registered == [
        {"events": [], "granted": {"albReservedLcu": 5000}, "links": []}
    ]
