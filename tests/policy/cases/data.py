"""RDS, DynamoDB and ElastiCache."""

from __future__ import annotations

from tests.policy.cases import Table
from tests.policy.harness import UNKNOWN, It

table = Table()

KEY = It("aws:kms/key:Key", "key", {"arn": UNKNOWN, "keyId": UNKNOWN})
KNOWN_KEY = KEY.but(arn="arn:aws:kms:ap-south-1:1:key/a")
OTHER = It("aws:sns/topic:Topic", "other", {"arn": UNKNOWN})

CLUSTER = It(
    "aws:rds/cluster:Cluster",
    "db",
    {
        "arn": UNKNOWN,
        "engine": "aurora-mysql",
        "storageEncrypted": True,
        "kmsKeyId": UNKNOWN,
        "dbClusterParameterGroupName": "params",
        "manageMasterUserPassword": True,
        "iamDatabaseAuthenticationEnabled": True,
        "deletionProtection": True,
        "backupRetentionPeriod": 14,
        "skipFinalSnapshot": False,
        "enabledCloudwatchLogsExports": ["audit", "error", "slowquery"],
    },
    {"kmsKeyId": ["key"]},
)
INSTANCE = It(
    "aws:rds/instance:Instance",
    "db",
    {
        **CLUSTER.props,
        "engine": "postgres",
        "multiAz": True,
        "parameterGroupName": "params",
        "enabledCloudwatchLogsExports": ["postgresql"],
    },
    {"kmsKeyId": ["key"]},
)


def encrypted_by_a_key(table: Table, rule: str, good: It, path: str = "kmsKeyId") -> None:
    """The cases that every rule has which asks for a key of the program."""
    table.passes(rule, KEY, good)
    table.passes(rule, KNOWN_KEY, good.but(**{path: "arn:aws:kms:ap-south-1:1:key/a"}))
    table.passes(
        rule, good.but(**{path: "arn:aws:kms:ap-south-1:1:key/z"}), config={"outsideKeys": ["arn:aws:kms:*:1:key/z"]}
    )
    table.fails(rule, KEY, good.but(**{path: "alias/aws/service"}), says="AWS's own key alias/aws/service")
    table.fails(
        rule, KNOWN_KEY, good.but(**{path: "arn:aws:kms:ap-south-1:1:key/b"}), says="which this program doesn't make"
    )
    table.fails(rule, KEY, OTHER, good.linking(**{path: ["other"]}), says="outside this program")
    table.unknown(rule, "fails", KEY, good.linking(**{path: []}), says="outside this program")
    table.absent(rule, "fails", KEY, good.but(path), says="no customer-managed key")


encrypted_by_a_key(table, "rds-encrypted-cmk", CLUSTER)
table.fails("rds-encrypted-cmk", KEY, CLUSTER.but(storageEncrypted=False), says="is not encrypted")
table.fails("rds-encrypted-cmk", KEY, INSTANCE.but("storageEncrypted"), says="is not encrypted")
table.unknown("rds-encrypted-cmk", "undecided", KEY, CLUSTER.but(storageEncrypted=UNKNOWN))

# rds-not-public
MEMBER = It("aws:rds/clusterInstance:ClusterInstance", "member", {"publiclyAccessible": False})
table.passes("rds-not-public", MEMBER)
table.fails("rds-not-public", MEMBER.but(publiclyAccessible=True), says="from the internet")
table.fails("rds-not-public", INSTANCE.but(publiclyAccessible="true"), says="from the internet")
table.unknown("rds-not-public", "undecided", MEMBER.but(publiclyAccessible=UNKNOWN))
table.absent("rds-not-public", "passes", INSTANCE)

# rds-force-tls
MYSQL = It(
    "aws:rds/clusterParameterGroup:ClusterParameterGroup",
    "params",
    {"name": "params", "parameters": [{"name": "require_secure_transport", "value": "ON"}]},
)
POSTGRES = It(
    "aws:rds/parameterGroup:ParameterGroup",
    "params",
    {"name": "params", "parameters": [{"name": "rds.force_ssl", "value": "1"}]},
)
table.passes("rds-force-tls", CLUSTER, MYSQL)
table.passes("rds-force-tls", CLUSTER, MYSQL.but(parameters=[{"name": "require_secure_transport", "value": 1}]))
table.passes("rds-force-tls", INSTANCE, POSTGRES)
table.passes(
    "rds-force-tls",
    CLUSTER.but(dbClusterParameterGroupName=UNKNOWN).linking(dbClusterParameterGroupName=["params"]),
    MYSQL,
)
table.fails(
    "rds-force-tls",
    CLUSTER,
    MYSQL.but(parameters=[{"name": "require_secure_transport", "value": "OFF"}]),
    says="doesn't set",
)
table.fails("rds-force-tls", CLUSTER, MYSQL.but(parameters=[]), says="doesn't set require_secure_transport")
table.fails("rds-force-tls", CLUSTER.but(engine="aurora-postgresql"), MYSQL, says="doesn't set rds.force_ssl")
table.fails(
    "rds-force-tls", INSTANCE, POSTGRES.but(parameters={"name": "rds.force_ssl", "value": 0}), says="doesn't set"
)
table.unknown("rds-force-tls", "undecided", CLUSTER, MYSQL.but(parameters=UNKNOWN))
table.absent("rds-force-tls", "fails", CLUSTER.but("dbClusterParameterGroupName"), MYSQL, says="no parameter group")

# rds-managed-secret
table.passes("rds-managed-secret", CLUSTER)
table.passes("rds-managed-secret", INSTANCE.but("manageMasterUserPassword", replicateSourceDb="db-1"))
table.fails(
    "rds-managed-secret",
    CLUSTER.but("manageMasterUserPassword", masterPassword="hunter22"),
    says="given a master password",
)
table.fails("rds-managed-secret", INSTANCE.but(password=UNKNOWN), says="given a master password")
table.fails("rds-managed-secret", CLUSTER.but(manageMasterUserPassword=False), says="doesn't let RDS manage")
table.unknown("rds-managed-secret", "undecided", CLUSTER.but(manageMasterUserPassword=UNKNOWN))
table.absent("rds-managed-secret", "fails", CLUSTER.but("manageMasterUserPassword"))

# rds-iam-auth
table.passes("rds-iam-auth", CLUSTER)
table.fails("rds-iam-auth", CLUSTER.but(iamDatabaseAuthenticationEnabled=False), says="passwords only")
table.unknown("rds-iam-auth", "undecided", CLUSTER.but(iamDatabaseAuthenticationEnabled=UNKNOWN))
table.absent("rds-iam-auth", "fails", CLUSTER.but("iamDatabaseAuthenticationEnabled"))

# rds-resilience
table.passes("rds-resilience", CLUSTER)
table.passes("rds-resilience", INSTANCE)
table.passes(
    "rds-resilience", CLUSTER.but(deletionProtection=False, skipFinalSnapshot=True, backupRetentionPeriod=1), name="dev"
)
table.fails("rds-resilience", CLUSTER.but(deletionProtection=False), says="deletion protection")
table.fails("rds-resilience", CLUSTER.but(backupRetentionPeriod=13.0), says="fewer than 14 days")
table.fails("rds-resilience", CLUSTER.but(skipFinalSnapshot=True), says="final snapshot")
table.fails("rds-resilience", INSTANCE.but(multiAz=False), says="one zone")
table.unknown("rds-resilience", "undecided", CLUSTER.but(backupRetentionPeriod=UNKNOWN))
table.absent("rds-resilience", "fails", CLUSTER.but("backupRetentionPeriod"), says="fewer than 14")

# rds-logs
table.passes("rds-logs", CLUSTER)
table.passes("rds-logs", INSTANCE)
table.fails("rds-logs", CLUSTER.but(enabledCloudwatchLogsExports=["error"]), says="the log audit")
table.fails("rds-logs", INSTANCE.but(enabledCloudwatchLogsExports=["upgrade"]), says="the log postgresql")
table.unknown("rds-logs", "undecided", CLUSTER.but(enabledCloudwatchLogsExports=[UNKNOWN]))
table.absent("rds-logs", "fails", CLUSTER.but("enabledCloudwatchLogsExports"), says="audit and error")

# rds-proxy-tls
PROXY = It("aws:rds/proxy:Proxy", "proxy", {"requireTls": True})
table.passes("rds-proxy-tls", PROXY)
table.fails("rds-proxy-tls", PROXY.but(requireTls=False), says="in clear text")
table.fails("rds-proxy-tls", PROXY.but(debugLogging=True), says="SQL statements")
table.unknown("rds-proxy-tls", "undecided", PROXY.but(requireTls=UNKNOWN))
table.absent("rds-proxy-tls", "fails", PROXY.but("requireTls"), says="in clear text")

# ddb-cmk
TABLE = It(
    "aws:dynamodb/table:Table",
    "carts",
    {
        "arn": UNKNOWN,
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": UNKNOWN},
        "pointInTimeRecovery": {"enabled": True},
        "deletionProtectionEnabled": True,
    },
    {"serverSideEncryption": ["key"]},
)
table.passes("ddb-cmk", KEY, TABLE)
table.passes(
    "ddb-cmk", KNOWN_KEY, TABLE.but(serverSideEncryption=[{"enabled": True, "kmsKeyArn": KNOWN_KEY.props["arn"]}])
)
table.fails("ddb-cmk", KEY, TABLE.but(serverSideEncryption={"enabled": True}), says="no customer-managed key")
table.fails("ddb-cmk", KEY, TABLE.but(serverSideEncryption={"enabled": False, "kmsKeyArn": UNKNOWN}), says="AWS owns")
table.fails(
    "ddb-cmk",
    TABLE.but(serverSideEncryption={"enabled": True, "kmsKeyArn": "alias/aws/dynamodb"}),
    says="AWS's own key",
)
table.fails("ddb-cmk", KEY, TABLE.but(replicas=[{"regionName": "eu-west-1"}]), says="replica in eu-west-1")
table.fails(
    "ddb-cmk",
    KEY,
    TABLE.but(replicas=[{"regionName": "eu-west-1", "kmsKeyArn": "alias/aws/dynamodb"}]),
    says="replica in eu-west-1 is encrypted with AWS's own key",
)
table.passes(
    "ddb-cmk",
    KEY,
    TABLE.but(replicas=[{"regionName": "eu-west-1", "kmsKeyArn": UNKNOWN}]).linking(replicas=["key"]),
)
table.unknown("ddb-cmk", "fails", KEY, TABLE.linking(serverSideEncryption=[]), says="outside this program")
table.unknown("ddb-cmk", "undecided", KEY, TABLE.but(serverSideEncryption=UNKNOWN))
table.absent("ddb-cmk", "fails", KEY, TABLE.but("serverSideEncryption"), says="AWS owns")

# ddb-pitr-protect
table.passes("ddb-pitr-protect", TABLE)
table.passes("ddb-pitr-protect", TABLE.but(deletionProtectionEnabled=False), name="dev")
table.fails("ddb-pitr-protect", TABLE.but(deletionProtectionEnabled=False), says="deletion protection")
table.fails("ddb-pitr-protect", TABLE.but(pointInTimeRecovery={"enabled": False}), says="point-in-time", name="dev")
table.unknown("ddb-pitr-protect", "undecided", TABLE.but(pointInTimeRecovery=UNKNOWN))
table.absent("ddb-pitr-protect", "fails", TABLE.but("pointInTimeRecovery"), says="point-in-time")

# cache-encrypted
GROUP = It(
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "cache",
    {
        "atRestEncryptionEnabled": True,
        "transitEncryptionEnabled": True,
        "kmsKeyId": UNKNOWN,
        "userGroupIds": [UNKNOWN],
        "automaticFailoverEnabled": True,
        "multiAzEnabled": True,
        "snapshotRetentionLimit": 7,
    },
    {"kmsKeyId": ["key"]},
)
SERVERLESS = It(
    "aws:elasticache/serverlessCache:ServerlessCache",
    "cache",
    {"kmsKeyId": UNKNOWN, "userGroupId": "g"},
    {"kmsKeyId": ["key"]},
)
NODE = It("aws:elasticache/cluster:Cluster", "node", {"engine": "valkey"})
encrypted_by_a_key(table, "cache-encrypted", GROUP)
encrypted_by_a_key(table, "cache-encrypted", SERVERLESS)
table.passes("cache-encrypted", NODE.but(replicationGroupId=UNKNOWN))
table.fails("cache-encrypted", KEY, GROUP.but(transitEncryptionEnabled=False), says="encryption in transit")
table.fails("cache-encrypted", KEY, GROUP.but(transitEncryptionMode="preferred"), says="still accepts")
table.fails("cache-encrypted", KEY, GROUP.but(atRestEncryptionEnabled="false"), says="at rest")
table.fails("cache-encrypted", NODE, says="encryption in transit")
table.unknown("cache-encrypted", "undecided", KEY, GROUP.but(transitEncryptionEnabled=UNKNOWN))

# cache-auth
USER = It("aws:elasticache/user:User", "user", {"accessString": "on ~* +@all", "authenticationMode": {"type": "iam"}})
for good in (
    GROUP,
    SERVERLESS,
    USER,
    GROUP.but("userGroupIds", authToken=UNKNOWN),
    USER.but(authenticationMode={"type": "no-password-required"}, accessString="off ~keys* -@all"),
    NODE.but(replicationGroupId="g"),
    NODE.but(engine="memcached"),
):
    table.passes("cache-auth", good)
table.fails("cache-auth", USER.but(authenticationMode={"type": "no-password-required"}), says="without authentication")
table.fails("cache-auth", USER.but("authenticationMode", noPasswordRequired=True), says="without authentication")
table.fails("cache-auth", GROUP.but(userGroupIds=[]), says="admits everyone")
table.fails("cache-auth", NODE, says="single node")
table.unknown("cache-auth", "undecided", USER.but(accessString=UNKNOWN, noPasswordRequired=UNKNOWN))
table.absent("cache-auth", "fails", SERVERLESS.but("userGroupId"), says="admits everyone")

# cache-resilience
table.passes("cache-resilience", GROUP)
table.passes("cache-resilience", GROUP.but("automaticFailoverEnabled", "multiAzEnabled"), name="dev")
table.fails("cache-resilience", GROUP.but(automaticFailoverEnabled=False), says="fail over")
table.fails("cache-resilience", GROUP.but(multiAzEnabled=False), says="one zone")
table.fails("cache-resilience", GROUP.but(snapshotRetentionLimit=0), says="no snapshots")
table.unknown("cache-resilience", "undecided", GROUP.but(multiAzEnabled=UNKNOWN))
table.absent("cache-resilience", "fails", GROUP.but("snapshotRetentionLimit"), says="no snapshots")
