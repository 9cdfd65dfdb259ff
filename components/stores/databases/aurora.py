"""Aurora clusters: a writer, readers in other zones, their parameters, logs and monitoring, and readers that scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.site import Site
from components.stores import groups, windows
from components.stores.args import DataTierArgs
from components.stores.databases import engines
from components.stores.databases.handle import DatabaseHandle
from sale.plan import Scheduled
from specs.stores.databases import PORTS, Database, Provisioned, Serverless

# `admin` is reserved in PostgreSQL; one name serves both engines.
MASTER_USERNAME: Final = "shopmaster"
# Enhanced Monitoring, seconds between points: finer in production, where a sale peaks within a minute.
MONITORING_INTERVAL: Final = {True: 15, False: 60}
# Database Insights, days of history: Advanced mode asks for 15 months, Standard mode keeps 7 days free of charge.
INSIGHTS_MODE: Final = {True: ("advanced", 465), False: ("standard", 7)}
# Aurora fails over to the lowest of its tiers 0 to 15, and keeps serverless readers of 0 and 1 as large as the writer.
LAST_PROMOTION_TIER: Final = 15
SCALE_OUT_COOLDOWN: Final = 300  # seconds: about what a new reader takes until it serves
SCALE_IN_COOLDOWN: Final = 900  # seconds: a sale comes in waves, and the next one should find its readers


class Monitoring(NamedTuple):
    """The role of Enhanced Monitoring, and what lets it write; instances need both."""

    role: aws.iam.Role
    permission: aws.iam.RolePolicyAttachment


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster with its instances, as proxies and backups need it."""

    database: Database
    identifier: str
    cluster: aws.rds.Cluster
    instances: list[aws.rds.ClusterInstance]
    group: aws.ec2.SecurityGroup
    log_group_names: tuple[str, ...]

    @property
    def port(self) -> int:
        return PORTS[self.database.engine]

    @property
    def secret_arn(self) -> pulumi.Output[str]:
        """ARN of the master secret that RDS made and rotates."""
        return self.cluster.master_user_secrets.apply(lambda secrets: secrets[0].secret_arn or "")

    def handle(self) -> DatabaseHandle:
        """Handle of the cluster itself, without a proxy."""
        capacity = self.database.capacity
        return DatabaseHandle(
            name=self.database.name,
            engine=self.database.engine,
            endpoint=self.cluster.endpoint,
            reader_endpoint=self.cluster.reader_endpoint,
            port=self.port,
            database_name=self.database.database_name,
            secret_arn=self.secret_arn,
            security_group_id=self.group.id,
            cluster_identifier=self.identifier,
            instance_class=capacity.instance_class if isinstance(capacity, Provisioned) else None,
            has_readers=engines.has_readers(self.database),
            log_group_names=self.log_group_names,
        )


def build(tier: Component, args: DataTierArgs) -> list[Cluster]:
    """The clusters of the settings, with the subnet group and the monitoring role that they share."""
    if not args.data.databases:
        return []
    physical = args.site.named("databases")
    subnets = aws.rds.SubnetGroup(
        tier.child("databases"),
        name=physical,
        description="Databases: isolated subnets",
        subnet_ids=args.network.data_subnet_ids,
        tags=tier.tags(name=physical),
        opts=tier.opts(),
    )
    monitoring = _monitoring(tier, args.site)
    return [_cluster(tier, args, database, subnets, monitoring) for database in args.data.databases]


def _cluster(
    tier: Component, args: DataTierArgs, database: Database, subnets: aws.rds.SubnetGroup, monitoring: Monitoring
) -> Cluster:
    site, data_key = args.site, args.keys.data.arn
    identifier = site.named(database.name)
    facts = engines.ENGINES[database.engine]
    logs = [
        groups.log_group(tier, args, "db", database.name, log, name=f"/aws/rds/cluster/{identifier}/{log}")
        for log in facts.logs
    ]
    group = groups.security_group(tier, args, "db", database.name, f"Aurora cluster {database.name}")
    insights, insights_days = INSIGHTS_MODE[site.production]
    has_insights = engines.has_insights(database)
    cluster = aws.rds.Cluster(
        tier.child("db", database.name),
        cluster_identifier=identifier,
        engine=database.engine,
        engine_mode="provisioned",  # Serverless v2 runs in it too
        engine_version=engines.version(database),
        allow_major_version_upgrade=False,
        database_name=database.database_name,
        port=PORTS[database.engine],
        master_username=MASTER_USERNAME,
        manage_master_user_password=True,
        master_user_secret_kms_key_id=data_key,
        iam_database_authentication_enabled=True,
        serverlessv2_scaling_configuration=_serverless(database),
        db_subnet_group_name=subnets.name,
        vpc_security_group_ids=[group.id],
        db_cluster_parameter_group_name=_cluster_parameters(tier, site, database).name,
        storage_encrypted=True,
        kms_key_id=data_key,
        storage_type="aurora-iopt1" if database.io_optimized else "aurora",
        enabled_cloudwatch_logs_exports=list(facts.logs),
        database_insights_mode=insights if has_insights else None,
        performance_insights_enabled=has_insights,
        performance_insights_kms_key_id=data_key if has_insights else None,
        performance_insights_retention_period=insights_days if has_insights else None,
        backup_retention_period=database.backup_retention_days,
        preferred_backup_window=windows.backup_window(args.data.backups.hour),
        preferred_maintenance_window=windows.maintenance_window(args.data.backups.hour),
        copy_tags_to_snapshot=True,
        deletion_protection=site.production,
        skip_final_snapshot=not site.production,
        final_snapshot_identifier=site.named(database.name, "final") if site.production else None,
        delete_automated_backups=not site.production,
        apply_immediately=not site.production,
        tags=tier.tags("restricted", identifier),
        opts=tier.opts(depends_on=logs),
    )
    instances = _instances(tier, args, database, cluster, subnets, monitoring)
    _reader_scaling(tier, args, database, cluster, identifier, instances)
    return Cluster(
        database=database,
        identifier=identifier,
        cluster=cluster,
        instances=instances,
        group=group,
        log_group_names=tuple(f"/aws/rds/cluster/{identifier}/{log}" for log in facts.logs),
    )


def _serverless(database: Database) -> aws.rds.ClusterServerlessv2ScalingConfigurationArgs | None:
    capacity = database.capacity
    if not isinstance(capacity, Serverless):
        return None
    return aws.rds.ClusterServerlessv2ScalingConfigurationArgs(
        min_capacity=capacity.min_acu, max_capacity=capacity.max_acu
    )


def _instances(
    tier: Component,
    args: DataTierArgs,
    database: Database,
    cluster: aws.rds.Cluster,
    subnets: aws.rds.SubnetGroup,
    monitoring: Monitoring,
) -> list[aws.rds.ClusterInstance]:
    """The writer and the readers, one zone after another; named by zone, so that one more zone takes no name in use."""
    site = args.site
    parameters = _instance_parameters(tier, site, database)
    instances: list[aws.rds.ClusterInstance] = []
    for position in range(1 + database.readers):
        lap, index = divmod(position, len(site.zones))
        zone = site.zones[index]
        place = zone.removeprefix(site.region) + (str(lap + 1) if lap else "")
        physical = site.named(database.name, place)
        instances.append(
            aws.rds.ClusterInstance(
                tier.child("db", database.name, place),
                identifier=physical,
                cluster_identifier=cluster.id,
                engine=aws.rds.EngineType(database.engine),
                instance_class=engines.instance_class(database),
                availability_zone=zone,
                promotion_tier=min(position, LAST_PROMOTION_TIER),
                db_subnet_group_name=subnets.name,
                db_parameter_group_name=parameters.name,
                publicly_accessible=False,
                auto_minor_version_upgrade=engines.upgrades_itself(database),
                preferred_maintenance_window=windows.maintenance_window(args.data.backups.hour),
                monitoring_interval=MONITORING_INTERVAL[site.production],
                monitoring_role_arn=monitoring.role.arn,
                copy_tags_to_snapshot=True,
                apply_immediately=not site.production,
                tags=tier.tags("restricted", physical),
                # Aurora makes the first instance the writer, so readers wait for it.
                opts=tier.opts(parent=cluster, depends_on=[monitoring.permission, *instances[:1]]),
            )
        )
    return instances


def _reader_scaling(
    tier: Component,
    args: DataTierArgs,
    database: Database,
    cluster: aws.rds.Cluster,
    identifier: str,
    instances: list[aws.rds.ClusterInstance],
) -> None:
    scaling = database.reader_scaling
    if scaling is None:
        return
    target = aws.appautoscaling.Target(
        tier.child("db", database.name, "readers"),
        service_namespace="rds",
        scalable_dimension="rds:cluster:ReadReplicaCount",
        resource_id=f"cluster:{identifier}",
        min_capacity=scaling.min if scaling.min is not None else max(database.readers, 1),
        max_capacity=scaling.max,
        tags=tier.tags(),
        opts=tier.opts(parent=cluster, depends_on=instances),
    )
    policy = aws.appautoscaling.Policy(
        tier.child("db", database.name, "readers"),
        name="reader-cpu",
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
            predefined_metric_specification=(
                aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type="RDSReaderAverageCPUUtilization"
                )
            ),
            target_value=scaling.cpu_percent,
            scale_out_cooldown=SCALE_OUT_COOLDOWN,
            scale_in_cooldown=SCALE_IN_COOLDOWN,
        ),
        opts=tier.opts(parent=target),
    )
    # Each waits for the one before: Application Auto Scaling refuses two changes of a target at a time.
    made: list[pulumi.Resource] = [policy]
    for minimum in args.reader_minima.get(database.name, ()):
        made.append(_reader_minimum(tier, args, database, target, minimum, made[-1]))


def _reader_minimum(
    tier: Component,
    args: DataTierArgs,
    database: Database,
    target: aws.appautoscaling.Target,
    minimum: Scheduled,
    before: pulumi.Resource,
) -> aws.appautoscaling.ScheduledAction:
    """Fewest readers from a time on."""
    return aws.appautoscaling.ScheduledAction(
        tier.child("db", database.name, "readers", "sale", minimum.label),
        name=args.site.named(database.name, "readers", "sale", minimum.label),
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        schedule=minimum.expression,
        timezone=minimum.time_zone,
        scalable_target_action=aws.appautoscaling.ScheduledActionScalableTargetActionArgs(
            min_capacity=int(minimum.value)
        ),
        opts=tier.opts(parent=target, depends_on=[before]),
    )


def _cluster_parameters(tier: Component, site: Site, database: Database) -> aws.rds.ClusterParameterGroup:
    physical = site.named(database.name, engines.parameter_group_suffix(database))
    return aws.rds.ClusterParameterGroup(
        tier.child("db", database.name),
        name=physical,
        family=engines.family(database),
        description=f"Cluster {database.name}: TLS only, audit",
        parameters=[
            # In force from the cluster's first start; a change waits for a restart in the maintenance window.
            aws.rds.ClusterParameterGroupParameterArgs(name=name, value=value, apply_method="pending-reboot")
            for name, value in engines.ENGINES[database.engine].cluster_parameters.items()
        ],
        tags=tier.tags(name=physical),
        opts=tier.opts(),
    )


def _instance_parameters(tier: Component, site: Site, database: Database) -> aws.rds.ParameterGroup:
    physical = site.named(database.name, "instances", engines.parameter_group_suffix(database))
    return aws.rds.ParameterGroup(
        tier.child("db", database.name),
        name=physical,
        family=engines.family(database),
        description=f"Instances of {database.name}: slow statements",
        parameters=[
            aws.rds.ParameterGroupParameterArgs(name=name, value=value, apply_method="immediate")
            for name, value in engines.ENGINES[database.engine].instance_parameters.items()
        ],
        tags=tier.tags(name=physical),
        opts=tier.opts(),
    )


def _monitoring(tier: Component, site: Site) -> Monitoring:
    physical = site.named("databases", "monitoring")
    role = aws.iam.Role(
        tier.child("databases", "monitoring"),
        name=physical,
        description="Lets RDS write Enhanced Monitoring's points",
        # `db:*`, as Aurora names the readers that it adds by itself.
        assume_role_policy=iam.trust(
            "monitoring.rds.amazonaws.com", account_id=site.account_id, source_arn=site.arn("rds", "db:*")
        ),
        tags=tier.tags(name=physical),
        opts=tier.opts(),
    )
    permission = aws.iam.RolePolicyAttachment(
        tier.child("databases", "monitoring"),
        role=role.name,
        policy_arn=site.managed_policy_arn("service-role/AmazonRDSEnhancedMonitoringRole"),
        opts=tier.opts(parent=role),
    )
    return Monitoring(role, permission)
