"""Rules for KMS keys, and for what ought to be encrypted with one."""

from __future__ import annotations

from collections.abc import Iterator

from ..documents import Statement
from ..encryption import OUTSIDE_KEYS, key_problem
from ..patterns import matches
from ..resource import Resource
from ..resource_documents import KEY_POLICIES
from ..rule import Context, Problems, Scope, Severity, rule
from ..strangers import Admission, principals
from ..switches import AT_REST, by_token, wrongly_set
from ..tokens import BACKUP_VAULT, KEY, PARAMETER, PROJECT, RDS_CLUSTER, RDS_CLUSTER_INSTANCE, RDS_INSTANCE, REPOSITORY
from ..values import Block, each

# A stream that reads from another is encrypted by that one; Firehose's own switch is for what is put into it directly.
_PULLED = ("kinesisSourceConfiguration", "mskSourceConfiguration")
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
XRAY_ENCRYPTION = "aws:xray/encryptionConfig:EncryptionConfig"

# Where a resource names its key, for the types that no rule of their own covers; the key has to be there.
KEY_PROPERTIES = {
    BACKUP_VAULT: "kmsKeyArn",
    XRAY_ENCRYPTION: "keyId",
    "aws:athena/workgroup:Workgroup": "configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn",
    PROJECT: "encryptionKey",
    "aws:amp/workspace:Workspace": "kmsKeyArn",
    "aws:cfg/deliveryChannel:DeliveryChannel": "s3KmsKeyArn",
    "aws:cloudtrail/eventDataStore:EventDataStore": "kmsKeyId",
    "aws:cloudwatch/eventBus:EventBus": "kmsKeyIdentifier",
    "aws:codepipeline/pipeline:Pipeline": "artifactStores",
    "aws:dms/replicationInstance:ReplicationInstance": "kmsKeyArn",
    "aws:docdb/elasticCluster:ElasticCluster": "kmsKeyId",
    "aws:dsql/cluster:Cluster": "kmsEncryptionKey",
    "aws:dynamodb/tableReplica:TableReplica": "kmsKeyArn",
    "aws:ebs/defaultKmsKey:DefaultKmsKey": "keyArn",
    "aws:fsx/lustreFileSystem:LustreFileSystem": "kmsKeyId",
    "aws:fsx/ontapFileSystem:OntapFileSystem": "kmsKeyId",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": "kmsKeyId",
    "aws:fsx/windowsFileSystem:WindowsFileSystem": "kmsKeyId",
    "aws:guardduty/publishingDestination:PublishingDestination": "kmsKeyArn",
    "aws:keyspaces/table:Table": "encryptionSpecification.kmsKeyIdentifier",
    "aws:mq/broker:Broker": "encryptionOptions.kmsKeyId",
    "aws:msk/cluster:Cluster": "encryptionInfo.encryptionAtRestKmsKeyArn",
    "aws:mwaa/environment:Environment": "kmsKey",
    "aws:neptune/cluster:Cluster": "kmsKeyArn",
    "aws:docdb/cluster:Cluster": "kmsKeyId",
    "aws:efs/fileSystem:FileSystem": "kmsKeyId",
    FIREHOSE: "serverSideEncryption.keyArn",
    "aws:kinesis/stream:Stream": "kmsKeyId",
    "aws:memorydb/cluster:Cluster": "kmsKeyArn",
    "aws:elasticsearch/domain:Domain": "encryptAtRest.kmsKeyId",
    "aws:opensearch/domain:Domain": "encryptAtRest.kmsKeyId",
    "aws:redshift/cluster:Cluster": "kmsKeyId",
    "aws:redshiftserverless/namespace:Namespace": "kmsKeyId",
    "aws:sagemaker/domain:Domain": "kmsKeyId",
    "aws:sagemaker/notebookInstance:NotebookInstance": "kmsKeyId",
    "aws:timestreamwrite/database:Database": "kmsKeyId",
}
# Where a key may be left out, as what is kept is no data of its own; but one that is named has to be the program's.
NAMED_KEYS = {
    "aws:appconfig/configurationProfile:ConfigurationProfile": "kmsKeyIdentifier",
    "aws:cloudwatch/eventArchive:EventArchive": "kmsKeyIdentifier",
    "aws:cloudwatch/eventConnection:EventConnection": "kmsKeyIdentifier",
    "aws:codecommit/repository:Repository": "kmsKeyId",
    "aws:lambda/eventSourceMapping:EventSourceMapping": "kmsKeyArn",
    "aws:pipes/pipe:Pipe": "kmsKeyIdentifier",
    "aws:rds/clusterActivityStream:ClusterActivityStream": "kmsKeyId",
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": "kmsKeyId",
    "aws:rds/snapshotCopy:SnapshotCopy": "kmsKeyId",
    "aws:s3/bucketObject:BucketObject": "kmsKeyId",
    "aws:s3/bucketObjectv2:BucketObjectv2": "kmsKeyId",
    "aws:scheduler/schedule:Schedule": "kmsKeyArn",
    "aws:sfn/stateMachine:StateMachine": "encryptionConfiguration.kmsKeyId",
    "aws:synthetics/canary:Canary": "artifactConfig.s3Encryption.kmsKeyArn",
}
# Where a key may be named beside the main one: wrong if it is AWS's own, or left out while the feature is on.
OPTIONAL_KEYS = {
    RDS_CLUSTER: (
        ("performanceInsightsEnabled", "performanceInsightsKmsKeyId"),
        ("manageMasterUserPassword", "masterUserSecretKmsKeyId"),
    ),
    RDS_INSTANCE: (
        ("performanceInsightsEnabled", "performanceInsightsKmsKeyId"),
        ("manageMasterUserPassword", "masterUserSecretKmsKeyId"),
    ),
    RDS_CLUSTER_INSTANCE: (("performanceInsightsEnabled", "performanceInsightsKmsKeyId"),),
}
# What a named account may use a key for, or by whom: its own principals, services, data.
_USES = ("aws:principalarn", "kms:viaservice", "kms:encryptioncontext:")
# Whether the key that is named is used at all.
_SWITCHES = by_token(AT_REST)
ASYMMETRIC = ("RSA_", "ECC_", "HMAC_", "SM2", "ML_DSA")


@rule(
    KEY,
    name="kms-rotation",
    title="Keys rotate their material.",
    severity=Severity.MEDIUM,
    controls=("FSBP KMS.4", "CIS 3.6", "CKV_AWS_7"),
    remedy="Set enable_key_rotation=True",
)
def kms_rotation(key: Resource, context: Context) -> Problems:
    spec = key.text("customerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    if spec.startswith(ASYMMETRIC) or key.present("customKeyStoreId"):
        return  # KMS rotates neither asymmetric keys nor those of a key store of one's own
    if not key.flag("enableKeyRotation"):
        yield "keeps its material for ever"


@rule(
    *KEY_POLICIES,
    name="kms-policy-scoped",
    title="A key policy gives every use of the key to the account alone, and to services only under conditions.",
    severity=Severity.HIGH,
    controls=("FSBP KMS.5", "CKV_AWS_33", "CKV2_AWS_64"),
    remedy="Keep kms:* for the account's root principal; give services named actions under aws:SourceAccount "
    "or their kms:EncryptionContext",
)
def kms_policy_scoped(key: Resource, context: Context) -> Problems:
    if key.flag("bypassPolicyLockoutSafetyCheck"):
        yield "skips the check against locking everybody out"
    admission = Admission(key.raw("policy"))
    owners = {account for statement in admission.allowing for account in _owners(statement)}
    if len(owners) > 1:
        yield f"gives itself away to the accounts {' and '.join(sorted(owners))}"
    yield from each(admission.allowing, lambda statement: _generous(statement, owners, admission))


def _owners(statement: Statement) -> Iterator[str]:
    """The accounts that a statement hands the key over to as a whole."""
    if any(isinstance(action, str) and matches(action, "kms:PutKeyPolicy") for action in statement.actions):
        for kind, value in statement.principals:
            if isinstance(value, str) and _is_account(kind, value):
                yield _account(value)


def _account(principal: str) -> str:
    return principal.split(":")[4] if principal.count(":") > 4 else principal


def _generous(statement: Statement, owners: set[str], admission: Admission) -> Iterator[str]:
    if statement.not_principals:
        yield f"{statement.label} allows everybody but some (NotPrincipal)"
    if statement.not_actions:
        yield f"{statement.label} allows all but some actions (NotAction)"
    narrowed = statement.narrowed_by(*_USES)
    whole = [action for action in statement.known_actions() if matches(action, "kms:PutKeyPolicy")]
    for kind, value in principals(statement):
        if admission.admits(statement, value, service=kind == "service"):
            whom = f"{value} use the key for any account" if kind == "service" else "everybody use the key"
            yield f"{statement.label} lets {whom}"
        elif whole and not _is_account(kind, value):
            yield f"{statement.label} gives {whole[0]} to {value}"
        elif _is_account(kind, value) and owners and _account(value) not in owners and not narrowed:
            yield f"{statement.label} lets all of another account, {_account(value)}, use the key"


def _is_account(kind: str, value: str) -> bool:
    return kind == "aws" and (value.endswith(":root") or (value.isdigit() and len(value) == 12))


@rule(
    *KEY_PROPERTIES,
    *NAMED_KEYS,
    *OPTIONAL_KEYS,
    *_SWITCHES,
    REPOSITORY,
    PARAMETER,
    name="cmk-everywhere",
    title="Whatever KMS can encrypt is encrypted with a key of this program, never with an AWS-managed one.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    early=True,
    controls=("FSBP Backup.1", "CKV_AWS_136", "CKV_AWS_158", "CKV_AWS_166", "CKV_AWS_337", "CKV_AWS_354"),
    options=(OUTSIDE_KEYS,),
    remedy="Pass the ARN of the domain's key",
)
def cmk_everywhere(resource: Resource, context: Context) -> Problems:
    if off := list(wrongly_set(resource, _SWITCHES.get(resource.token, ()))):
        yield from off
    elif resource.token == XRAY_ENCRYPTION and resource.text("type") != "KMS":
        yield "leaves traces to the encryption that AWS owns"
    elif resource.token == "aws:codepipeline/pipeline:Pipeline":
        for store in resource.blocks("artifactStores"):
            yield from _named(resource, "artifactStores", store, "encryptionKey.id", context)
    elif resource.token == REPOSITORY:
        yield from _of_images(resource, context)
    elif resource.token == PARAMETER:
        if resource.text("type") == "SecureString":
            yield from _named(resource, "keyId", resource, "keyId", context)
    elif path := _place(resource):
        yield from _named(resource, path, resource, path, context)
    for switch, path in OPTIONAL_KEYS.get(resource.token, ()):
        if resource.flag(switch):
            yield from _named(resource, path, resource, path, context)


def _place(resource: Resource) -> str | None:
    """Where a key has to be named, or is though it may be left out."""
    if resource.token == FIREHOSE and any(map(resource.present, _PULLED)):
        return None  # the stream that it reads keeps the data, under a key of its own
    path = NAMED_KEYS.get(resource.token)
    return path if path and resource.present(path) else KEY_PROPERTIES.get(resource.token)


def _of_images(repository: Resource, context: Context) -> Iterator[str]:
    for store in repository.blocks("encryptionConfigurations") or [Block({})]:
        if store.present("kmsKey") and not (store.text("encryptionType") or "AES256").startswith("KMS"):
            yield "is encrypted with a key that AWS owns, whatever key it names"
        else:
            yield from _named(repository, "encryptionConfigurations", store, "kmsKey", context)


def _named(resource: Resource, path: str, block: Block, inner: str, context: Context) -> Iterator[str]:
    if problem := key_problem(resource, path, context, block=block, inner=inner):
        yield problem


RULES = (kms_rotation, kms_policy_scoped, cmk_everywhere)
