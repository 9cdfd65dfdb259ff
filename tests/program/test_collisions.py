"""No two changes of one thing at one time, where AWS refuses the second: neither by the engine, which makes at once
what does not wait for each other, nor by schedules.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any, Final

import pytest

from devtools.recording.recorded import Recorded, Resource
from tests.program import variants
from tests.program.variants import recorded_variant

Inputs = Mapping[str, Any]


def _scalable_target(inputs: Inputs) -> str:
    return " ".join(str(inputs[key]) for key in ("serviceNamespace", "scalableDimension", "resourceId"))


# By type: what AWS changes with it, one change at a time, and who says so.
ONE_AT_A_TIME: Final[dict[str, Callable[[Inputs], str]]] = {
    # ConcurrentUpdateException, not retried: hashicorp/terraform-provider-aws #17915 and hashicorp/terraform #14258.
    "aws:appautoscaling/policy:Policy": _scalable_target,
    "aws:appautoscaling/scheduledAction:ScheduledAction": _scalable_target,
    # AlreadyExists for schedules: TerraConstructs/base #127; ResourceContentionFault of PutScalingPolicy and
    # PutScheduledUpdateGroupAction: botocore's model of autoscaling.
    "aws:autoscaling/policy:Policy": lambda inputs: f"group {inputs['autoscalingGroupName']}",
    "aws:autoscaling/schedule:Schedule": lambda inputs: f"group {inputs['autoscalingGroupName']}",
    # InvalidUserGroupState: hashicorp/terraform-provider-aws #37911.
    "aws:elasticache/userGroupAssociation:UserGroupAssociation": lambda inputs: f"users {inputs['userGroupId']}",
    # ResourceInUseException: EKS API, CreateFargateProfile, "only one Fargate profile in a cluster at a time".
    "aws:eks/fargateProfile:FargateProfile": lambda inputs: f"profiles {inputs['clusterName']}",
}
# What a universal target of EventBridge Scheduler changes, by the parameter that names it.
NAMES: Final = (
    "TableName",
    "DbClusterIdentifier",
    "ServerlessCacheName",
    "ReplicationGroupId",
    "LoadBalancerArn",
)


def waits_for(program: Recorded) -> dict[str, set[str]]:
    """By URN: everything that is there before it, at any remove."""
    before: dict[str, set[str]] = {}
    for resource in program.all:  # in the order of registration, so that what it waits for comes first
        direct = {*resource.dependencies, resource.parent}
        before[resource.urn] = direct.union(*(before.get(urn, set()) for urn in direct))
    return before


def at_once(program: Recorded) -> Iterator[tuple[str, str, str]]:
    """Each two changes of one thing that do not wait for each other."""
    groups: dict[str, list[Resource]] = defaultdict(list)
    for resource in program.all:
        if resource.token in ONE_AT_A_TIME:
            groups[ONE_AT_A_TIME[resource.token](resource.inputs)].append(resource)
    before = waits_for(program)
    for thing, changes in groups.items():
        for one, other in combinations(changes, 2):
            if one.urn not in before[other.urn] and other.urn not in before[one.urn]:
                yield thing, one.name, other.name


def scheduled(program: Recorded) -> Iterator[tuple[str, str, str]]:
    """Each change by a schedule: thing, time and time zone."""
    for schedule in program.of("aws:scheduler/schedule:Schedule"):
        given = json.loads(schedule.inputs["target"].get("input", "{}"))
        thing = next((f"{name} {given[name]}" for name in NAMES if name in given), schedule.name)
        yield thing, schedule.inputs["scheduleExpression"], schedule.inputs.get("scheduleExpressionTimezone", "UTC")
    for action in program.of("aws:appautoscaling/scheduledAction:ScheduledAction"):
        yield _scalable_target(action.inputs), action.inputs["schedule"], action.inputs.get("timezone", "UTC")
    for action in program.of("aws:autoscaling/schedule:Schedule"):
        yield action.inputs["autoscalingGroupName"], action.inputs["recurrence"], action.inputs.get("timeZone", "UTC")


@pytest.mark.parametrize("name", variants.NAMES)
def test_the_engine_changes_no_thing_twice_at_a_time(name: str) -> None:
    assert list(at_once(recorded_variant(name))) == []


@pytest.mark.parametrize("name", variants.NAMES)
def test_no_two_schedules_change_one_thing_in_one_minute(name: str) -> None:
    times = Counter(scheduled(recorded_variant(name)))
    assert [change for change, count in times.items() if count > 1] == []


def test_there_is_something_to_keep_apart() -> None:
    sale, instances = recorded_variant("sale-event"), recorded_variant("ec2")
    found = {resource.token for program in (sale, instances) for resource in program.all}
    assert found >= {
        "aws:appautoscaling/scheduledAction:ScheduledAction",
        "aws:autoscaling/policy:Policy",
        "aws:scheduler/schedule:Schedule",
    }
