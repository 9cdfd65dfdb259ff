"""vCPU of Fargate and of instances, and reserved environments of Lambda: at base load, and as schedules raise them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from ..graph import Graph
from ..quotas import table
from ..resource import Resource
from ..tokens import AUTO_SCALING_GROUP, ECS_CLUSTER, ECS_SERVICE, INSTANCE, LAMBDA, LAUNCH_TEMPLATE, TASK_DEFINITION
from ..values import Block, Unknown
from .base import Counter, Places, QuotaUse, known_or

SCALABLE_TARGET = "aws:appautoscaling/target:Target"
SCHEDULED_ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
SCHEDULE = "aws:scheduler/schedule:Schedule"
GROUP_SCHEDULE = "aws:autoscaling/schedule:Schedule"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
CLUSTER_PROVIDERS = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"

_FARGATE = {"FARGATE": "fargateVcpu", "FARGATE_SPOT": "fargateSpotVcpu"}
_UNITS: Final = 1024  # CPU units of a vCPU
_TYPE: Final = re.compile(r"^([a-z]+)(\d+)[a-z\-]*\.(?:(\d*)xlarge|(nano|micro|small|medium|large))$")
_STANDARD: Final = frozenset("acdhimrtz")
"""First letters of the instance families that the standard quotas count; other families have their own quotas."""
_SPECIAL: Final = frozenset(("dl", "hpc", "inf", "mac", "trn"))

Split = dict[str, tuple[float, float]]
"""By quota: vCPU at base load, and at the most that is scheduled."""


class ScheduledCapacity:
    """Highest scheduled minimum of each scalable target or Auto Scaling group, by resource id or URN."""

    def __init__(self, graph: Graph) -> None:
        self.highest: dict[str, float] = defaultdict(float)
        self.minimum: dict[str, float] = {}
        ids: dict[str, str] = {}
        for target in graph.of(SCALABLE_TARGET):
            name = target.raw("resourceId")
            if isinstance(name, str):
                ids[target.urn] = name
                self.minimum[name] = known_or(0.0, lambda target=target: target.number("minCapacity") or 0.0)
        for action in graph.of(SCHEDULED_ACTION):
            value = action.raw("resourceId")
            linked = [ids[urn] for urn in action.linked("resourceId") if urn in ids]
            for name in [value] if isinstance(value, str) else linked:
                self._raise(name, action, "scalableTargetAction.minCapacity")
        for action in graph.of(GROUP_SCHEDULE):
            groups = known_or(
                [], lambda action=action: graph.targets(action, "autoscalingGroupName", AUTO_SCALING_GROUP)
            )
            for group in groups:
                self._raise(group.urn, action, "minSize")

    def _raise(self, name: str, action: Resource, path: str) -> None:
        lowest = known_or(0.0, lambda: action.number(path) or 0.0)
        self.highest[name] = max(self.highest[name], lowest)


def vcpu_of(instance_type: str) -> tuple[float, bool]:
    """vCPU of an instance type by its size, and whether the quota of standard instances counts it.

    An xlarge has four, and so on in proportion. A medium has one but in the burstable families, which have two from
    nano to large.
    """
    match = _TYPE.match(instance_type)
    if match is None:
        return 0.0, False
    family, generation, factor, small = match[1], match[2], match[3], match[4]
    standard = family[0] in _STANDARD and family not in _SPECIAL
    if small is None:
        return 4.0 * int(factor or 1), standard
    if (family, generation) == ("t", "2"):
        return 2.0 if small in ("medium", "large") else 1.0, standard
    return 2.0 if small == "large" or family == "t" else 1.0, standard


def _fargate(graph: Graph) -> Iterator[QuotaUse]:
    found: dict[tuple[tuple[str, str, str], str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for service in graph.of(ECS_SERVICE):
        place = graph.derived(Places).of(service, regional=True)
        for quota, (base, sale) in known_or({}, lambda service=service: _service(graph, service)).items():
            found[place, quota][0] += base
            found[place, quota][1] += sale
    for schedule in graph.of(SCHEDULE):
        place = graph.derived(Places).of(schedule, regional=True)
        for quota, vcpu in known_or({}, lambda schedule=schedule: _job(graph, schedule)).items():
            found[place, quota][0] += vcpu
            found[place, quota][1] += vcpu
    for (place, quota), (base, sale) in found.items():
        yield QuotaUse(quota, place[2], base, sale, of_account=True)


def _service(graph: Graph, service: Resource) -> Split:
    cpu = _cpu(graph, service, "taskDefinition")
    name = scalable_id(graph, service)
    scheduled = graph.derived(ScheduledCapacity)
    fewest = scheduled.minimum[name] if name in scheduled.minimum else service.number("desiredCount") or 0.0
    most = max(fewest, scheduled.highest.get(name, 0.0))
    shares = _shares(graph, service)
    return {
        quota: (cpu * base, cpu * sale)
        for quota in _FARGATE.values()
        if (base := _on(shares, quota, fewest)) + (sale := _on(shares, quota, most))
    }


def _job(graph: Graph, schedule: Resource) -> dict[str, float]:
    """One run of a task that EventBridge Scheduler starts."""
    parameters = next(iter(schedule.blocks("target.ecsParameters")), None)
    if parameters is None:
        return {}
    definition = parameters.raw("taskDefinitionArn")
    cpu = _cpu_of(graph, schedule, definition, "target")
    tasks = parameters.number("taskCount") or 1.0
    shares = _strategy(parameters.blocks("capacityProviderStrategies")) or {
        parameters.text("launchType") or "EC2": (0.0, 1.0)
    }
    return {quota: cpu * on for quota in _FARGATE.values() if (on := _on(shares, quota, tasks))}


def _cpu(graph: Graph, owner: Resource, path: str) -> float:
    return _cpu_of(graph, owner, owner.raw(path), path)


def _cpu_of(graph: Graph, owner: Resource, value: object, path: str) -> float:
    """vCPU of a task of the definition that a value names: by its ARN, its family, or by what it is linked to."""
    named: list[Resource] = []
    if isinstance(value, Unknown):
        linked = (graph.find(urn) for urn in owner.linked(path))
        named = [one for one in linked if one is not None and one.token == TASK_DEFINITION]
    elif isinstance(value, str):
        family = value.rsplit("/", 1)[-1].split(":", 1)[0]
        named = graph.named(value, TASK_DEFINITION) or graph.named(family, TASK_DEFINITION)
    return max((one.number("cpu") or 0.0 for one in named), default=0.0) / _UNITS


def scalable_id(graph: Graph, service: Resource) -> str:
    """The id by which Application Auto Scaling knows a service."""
    clusters = graph.targets(service, "cluster", ECS_CLUSTER)
    value = service.raw("cluster")
    cluster = clusters[0].text("name") if clusters else value.rsplit("/", 1)[-1] if isinstance(value, str) else None
    return f"service/{cluster}/{service.text('name')}"


def _shares(graph: Graph, service: Resource) -> dict[str, tuple[float, float]]:
    """By capacity provider: tasks that are its own, and its weight for the others."""
    if own := _strategy(service.blocks("capacityProviderStrategies")):
        return own
    if launch := service.text("launchType"):
        return {launch: (0.0, 1.0)}
    for cluster in graph.targets(service, "cluster", ECS_CLUSTER):
        for providers in graph.companions(cluster, "clusterName", CLUSTER_PROVIDERS):
            if own := _strategy(providers.blocks("defaultCapacityProviderStrategies")):
                return own
    return {"EC2": (0.0, 1.0)}


def _strategy(blocks: list[Block]) -> dict[str, tuple[float, float]]:
    return {
        name: (block.number("base") or 0.0, block.number("weight") or 0.0)
        for block in blocks
        if (name := known_or(None, lambda block=block: block.text("capacityProvider")))
    }


def _on(shares: dict[str, tuple[float, float]], quota: str, tasks: float) -> float:
    """Tasks, out of `tasks`, that run on the quota's capacity provider."""
    weights = sum(weight for _, weight in shares.values())
    bases = sum(base for base, _ in shares.values())
    for name, (base, weight) in shares.items():
        if _FARGATE.get(name) == quota:
            rest = max(0.0, tasks - bases) * weight / weights if weights else 0.0
            return min(base, tasks) + rest
    return 0.0


def _instances(graph: Graph) -> Iterator[QuotaUse]:
    """vCPUs of On-Demand and Spot instances at the minimum size, and at the highest scheduled minimum."""
    found: dict[tuple[tuple[str, str, str], str], list[float]] = defaultdict(lambda: [0.0, 0.0])

    def add(resource: Resource, quota: str, instance_type: str | None, base: float, sale: float) -> None:
        vcpu, standard = vcpu_of(instance_type or "")
        if standard:
            counts = found[graph.derived(Places).of(resource, regional=True), quota]
            counts[0] += vcpu * base
            counts[1] += vcpu * sale

    for instance in graph.of(INSTANCE):
        spot = known_or(False, lambda instance=instance: instance.present("instanceMarketOptions.marketType"))
        kind = known_or(None, lambda instance=instance: instance.text("instanceType"))
        add(instance, "ec2SpotVcpu" if spot else "ec2Vcpu", kind, 1.0, 1.0)
    for group in graph.of(AUTO_SCALING_GROUP):
        fewest = known_or(0.0, lambda group=group: group.number("minSize") or 0.0)
        most = max(fewest, graph.derived(ScheduledCapacity).highest.get(group.urn, 0.0))
        kind = known_or(None, lambda group=group: _group_type(graph, group))
        for quota, base, sale in known_or([], lambda group=group, f=fewest, m=most: _split(group, f, m)):
            add(group, quota, kind, base, sale)
    for nodes in graph.of(NODE_GROUP):
        fewest = known_or(0.0, lambda nodes=nodes: nodes.number("scalingConfig.minSize") or 0.0)
        wanted = known_or(0.0, lambda nodes=nodes: nodes.number("scalingConfig.desiredSize") or 0.0)
        spot = known_or("", lambda nodes=nodes: nodes.text("capacityType")) == "SPOT"
        kind = next(iter(known_or([], lambda nodes=nodes: nodes.texts("instanceTypes"))), None)
        add(nodes, "ec2SpotVcpu" if spot else "ec2Vcpu", kind, max(fewest, wanted), max(fewest, wanted))
    for (place, quota), (base, sale) in found.items():
        yield QuotaUse(quota, place[2], base, sale, of_account=True)


def _group_type(graph: Graph, group: Resource) -> str | None:
    overrides = group.blocks("mixedInstancesPolicy.launchTemplate.overrides")
    if overrides:
        return overrides[0].text("instanceType")
    templates = [
        *graph.targets(group, "launchTemplate.id", LAUNCH_TEMPLATE),
        *graph.targets(group, "launchTemplate.name", LAUNCH_TEMPLATE),
        *graph.targets(
            group, "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId", LAUNCH_TEMPLATE
        ),
    ]
    return templates[0].text("instanceType") if templates else None


def _split(group: Resource, fewest: float, most: float) -> list[tuple[str, float, float]]:
    path = "mixedInstancesPolicy.instancesDistribution"
    if not group.present(path):
        return [("ec2Vcpu", fewest, most)]
    own = group.number(f"{path}.onDemandBaseCapacity") or 0.0
    percent = group.number(f"{path}.onDemandPercentageAboveBaseCapacity")
    share = 1.0 if percent is None else percent / 100

    def on_demand(instances: float) -> float:
        return min(own, instances) + max(0.0, instances - own) * share

    return [
        ("ec2Vcpu", on_demand(fewest), on_demand(most)),
        ("ec2SpotVcpu", fewest - on_demand(fewest), most - on_demand(most)),
    ]


def _reserved(graph: Graph) -> Iterator[QuotaUse]:
    """Reserved concurrency of functions, and the part that AWS keeps unreserved: both have to fit."""
    found: dict[tuple[str, str, str], float] = defaultdict(float)
    for function in graph.of(LAMBDA):
        reserved = known_or(0.0, lambda function=function: function.number("reservedConcurrentExecutions") or 0.0)
        if reserved > 0:
            found[graph.derived(Places).of(function, regional=True)] += reserved
    for (_, _, region), environments in found.items():
        yield QuotaUse("lambdaConcurrency", region, environments + table()["lambdaUnreserved"].value, of_account=True)


COUNTERS: tuple[Counter, ...] = (_fargate, _instances, _reserved)
