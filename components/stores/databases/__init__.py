"""Aurora databases with their proxies, hours and passwords."""

from __future__ import annotations

from typing import Final

from components.base import Component
from components.handles import BucketHandle
from components.stores.args import DataTierArgs
from components.stores.contract import Built, Connect, Kind
from components.stores.databases import aurora, hours, monitoring, proxies, rotation
from components.stores.databases.handle import DatabaseHandle, sign_in_bounds
from specs.stores import databases


def build(tier: Component, args: DataTierArgs, _: BucketHandle) -> Built[DatabaseHandle]:
    clusters = aurora.build(tier, args)
    handles = {cluster.database.name: proxies.build(tier, args, cluster) for cluster in clusters}
    hours.build(tier, args, clusters)
    rotation.build(tier, args, clusters)
    return Built(handles=handles, backed_up=[cluster.cluster.arn for cluster in clusters])


DATABASES: Final = Kind[DatabaseHandle](
    spec=databases.DATABASES,
    build=build,
    endpoints=("databaseEndpoints", lambda database: database.endpoint),
    connect=Connect(action="rds-db:connect", bounds=sign_in_bounds),
    alarms=lambda database, settings: monitoring.database_alarms(database, replica_lag_ms=settings.replica_lag_ms),
    title="Databases",
    row=monitoring.row,
    physical_names={
        "aws:rds/cluster:Cluster": ("cluster_identifier", "database cluster"),
        "aws:rds/clusterInstance:ClusterInstance": ("identifier", "database instance"),
        "aws:rds/clusterParameterGroup:ClusterParameterGroup": ("name", "cluster parameter group"),
        "aws:rds/parameterGroup:ParameterGroup": ("name", "parameter group"),
        "aws:rds/proxy:Proxy": ("name", "database proxy"),
    },
)
