"""Aurora: clusters that are stopped, and readers that Aurora Auto Scaling has added.

RDS deletes neither instances of a stopped cluster ("Db cluster … is in stopped state") nor a cluster that still has
instances; those that autoscaling adds are in no state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from account.teardown.cloud import Cloud
from account.teardown.step import TeardownStep

ADDED: Final = "application-autoscaling-"
"""Start of the names of readers that Aurora Auto Scaling adds (Aurora user guide, "Amazon Aurora Auto Scaling")."""
_DIMENSION: Final = "rds:cluster:ReadReplicaCount"


def steps(cloud: Cloud) -> Iterator[TeardownStep]:
    clusters = [one for one in cloud.listed("rds", "describe_db_clusters", "DBClusters") if cloud.owns(one["TagList"])]
    for cluster in clusters:
        name = cluster["DBClusterIdentifier"]
        if cluster["Status"] in ("stopped", "stopping", "starting"):
            yield TeardownStep(
                what=f"start the cluster {name}",
                why="RDS deletes no instance of a stopped cluster",
                advance=_starting(cloud, name),
            )
        if added := _added(cluster):
            yield TeardownStep(
                what=f"delete {len(added)} readers that autoscaling has added to {name}",
                why="RDS deletes no cluster with instances, and these are in no state",
                advance=_without_readers(cloud, name),
            )


def _added(cluster: Mapping[str, Any]) -> list[str]:
    members = (member["DBInstanceIdentifier"] for member in cluster["DBClusterMembers"])
    return [name for name in members if name.startswith(ADDED)]


def _cluster(cloud: Cloud, name: str) -> Mapping[str, Any]:
    return cloud.client("rds").describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]


def _starting(cloud: Cloud, name: str) -> Callable[[], bool]:
    def advance() -> bool:
        status = _cluster(cloud, name)["Status"]
        if status == "stopped":
            cloud.client("rds").start_db_cluster(DBClusterIdentifier=name)
        return status == "available"

    return advance


def _without_readers(cloud: Cloud, name: str) -> Callable[[], bool]:
    def advance() -> bool:
        _stop_scaling(cloud, name)
        added, rds = _added(_cluster(cloud, name)), cloud.client("rds")
        for instance in added:
            with suppress(rds.exceptions.InvalidDBInstanceStateFault, rds.exceptions.DBInstanceNotFoundFault):
                rds.delete_db_instance(DBInstanceIdentifier=instance, SkipFinalSnapshot=True)
        return not added

    return advance


def _stop_scaling(cloud: Cloud, name: str) -> None:
    """Without its scalable target, autoscaling adds no reader again; `pulumi destroy` takes its absence."""
    target = {"ServiceNamespace": "rds", "ScalableDimension": _DIMENSION}
    scaling = cloud.client("application-autoscaling")
    known = scaling.describe_scalable_targets(**target, ResourceIds=[f"cluster:{name}"])["ScalableTargets"]
    if known:
        scaling.deregister_scalable_target(**target, ResourceId=f"cluster:{name}")
