"""What is counted against an account's quotas: every counter at its limit and one above, and the table it reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aws_facts.quotas import TABLE as SOURCE
from policy.pack import counts
from policy.pack.counts.capacity import vcpu_of
from policy.pack.graph import Graph
from policy.pack.limits import exceeded, needs
from policy.pack.quotas import table
from policy.pack.resource import Resource
from policy.pack.values import Unknown
from tests.each import for_each
from tests.policy.limit_shapes import SHAPES
from tests.policy.shapes import FEW, PERMISSION, made


def told(stack: list[Resource], granted: Mapping[str, float]) -> list[str]:
    return [str(excess) for excess in exceeded(Graph(stack), granted)]


@for_each(SHAPES)
def test_a_counter_lets_the_limit_pass_and_tells_of_one_more(quota: str) -> None:
    shape = SHAPES[quota]
    few = FEW * PERMISSION if quota == "functionPolicySize" else FEW
    granted = {quota: float(few)}
    assert not [line for line in told(shape(FEW), granted) if line.startswith(table()[quota].title)]
    [line] = [line for line in told(shape(FEW + 1), granted) if line.startswith(table()[quota].title)]
    assert f"{few} at most" in line
    assert "\n" not in line
    assert table()[quota].remedy in line


def test_every_quota_that_is_counted_is_tried() -> None:
    folder = Path(counts.__file__).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    named = {name for name in re.findall(r'"([a-zA-Z0-9]+)"', text) if name in table()}
    scoped = {
        f"{name}{scope}" for name in re.findall(r'_scoped\("(\w+)"', text) for scope in ("Regional", "Cloudfront")
    }
    assert (named | scoped) - {"lambdaUnreserved"} == set(SHAPES)


def test_the_pack_has_a_copy_of_the_table_of_quotas() -> None:
    copy = Path(counts.__file__).parents[2] / "data" / "quotas.json"
    assert copy.read_text() == SOURCE.read_text(), "cp aws_facts/data/quotas.json policy/data/"


@for_each(SHAPES)
def test_what_is_not_known_yet_is_never_too_much(quota: str) -> None:
    shape = SHAPES[quota]
    blind = [
        Resource(one.token, one.name, dict.fromkeys(one.data, Unknown()), urn=one.urn, links=one.links)
        for one in shape(1)
    ]
    assert not [line for line in told(blind, {quota: 1.0}) if line.startswith(table()[quota].title)]


def test_a_policy_is_measured_without_white_space_and_in_its_own_words() -> None:
    body = {"Version": "2012-10-17", "Statement": [{"Action": "s3:*", "Resource": "x" * 6000, "Effect": "Allow"}]}
    size = len(json.dumps(body, separators=(",", ":")))
    policies = [made("aws:iam/policy:Policy", "wide", policy=json.dumps(body, indent=4))]
    assert told(policies, {}) == []
    assert told(policies, {"managedPolicySize": size}) == []
    [line] = told(policies, {"managedPolicySize": size - 1})
    assert f"Policy wide takes {size:,} characters" in line


def test_the_worst_is_named_and_the_others_are_counted() -> None:
    roles = [made("aws:iam/role:Role", name, managedPolicyArns=["arn"] * count) for name, count in FAT.items()]
    [line] = told(roles, {})
    assert "Role fattest takes 30 policies (and 1 more), 20 at most" in line


FAT = {"lean": 3, "fat": 21, "fattest": 30}


def test_regions_and_accounts_are_counted_apart() -> None:
    def addresses(region: str, account: str, count: int) -> list[Resource]:
        arn = f"arn:aws:ec2:{region}:{account}:elastic-ip/eipalloc-1"
        return [
            made("aws:ec2/eip:Eip", f"{region}-{account}-{number}", arn=arn, region=region) for number in range(count)
        ]

    here, there = addresses("ap-south-1", "111111111111", 5), addresses("eu-west-1", "111111111111", 5)
    assert told([*here, *there, *addresses("ap-south-1", "222222222222", 5)], {}) == []
    assert len(told([*here, *addresses("ap-south-1", "111111111111", 6)[5:]], {})) == 1


def test_a_request_of_the_stack_raises_what_tasks_wait_for_and_what_is_granted_goes_before_the_default() -> None:
    stack = fleet(tasks=8, scheduled=30)
    [line] = told(stack, {})
    assert "ap-south-1 takes 30 vCPU, 6 at most; once AWS has raised it (fargate L-3032A538)" in line
    [line] = told(stack, {"fargateVcpu": 10.0})
    assert "takes 30 vCPU at the most that is scheduled, 10 at most" in line
    assert told(stack, {"fargateVcpu": 30.0}) == []
    request = {"serviceCode": "fargate", "quotaCode": "L-3032A538", "value": 30}
    assert told([*stack, made("aws:servicequotas/serviceQuota:ServiceQuota", "more", **request)], {}) == []
    published = made("saleday:sale:SaleDay", "sale", granted={"fargateVcpu": 30})
    assert told([*stack, published], {}) == []


def test_what_the_account_needs_is_told_at_base_load_and_at_the_most_that_is_scheduled() -> None:
    [fargate] = [need for need in needs(Graph(fleet(tasks=8, scheduled=30))) if need.quota == "fargateVcpu"]
    assert (fargate.place, fargate.base, fargate.sale) == ("ap-south-1", 8, 30)
    [spot] = [need for need in needs(Graph(fleet(tasks=8, scheduled=30, spot=1))) if need.quota == "fargateSpotVcpu"]
    assert (spot.base, spot.sale) == (3, 14), "beyond its base of two, half of the tasks"


def fleet(*, tasks: int, scheduled: int, spot: int = 0) -> list[Resource]:
    """One service of a vCPU a task, whose fewest tasks a schedule raises."""
    place = {"region": "ap-south-1"}
    name = "service/shop/ui"
    strategies = [{"capacityProvider": "FARGATE", "base": 2, "weight": 1}]
    strategies += [{"capacityProvider": "FARGATE_SPOT", "weight": spot}] if spot else []
    return [
        made("aws:ecs/cluster:Cluster", "cluster", name="shop", arn="arn:cluster", **place),
        made("aws:ecs/taskDefinition:TaskDefinition", "task", family="ui", arn="arn:task", cpu="1024", **place),
        made(
            "aws:ecs/service:Service",
            "ui",
            name="ui",
            cluster="arn:cluster",
            taskDefinition="arn:task",
            desiredCount=tasks,
            capacityProviderStrategies=strategies,
            **place,
        ),
        made("aws:appautoscaling/target:Target", "scaling", resourceId=name, minCapacity=tasks, maxCapacity=200),
        made(
            "aws:appautoscaling/scheduledAction:ScheduledAction",
            "opening",
            resourceId=name,
            scalableTargetAction={"minCapacity": scheduled},
        ),
    ]


def test_reserved_environments_leave_what_aws_lets_nobody_reserve() -> None:
    def reserving(count: int) -> list[Resource]:
        return [made("aws:lambda/function:Function", "worker", reservedConcurrentExecutions=count, region="eu-west-1")]

    [line] = told(reserving(1), {})
    assert "eu-west-1 takes 101 environments, 10 at most" in line, "a new account has ten, and keeps them"
    assert told(reserving(900), {"lambdaConcurrency": 1000}) == []
    assert len(told(reserving(901), {"lambdaConcurrency": 1000})) == 1
    assert told(reserving(-1), {}) == []
    request = {"serviceCode": "lambda", "quotaCode": "L-B99A9384", "value": 1000}
    waiting = made("aws:servicequotas/serviceQuota:ServiceQuota", "more", **request)
    assert len(told([*reserving(1), waiting], {})) == 1, "AWS refuses a reservation before it has granted the request"


def test_vcpu_of_an_instance_type_is_what_ec2_says() -> None:
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    old = re.compile(r"^([a-z]1|m2|t1|c4\.8xlarge|d2\.8xlarge)\b")
    wrong = {
        name: vcpu_of(name)
        for name, known in INSTANCE_TYPES.items()
        if not old.match(name) and vcpu_of(name)[1] and vcpu_of(name)[0] != known["VCpuInfo"]["DefaultVCpus"]
    }
    assert wrong == {}
    counted = {
        "m7g.large",
        "t4g.nano",
        "c6g.xlarge",
        "i4i.large",
        "z1d.large",
        "hpc7g.4xlarge",
        "g5.xlarge",
        "inf2.xlarge",
    }
    assert {name for name in counted if vcpu_of(name)[1]} == counted - {"hpc7g.4xlarge", "g5.xlarge", "inf2.xlarge"}


@pytest.mark.parametrize(
    "broken", [None, [], "", "{", "[]", "null", 7, True, {"Statement": None}, [[]], {"": {}}, {"a": [None]}], ids=repr
)
def test_nothing_that_a_property_may_hold_breaks_a_counter(broken: Any) -> None:
    for shape in SHAPES.values():
        for one in shape(2):
            for path in one.data:
                told([Resource(one.token, one.name, {**one.data, path: broken}, urn=one.urn)], {})
