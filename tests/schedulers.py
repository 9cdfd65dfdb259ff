"""What AWS's own schedulers make of a deployed stack as time passes, after AWS's user guides and not after the program.

A scheduled action of Application Auto Scaling sets the bounds that it names and leaves the others; one of EC2 Auto
Scaling does the same to a group. EventBridge Scheduler calls an API within the minute, tries again what is refused, and
keeps a schedule without `ActionAfterCompletion: DELETE`. RDS refuses to modify a cluster that is stopped. A one-time
action of Application Auto Scaling that has run is taken to be gone, as its twin of EC2 Auto Scaling is
(DescribeScheduledActions lists those "that haven't run"). Cron in a time zone follows local clocks: a time that they
skip does not come, one that they show twice comes once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from devtools.recording.recorded import Recorded, Resource

ACTION: Final = "aws:appautoscaling/scheduledAction:ScheduledAction"
TARGET: Final = "aws:appautoscaling/target:Target"
GROUP: Final = "aws:autoscaling/group:Group"
GROUP_SCHEDULE: Final = "aws:autoscaling/schedule:Schedule"
SCHEDULE: Final = "aws:scheduler/schedule:Schedule"
CLUSTER: Final = "aws:rds/cluster:Cluster"
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def times(expression: str, zone: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """When a schedule fires in (after, until]: `at(…)`, `cron(…)` with six fields, or Unix cron with five."""
    tz = ZoneInfo(zone)
    if expression.startswith("at("):
        moment = datetime.fromisoformat(expression[3:-1]).replace(tzinfo=tz).astimezone(UTC)
        if after < moment <= until:
            yield moment
        return
    match = re.fullmatch(r"(?:cron\()?(\d+) (\d+) [?*] \* (\S+?)(?: \*\))?", expression)
    assert match is not None, f"no cron that this model reads: {expression}"
    allowed = _days(match[3])
    day = after.astimezone(tz).date() - timedelta(days=1)
    while day <= until.astimezone(tz).date():
        local = datetime.combine(day, time(int(match[2]), int(match[1])))
        moment = local.replace(tzinfo=tz).astimezone(UTC)
        exists = moment.astimezone(tz).replace(tzinfo=None) == local
        if exists and _DAYS[day.isoweekday() % 7] in allowed and after < moment <= until:
            yield moment
        day += timedelta(days=1)


def _days(text: str) -> set[str]:
    if text in ("?", "*"):
        return set(_DAYS)
    found: set[str] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        found |= {_DAYS[(begin + number) % 7] for number in range((end - begin) % 7 + 1)}
    return found


@dataclass
class World:
    """A stack as AWS holds it: inputs by URN, changed by schedulers as time passes."""

    held: dict[str, Resource]
    inputs: dict[str, dict[str, Any]]
    at: datetime
    stopped: set[str] = field(default_factory=set)
    """Identifiers of clusters that are stopped."""
    refused: list[str] = field(default_factory=list)
    """Calls that AWS answered with an error to the end."""

    @classmethod
    def of(cls, recorded: Recorded, at: datetime) -> World:
        """What a deployment at a time has made."""
        held = {one.urn: one for one in recorded.resources if one.custom}
        return cls(held, {urn: deepcopy(dict(one.inputs)) for urn, one in held.items()}, at)

    def until(self, end: datetime) -> World:
        """The same later."""
        happens = sorted(
            (moment, number, urn)
            for number, (urn, expression, zone) in enumerate(self._expressions())
            for moment in times(expression, zone, self.at, end)
        )
        for moment, _, urn in happens:
            if urn in self.inputs:
                self._fire(urn, moment, end)
        self.at = end
        return self

    def _of(self, token: str) -> list[str]:
        return [urn for urn, one in self.held.items() if one.token == token]

    def _expressions(self) -> Iterator[tuple[str, str, str]]:
        for urn in self._of(ACTION):
            yield urn, self.inputs[urn]["schedule"], self.inputs[urn].get("timezone", "UTC")
        for urn in self._of(GROUP_SCHEDULE):
            yield urn, self.inputs[urn]["recurrence"], self.inputs[urn].get("timeZone", "UTC")
        for urn in self._of(SCHEDULE):
            one = self.inputs[urn]
            if one.get("state", "ENABLED") == "ENABLED":
                yield urn, one["scheduleExpression"], one.get("scheduleExpressionTimezone", "UTC")

    def _fire(self, urn: str, moment: datetime, end: datetime) -> None:
        one, token = self.inputs[urn], self.held[urn].token
        if token == ACTION:
            target = self._named(TARGET, "resourceId", one["resourceId"])
            bounds = target | one["scalableTargetAction"]
            if bounds["minCapacity"] > bounds["maxCapacity"]:
                self.refused.append(f"{one['name']}: {bounds['minCapacity']} to {bounds['maxCapacity']} tasks")
            else:
                target |= one["scalableTargetAction"]
            if one["schedule"].startswith("at("):
                del self.inputs[urn], self.held[urn]
        elif token == GROUP_SCHEDULE:
            group = self._named(GROUP, "name", one["autoscalingGroupName"])
            group |= {key: one[key] for key in ("minSize", "maxSize") if one.get(key, -1) != -1}
        elif one["target"]["arn"].startswith("arn:aws:scheduler:::aws-sdk:"):
            api = one["target"]["arn"].removeprefix("arn:aws:scheduler:::aws-sdk:")
            parameters = json.loads(one["target"]["input"])
            age = timedelta(seconds=one["target"].get("retryPolicy", {}).get("maximumEventAgeInSeconds", 86_400))
            if not self._call(api, parameters, moment, age):
                self.refused.append(f"{one['name']}: {api} at {moment}")

    def _call(self, api: str, given: Mapping[str, Any], moment: datetime, age: timedelta) -> bool:
        if api.startswith("rds:"):
            return self._rds(api, given, moment, age)
        if api == "dynamodb:updateTable":
            table = self._named("aws:dynamodb/table:Table", "name", given["TableName"])
            for key, value in given.get("OnDemandThroughput", {}).items():
                table.setdefault("onDemandThroughput", {})[key[0].lower() + key[1:]] = value
        elif api == "elasticache:modifyServerlessCache":
            cache = self._named("aws:elasticache/serverlessCache:ServerlessCache", "name", given["ServerlessCacheName"])
            second = given["CacheUsageLimits"]["EcpuPerSecond"]
            cache["cacheUsageLimits"]["ecpuPerSeconds"] = [{"maximum": second["Maximum"], "minimum": second["Minimum"]}]
        elif api.startswith("elasticache:") and api.endswith("ReplicaCount"):
            token = "aws:elasticache/replicationGroup:ReplicationGroup"
            group = self._named(token, "replicationGroupId", given["ReplicationGroupId"])
            sharded = "replicasPerNodeGroup" in group
            key, count = ("replicasPerNodeGroup", 0) if sharded else ("numCacheClusters", 1)
            before, after = group[key], given["NewReplicaCount"] + count
            if (after > before) != ("increase" in api) or after == before:
                return False  # InvalidParameterValue: not an increase, or not a decrease
            group[key] = after
        elif api == "elasticloadbalancingv2:modifyCapacityReservation":
            balancer = self._named("aws:lb/loadBalancer:LoadBalancer")
            balancer.pop("minimumLoadBalancerCapacity", None)
            if (units := given.get("MinimumLoadBalancerCapacity")) is not None:
                balancer["minimumLoadBalancerCapacity"] = {"capacityUnits": units["CapacityUnits"]}
        else:
            raise AssertionError(f"no call that this model makes: {api}")
        return True

    def _rds(self, api: str, given: Mapping[str, Any], moment: datetime, age: timedelta) -> bool:
        cluster, name = (
            self._named(CLUSTER, "clusterIdentifier", given["DbClusterIdentifier"]),
            given["DbClusterIdentifier"],
        )
        if api == "rds:stopDBCluster":
            self.stopped.add(name)
        elif api == "rds:startDBCluster":
            self.stopped.discard(name)
        elif api == "rds:modifyDBCluster":
            if name in self.stopped and not self._starts(name, moment, moment + age):
                return False
            scaling = given["ServerlessV2ScalingConfiguration"]
            cluster["serverlessv2ScalingConfiguration"] |= {
                "minCapacity": scaling["MinCapacity"],
                "maxCapacity": scaling["MaxCapacity"],
            }
        else:
            raise AssertionError(f"no call that this model makes: {api}")
        return True

    def _starts(self, cluster: str, after: datetime, until: datetime) -> bool:
        """Whether a schedule starts a cluster while a call is still tried again."""
        return any(
            next(times(one["scheduleExpression"], one["scheduleExpressionTimezone"], after, until), None)
            for one in (self.inputs[urn] for urn in self._of(SCHEDULE))
            if one["target"]["arn"].endswith("rds:startDBCluster") and cluster in one["target"]["input"]
        )

    def _named(self, token: str, key: str = "", value: object = None) -> dict[str, Any]:
        [found] = [self.inputs[urn] for urn in self._of(token) if not key or self.inputs[urn][key] == value]
        return found

    def differences(self, declared: Recorded) -> list[str]:
        """What `pulumi preview --refresh` would change: what is made, deleted and updated."""
        wanted = {one.urn: one for one in declared.resources if one.custom}
        told = [f"create {name(urn)}" for urn in wanted.keys() - self.inputs.keys()]
        told += [f"delete {name(urn)}" for urn in self.inputs.keys() - wanted.keys()]
        for urn in wanted.keys() & self.inputs.keys():
            has, wants, ignored = self.inputs[urn], wanted[urn].inputs, wanted[urn].ignore_changes
            told += [
                f"update {name(urn)} {key}: {has.get(key)!r} to {wants.get(key)!r}"[:300]
                for key in sorted((has.keys() | wants.keys()) - set(ignored))
                if has.get(key) != wants.get(key)
            ]
        return sorted(told)


def name(urn: str) -> str:
    return "::".join(urn.split("::")[2:]).rpartition("$")[2]
