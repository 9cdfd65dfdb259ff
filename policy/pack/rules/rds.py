"""Rules for RDS and Aurora."""

from __future__ import annotations

from ..encryption import OUTSIDE_KEYS, key_problem
from ..parameters import CLUSTER_PARAMETERS, GROUPS, INSTANCE_PARAMETERS, TLS_PARAMETER, is_on, named_by, weakened
from ..resource import Resource
from ..rule import Level, Problems, RuleContext, Scope, Severity, rule
from ..tokens import RDS_CLUSTER, RDS_CLUSTER_INSTANCE, RDS_INSTANCE, RDS_PROXY

# The logs needed to reconstruct an incident, by engine family.
NEEDED_LOGS = {
    "aurora-mysql": ("audit", "error"),
    "mysql": ("error",),
    "mariadb": ("error",),
    "postgres": ("postgresql",),
}
# Clusters of databases, and what computes in them.
CLUSTERS = {
    RDS_CLUSTER: RDS_CLUSTER_INSTANCE,
    "aws:docdb/cluster:Cluster": "aws:docdb/clusterInstance:ClusterInstance",
    "aws:neptune/cluster:Cluster": "aws:neptune/clusterInstance:ClusterInstance",
}
_MIN_ZONES = 2
# Point-in-time recovery has to reach back past a fault that is noticed after a holiday.
BACKUP_DAYS = 14


def _family(database: Resource) -> str:
    engine = (database.text("engine") or "").lower()
    return next((family for family in ("postgres", "mariadb", "mysql") if family in engine), "")


def _copies_another(database: Resource) -> bool:
    """A replica or a secondary takes its credentials from what it follows."""
    return any(
        database.present(path)
        for path in ("replicateSourceDb", "replicationSourceIdentifier", "snapshotIdentifier", "restoreToPointInTime")
    ) or (database.present("globalClusterIdentifier") and not database.present("masterUsername"))


@rule(
    RDS_CLUSTER,
    RDS_INSTANCE,
    name="rds-encrypted-cmk",
    title="Databases are encrypted with a key of this program.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    early=True,
    controls=("FSBP RDS.3", "FSBP RDS.27", "CKV_AWS_16", "CKV_AWS_96", "CKV_AWS_327"),
    options=(OUTSIDE_KEYS,),
    remedy="Set storage_encrypted=True and kms_key_id to the ARN of the data key; both replace the database",
)
def rds_encrypted_cmk(database: Resource, context: RuleContext) -> Problems:
    if not database.flag("storageEncrypted"):
        yield "is not encrypted"
    elif problem := key_problem(database, "kmsKeyId", context):
        yield problem


@rule(
    RDS_INSTANCE,
    RDS_CLUSTER_INSTANCE,
    name="rds-not-public",
    title="Databases have no public address.",
    severity=Severity.CRITICAL,
    controls=("FSBP RDS.2", "CIS 2.3.3", "CKV_AWS_17"),
    remedy="Set publicly_accessible=False",
)
def rds_not_public(database: Resource, context: RuleContext) -> Problems:
    if database.flag("publiclyAccessible"):
        yield "can be reached from the internet"


@rule(
    RDS_CLUSTER,
    RDS_INSTANCE,
    *GROUPS,
    name="rds-force-tls",
    title="Databases require TLS, and no parameter group turns it off.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP RDS.38", "FSBP RDS.39", "FSBP Redshift.2", "CKV_AWS_90", "CKV_AWS_105", "CKV2_AWS_69"),
    remedy="Name a parameter group that sets require_secure_transport to ON (MySQL) or rds.force_ssl to 1 "
    "(PostgreSQL); of other engines leave the parameter that asks for TLS on",
)
def rds_force_tls(database: Resource, context: RuleContext) -> Problems:
    if database.token in GROUPS:
        judged_there = named_by(context.whole, database)
        yield from (fault for parameter, fault in weakened(database) if parameter not in judged_there)
        return
    parameter = TLS_PARAMETER.get(_family(database))
    if parameter is None:
        return
    if database.token == RDS_CLUSTER:
        path, token = "dbClusterParameterGroupName", CLUSTER_PARAMETERS
    else:
        path, token = "parameterGroupName", INSTANCE_PARAMETERS
    groups = context.whole.targets(database, path, token)
    if not groups:
        yield f"has no parameter group of this program to set {parameter}"
    for group in groups:
        if not is_on(group, parameter):
            yield f"its parameter group {group.name} doesn't set {parameter}"


@rule(
    RDS_CLUSTER,
    RDS_INSTANCE,
    name="rds-managed-secret",
    title="RDS manages and rotates the master password; the program never has it.",
    severity=Severity.HIGH,
    controls=("FSBP RDS.45",),
    remedy="Set manage_master_user_password=True and drop the password",
)
def rds_managed_secret(database: Resource, context: RuleContext) -> Problems:
    if any(database.present(path) for path in ("password", "masterPassword", "passwordWo", "masterPasswordWo")):
        yield "is given a master password"
    elif not database.flag("manageMasterUserPassword") and not _copies_another(database):
        yield "doesn't let RDS manage the master password"


@rule(
    RDS_CLUSTER,
    RDS_INSTANCE,
    name="rds-iam-auth",
    title="Databases accept IAM authentication.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    controls=("FSBP RDS.10", "FSBP RDS.12", "CKV_AWS_161", "CKV_AWS_162"),
    remedy="Set iam_database_authentication_enabled=True",
)
def rds_iam_auth(database: Resource, context: RuleContext) -> Problems:
    if _family(database) and not database.flag("iamDatabaseAuthenticationEnabled"):
        yield "accepts passwords only"


@rule(
    RDS_CLUSTER,
    RDS_INSTANCE,
    name="rds-resilience",
    title="A production database is Multi-AZ, backed up, and protected from deletion.",
    severity=Severity.HIGH,
    controls=("FSBP RDS.5", "FSBP RDS.7", "FSBP RDS.8", "FSBP RDS.11", "CKV_AWS_133", "CKV_AWS_139", "CKV_AWS_293"),
    production_only=True,
    remedy=f"Set deletion_protection=True, at least {BACKUP_DAYS} days of backups, a final snapshot, multi_az",
)
def rds_resilience(database: Resource, context: RuleContext) -> Problems:
    if not database.flag("deletionProtection"):
        yield "has no deletion protection"
    days = database.number("backupRetentionPeriod")
    if (1 if days is None else days) < BACKUP_DAYS and not database.present("replicateSourceDb"):
        yield f"keeps backups for fewer than {BACKUP_DAYS} days"
    if database.flag("skipFinalSnapshot"):
        yield "is deleted without a final snapshot"
    if database.token == RDS_INSTANCE and not database.flag("multiAz") and not database.present("replicateSourceDb"):
        yield "is in one zone only"


@rule(
    *CLUSTERS,
    name="rds-zones",
    title="A production cluster of databases has an instance in a second zone.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP RDS.15", "CKV_AWS_157", "Well-Architected REL10-BP01"),
    production_only=True,
    remedy="Add an instance to the cluster, and leave the zones of its instances to AWS or name two",
)
def rds_zones(cluster: Resource, context: RuleContext) -> Problems:
    if cluster.token == RDS_CLUSTER and _places_itself(cluster):
        return
    token = CLUSTERS[cluster.token]
    members = context.whole.companions(cluster, "clusterIdentifier", token)
    zones = [member.raw("availabilityZone") for member in members]
    if not members and cluster.present("globalClusterIdentifier"):
        return  # a secondary of another region may keep the data alone
    if len(members) < _MIN_ZONES:
        yield f"has {len(members) or 'no'} instance{'' if len(members) == 1 else 's'}: it fails with its zone"
    elif len({zone for zone in zones if isinstance(zone, str) and zone}) == 1 and all(
        isinstance(zone, str) and zone for zone in zones
    ):
        yield f"has all its instances in the zone {zones[0]}"


def _places_itself(cluster: Resource) -> bool:
    """Whether RDS places the instances itself: a Multi-AZ DB cluster, or Aurora Serverless v1."""
    return cluster.present("dbClusterInstanceClass") or cluster.text("engineMode") == "serverless"


@rule(
    RDS_CLUSTER,
    RDS_INSTANCE,
    name="rds-logs",
    title="Databases send their logs to CloudWatch.",
    severity=Severity.MEDIUM,
    controls=("FSBP RDS.9", "FSBP RDS.34", "FSBP RDS.36", "CKV_AWS_129", "CKV_AWS_324"),
    remedy="Set enabled_cloudwatch_logs_exports to audit and error (MySQL) or postgresql",
)
def rds_logs(database: Resource, context: RuleContext) -> Problems:
    engine = (database.text("engine") or "").lower()
    needed = NEEDED_LOGS.get(engine) or NEEDED_LOGS.get(_family(database), ())
    if missing := [log for log in needed if log not in database.texts("enabledCloudwatchLogsExports")]:
        yield f"doesn't export the log {' and '.join(missing)}"


@rule(
    RDS_PROXY,
    name="rds-proxy-tls",
    title="Proxies require TLS and log no SQL statements.",
    severity=Severity.HIGH,
    controls=("FSBP RDS.38", "CKV2_AWS_69"),
    remedy="Set require_tls=True and debug_logging=False",
)
def rds_proxy_tls(proxy: Resource, context: RuleContext) -> Problems:
    if not proxy.flag("requireTls"):
        yield "accepts connections in clear text"
    if proxy.flag("debugLogging"):
        yield "writes SQL statements, with what they hold, to its log"


RULES = (
    rds_encrypted_cmk,
    rds_not_public,
    rds_force_tls,
    rds_managed_secret,
    rds_iam_auth,
    rds_resilience,
    rds_zones,
    rds_logs,
    rds_proxy_tls,
)
