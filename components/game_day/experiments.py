"""The experiment of each fault, as values: what it takes, and by which actions of FIS.

Actions, targets and their parameters: FIS user guide, "Actions reference" and "Targets"; permissions: the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi

from components import iam
from components.site import Site
from specs.game_days import Fault, killed_percent

Text = str | pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """The tasks of one ECS service."""

    service: str
    """Name in the settings."""
    service_name: str
    """Physical name."""
    min_tasks: int
    on_spot: bool
    """Whether a share of them is on Fargate Spot."""


@dataclass(frozen=True, kw_only=True)
class Targets:
    """What the stack has that a fault can take; lists are in the order of the settings."""

    cluster_name: str
    tasks: Sequence[Tasks]
    databases: Mapping[str, str]
    """Cluster identifiers by the names of the settings."""
    orders_database: str | None
    """Database that orders go into, or the first."""
    caches: Mapping[str, str]
    """Ids of replication groups on nodes, by the names of the settings."""
    subnet_ids: Sequence[pulumi.Output[str]]
    """Subnets of the zone that is lost, of every layer."""
    zone: str
    """Name of that zone, for example `ap-south-1c`."""
    minutes: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """One action on one target."""

    name: str
    action: str
    """Id of the action, for example `aws:ecs:stop-task`."""
    takes: str
    """Key of the target that the action names, for example `Tasks`."""
    resource_type: str
    resource_arns: Sequence[Text] = ()
    target_parameters: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    selection: str = "ALL"
    parameters: Mapping[str, str] = field(default_factory=dict)
    stations: Sequence[str] = ()
    """What of the simulation it takes: names of its stations."""


def experiments(faults: Sequence[Fault], site: Site, targets: Targets) -> dict[Fault, list[Step]]:
    """By fault: the steps of its experiment. Raises ValueError for a fault that takes nothing."""
    found = {fault: _STEPS[fault](site, targets) for fault in faults}
    for fault, steps in found.items():
        if not steps:
            raise ValueError(f"gameDay.faults: the stack has nothing that a fault could take (got {fault}); remove it")
    return found


def statements(site: Site, targets: Targets, steps: Sequence[Step]) -> list[iam.Statement]:
    """What FIS may do: the actions of these steps, on these targets alone."""
    kinds = {step.action for step in steps}
    found: list[iam.Statement] = []
    if "aws:ecs:stop-task" in kinds:
        tasks = site.arn("ecs", f"task/{targets.cluster_name}/*")
        cluster = {"ArnEquals": {"ecs:cluster": site.arn("ecs", f"cluster/{targets.cluster_name}")}}
        found += [
            iam.statement("StopTasks", ["ecs:DescribeTasks", "ecs:StopTask"], [tasks], condition=cluster),
            # Tasks are listed by cluster and service; the action knows no other resource than an instance.
            iam.statement("ListTasks", ["ecs:ListTasks"], ["*"], condition=cluster),
        ]
    arns = {step.resource_type: step.resource_arns for step in steps if step.resource_arns}
    if "aws:rds:failover-db-cluster" in kinds:
        clusters = [site.arn("rds", f"cluster:{name}") for name in targets.databases.values()]
        found.append(iam.statement("FailOver", ["rds:DescribeDBClusters", "rds:FailoverDBCluster"], clusters))
    if "aws:elasticache:replicationgroup-interrupt-az-power" in kinds:
        groups = [site.arn("elasticache", f"replicationgroup:{name}") for name in targets.caches.values()]
        found.append(
            iam.statement(
                "InterruptCaches",
                ["elasticache:DescribeReplicationGroups", "elasticache:InterruptClusterAzPower"],
                groups,
            )
        )
    if "aws:ec2:subnet" in arns:
        found += _cut_off(site)
    return found


def _cut_off(site: Site) -> list[iam.Statement]:
    """FIS cuts a subnet off by a network ACL of its own, which carries its tag, and puts the old one back."""
    acls, managed = site.arn("ec2", "network-acl/*"), {"aws:RequestTag/managedByFIS": "true"}
    return [
        iam.statement(
            "ReadSubnets", ["ec2:DescribeManagedPrefixLists", "ec2:DescribeNetworkAcls", "ec2:DescribeSubnets"], ["*"]
        ),
        iam.statement(
            "MakeAcl",
            ["ec2:CreateNetworkAcl"],
            [acls],
            condition={"StringEquals": managed},
        ),
        iam.statement("MakeAclIn", ["ec2:CreateNetworkAcl"], [site.arn("ec2", "vpc/*")], condition=site.owned),
        iam.statement(
            "TagAcl",
            ["ec2:CreateTags"],
            [acls],
            condition={"StringEquals": {"ec2:CreateAction": "CreateNetworkAcl", **managed}},
        ),
        iam.statement(
            "FillAcl",
            ["ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAcl", "ec2:ReplaceNetworkAclAssociation"],
            [acls],
            condition={"StringEquals": {"aws:ResourceTag/managedByFIS": "true"}},
        ),
        iam.statement(
            "SwapAcl",
            ["ec2:ReplaceNetworkAclAssociation"],
            [site.arn("ec2", "subnet/*"), acls],
            condition=site.owned,
        ),
    ]


def _az_lost(site: Site, targets: Targets) -> list[Step]:
    lasts = {"duration": f"PT{targets.minutes}M"}
    steps = [
        Step(
            name="cut-off-subnets",
            action="aws:network:disrupt-connectivity",
            takes="Subnets",
            resource_type="aws:ec2:subnet",
            resource_arns=[one.apply(lambda id_: site.arn("ec2", f"subnet/{id_}")) for one in targets.subnet_ids],
            parameters={**lasts, "scope": "all"},
            stations=["load balancer"],
        ),
        *(
            _stop(targets, one, f"stop-{one.service}", filters={"AvailabilityZone": [targets.zone]})
            for one in targets.tasks
        ),
    ]
    if targets.databases:
        steps.append(_fail_over(site, targets, list(targets.databases)))
    if targets.caches:
        steps.append(
            Step(
                name="interrupt-caches",
                action="aws:elasticache:replicationgroup-interrupt-az-power",
                takes="ReplicationGroups",
                resource_type="aws:elasticache:replicationgroup",
                resource_arns=[site.arn("elasticache", f"replicationgroup:{one}") for one in targets.caches.values()],
                target_parameters={"availabilityZoneIdentifier": targets.zone},
                parameters=lasts,
                stations=[f"cache {name}" for name in targets.caches],
            )
        )
    return steps


def _tasks_killed(site: Site, targets: Targets) -> list[Step]:
    return [
        _stop(targets, one, f"stop-{one.service}", selection=_share(killed_percent(one.min_tasks)))
        for one in targets.tasks
    ]


def _spot_reclaimed(site: Site, targets: Targets) -> list[Step]:
    spot = {"CapacityProviderName": ["FARGATE_SPOT"]}
    return [_stop(targets, one, f"reclaim-{one.service}", filters=spot) for one in targets.tasks if one.on_spot]


def _database_failover(site: Site, targets: Targets) -> list[Step]:
    return [_fail_over(site, targets, [targets.orders_database])] if targets.orders_database else []


def _stop(
    targets: Targets,
    one: Tasks,
    name: str,
    *,
    selection: str = "ALL",
    filters: Mapping[str, Sequence[str]] | None = None,
) -> Step:
    return Step(
        name=name,
        action="aws:ecs:stop-task",
        takes="Tasks",
        resource_type="aws:ecs:task",
        target_parameters={"cluster": targets.cluster_name, "service": one.service_name},
        filters=filters or {},
        selection=selection,
        stations=[one.service],
    )


def _fail_over(site: Site, targets: Targets, names: Sequence[str]) -> Step:
    return Step(
        name="fail-over-databases",
        action="aws:rds:failover-db-cluster",
        takes="Clusters",
        resource_type="aws:rds:cluster",
        resource_arns=[site.arn("rds", f"cluster:{targets.databases[name]}") for name in names],
        stations=[f"database {name}" for name in names],
    )


def _share(percent: int) -> str:
    return "ALL" if percent == 100 else f"PERCENT({percent})"


_STEPS: Final[Mapping[Fault, Callable[[Site, Targets], list[Step]]]] = {
    "az-lost": _az_lost,
    "tasks-killed": _tasks_killed,
    "spot-reclaimed": _spot_reclaimed,
    "database-failover": _database_failover,
}
