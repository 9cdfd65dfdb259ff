"""The experiments of a stack: one a fault, on what the simulation takes, stopped by alarms, started outside sales."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from components.game_day.experiments import Targets, Tasks, experiments
from components.game_day.lever import lever_times
from components.site import Site
from devtools.conformance import recordings, variants
from devtools.paths import EXAMPLE_STACKS
from devtools.recording.recorded import Recorded, Resource
from sale.plan import compile_plan
from sale.simulation import scenarios
from sale.simulation.adapter import BALANCER
from sale.simulation.window import window
from settings.stack_file import read
from specs.delivery import Freeze

TEMPLATE = "aws:fis/experimentTemplate:ExperimentTemplate"
NOW = datetime(2030, 10, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def stack() -> Recorded:
    return recordings.record(next(one for one in variants.examples_and_overlays() if one.name == "game-day"))


@pytest.fixture(scope="module")
def templates(stack: Recorded) -> dict[str, Resource]:
    return {one.name.removeprefix("game-day-"): one for one in stack.all if one.token == TEMPLATE}


def inputs(template: Resource, field: str) -> list[dict[str, Any]]:
    return template.inputs[field]


def test_each_fault_that_is_made_is_a_scenario_of_the_simulation(templates: dict[str, Resource]) -> None:
    assert set(templates) == {"az-lost", "tasks-killed", "spot-reclaimed", "database-failover"}
    assert set(templates) <= set(scenarios.SCENARIOS)


@pytest.mark.parametrize("fault", ["az-lost", "tasks-killed", "spot-reclaimed", "database-failover"])
def test_an_experiment_takes_what_the_simulation_takes(fault: str, templates: dict[str, Resource]) -> None:
    plan = compile_plan(read("prod", EXAMPLE_STACKS), NOW)
    event, span = plan.events[0], window(plan.events[0], longest=8000)
    played = scenarios.model(plan, event, span, scenarios.SCENARIOS[fault])
    usual = scenarios.model(plan, event, span, scenarios.SCENARIOS["plan"])
    removed = {action.station for action in set(played.actions) - set(usual.actions)}
    taken = set()
    for target in inputs(templates[fault], "targets"):
        match target["resourceType"]:
            case "aws:ecs:task":
                taken.add(target["parameters"]["service"].removeprefix("saleday-prod-"))
            case "aws:rds:cluster":
                taken |= {f"database {arn.split('saleday-prod-')[1]}" for arn in target["resourceArns"]}
            case "aws:elasticache:replicationgroup":
                taken |= {f"cache {arn.split('saleday-prod-')[1]}" for arn in target["resourceArns"]}
            case "aws:ec2:subnet":
                taken.add(BALANCER)
    assert taken == removed


def test_a_target_that_matches_nothing_fails_and_alarms_stop_it(templates: dict[str, Resource]) -> None:
    for template in templates.values():
        assert template.inputs["experimentOptions"]["emptyTargetResolutionMode"] == "fail"
        conditions = inputs(template, "stopConditions")
        assert 1 <= len(conditions) <= 5
        assert all(one["source"] == "aws:cloudwatch:alarm" for one in conditions)


def test_the_alarms_that_stop_it_exist(stack: Recorded, templates: dict[str, Resource]) -> None:
    alarms = {one.inputs["name"] for one in stack.all if one.token == "aws:cloudwatch/metricAlarm:MetricAlarm"}
    for template in templates.values():
        assert {one["value"].rpartition(":")[2] for one in inputs(template, "stopConditions")} <= alarms


def test_no_start_reaches_into_a_freeze_or_sale(stack: Recorded) -> None:
    policy = next(one for one in stack.all if one.name == "game-day-starter" and one.token == "aws:iam/policy:Policy")
    denials = [one for one in json.loads(policy.inputs["policy"])["Statement"] if one["Effect"] == "Deny"]
    shop = read("prod", EXAMPLE_STACKS)
    sale = next(one for one in shop.freezes if one.name == shop.sale_events[0].name)
    ends = {one["Condition"]["DateLessThan"]["aws:CurrentTime"] for one in denials}
    assert sale.end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") in ends
    assert all(one["Action"] == ["fis:StartExperiment"] and one["Resource"] == ["*"] for one in denials)


def test_fis_takes_every_template(templates: dict[str, Resource]) -> None:
    with mock_aws():
        fis = boto3.client("fis", region_name="ap-south-1")
        for name, template in templates.items():
            made = fis.create_experiment_template(
                description=template.inputs["description"],
                roleArn=f"arn:aws:iam::123456789012:role/{name}",
                stopConditions=inputs(template, "stopConditions"),
                targets={
                    one["name"]: {key: value for key, value in one.items() if key != "name"}
                    for one in inputs(template, "targets")
                },
                actions={
                    one["name"]: {
                        "actionId": one["actionId"],
                        "parameters": {each["key"]: each["value"] for each in one.get("parameters", ())},
                        "targets": {one["target"]["key"]: one["target"]["value"]},
                    }
                    for one in inputs(template, "actions")
                },
            )
            assert made["experimentTemplate"]["id"]


def test_a_fault_that_takes_nothing_is_refused() -> None:
    site = Site(
        project="saleday", stack="dev", region="ap-south-1", account_id="1" * 12, owner="o", cost_centre="c",
        production=False, zones=("ap-south-1a",),
    )  # fmt: skip
    steady = Tasks(service="ui", service_name="saleday-dev-ui", min_tasks=1, on_spot=False)
    nothing = Targets(
        cluster_name="saleday-dev", tasks=[steady], databases={}, orders_database=None, caches={}, subnet_ids=[],
        zone="ap-south-1a", minutes=10,
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"gameDay\.faults: .* \(got spot-reclaimed\)"):
        experiments(["spot-reclaimed"], site, nothing)
    [stop] = experiments(["tasks-killed"], site, nothing)["tasks-killed"]
    assert stop.selection == "ALL", "half of one task is none, which FIS refuses"


def test_freezes_that_overlap_are_one_pull_of_the_lever() -> None:
    days = [datetime(2027, 10, day, tzinfo=UTC) for day in range(1, 6)]
    freezes = [Freeze(name="a-b", start=days[0], end=days[2]), Freeze(name="b-c", start=days[1], end=days[3])]
    assert lever_times(freezes, days[0]) == [(days[3], "disengaged")]
    assert lever_times(freezes, NOW.replace(year=2026)) == [(days[0], "engaged"), (days[3], "disengaged")]
