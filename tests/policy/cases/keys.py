"""KMS, and what has to name a key: topics, queues, secrets, repositories, vaults."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.cases import Table
from tests.policy.cases.data import KEY, encrypted_by_a_key
from tests.policy.harness import ACCOUNT, UNKNOWN, It

table = Table()

# kms-rotation
ROTATING = It("aws:kms/key:Key", "key", {"enableKeyRotation": True})
table.passes("kms-rotation", ROTATING)
table.passes("kms-rotation", ROTATING.but(enableKeyRotation=False, customerMasterKeySpec="ECC_NIST_P256"))
table.passes("kms-rotation", ROTATING.but(enableKeyRotation=False, customerMasterKeySpec="HMAC_256"))
table.fails("kms-rotation", ROTATING.but(enableKeyRotation=False), says="has no key rotation")
table.fails(
    "kms-rotation",
    ROTATING.but("enableKeyRotation", customerMasterKeySpec="SYMMETRIC_DEFAULT"),
    says="has no key rotation",
)
table.unknown("kms-rotation", "undecided", ROTATING.but(enableKeyRotation=UNKNOWN))
table.absent("kms-rotation", "fails", ROTATING.but("enableKeyRotation"))

# kms-policy-scoped
ROOT = {
    "Sid": "Account",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
LOGS = {
    "Sid": "Logs",
    "Effect": "Allow",
    "Principal": {"Service": "logs.ap-south-1.amazonaws.com"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
    "Resource": "*",
    "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:ap-south-1:{ACCOUNT}:*"}},
}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def governed(*statements: dict[str, Any]) -> It:
    return It("aws:kms/key:Key", "key", {"policy": policy(*statements)})


def without(statement: dict[str, Any], *keys: str, **changes: Any) -> dict[str, Any]:
    return {**{key: value for key, value in statement.items() if key not in keys}, **changes}


SCOPED = "kms-policy-scoped"
table.passes(SCOPED, governed(ROOT, LOGS))
table.passes(SCOPED, governed(ROOT, without(LOGS, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})))
table.passes(SCOPED, governed(without(ROOT, Principal={"AWS": ACCOUNT})))
table.passes(SCOPED, governed(ROOT, without(LOGS, "Condition", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"})))
table.fails(
    SCOPED,
    governed(ROOT, without(LOGS, "Condition")),
    says="statement Logs lets logs.ap-south-1.amazonaws.com use the key",
)
table.fails(SCOPED, governed(without(ROOT, Principal="*")), says="statement Account lets everyone")
table.fails(SCOPED, governed(without(ROOT, "Sid", Principal={"AWS": ["*"]})), says="statement 0 lets everyone")
table.fails(
    SCOPED,
    governed(ROOT, without(ROOT, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"})),
    says="gives kms:* to arn",
)
table.fails(
    SCOPED,
    governed(without(ROOT, Principal={"AWS": "arn:aws:iam::1:user/x"}, Action=["kms:Put*"])),
    says="gives kms:Put*",
)
table.fails(
    SCOPED,
    governed(without(LOGS, Condition={"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}})),
    says="for any account",
)
table.fails(SCOPED, governed(without(LOGS, Condition={"StringLike": {"aws:SourceArn": "*"}})), says="for any account")
table.fails(
    SCOPED, governed(without(ROOT, "Principal", NotPrincipal={"AWS": "arn:aws:iam::1:root"})), says="NotPrincipal"
)
THEIRS = {"AWS": "arn:aws:iam::444455556666:root"}
table.fails(SCOPED, governed(ROOT, without(ROOT, Principal=THEIRS)), says="the accounts 111122223333 and 444455556666")
table.fails(
    SCOPED, governed(ROOT, without(LOGS, "Condition", Principal=THEIRS)), says="all of another account, 444455556666"
)
table.fails(
    SCOPED, governed(ROOT, without(LOGS, "Condition", Principal={"AWS": "arn:aws:iam::*:root"})), says="everyone"
)
table.fails(SCOPED, governed(ROOT).but(bypassPolicyLockoutSafetyCheck=True), says="lockout safety check")
table.fails(
    SCOPED, It("aws:kms/keyPolicy:KeyPolicy", "p", {"policy": policy(without(ROOT, Principal="*"))}), says="everyone"
)
table.unknown(SCOPED, "undecided", governed(ROOT).but(policy=UNKNOWN))
table.absent(SCOPED, "passes", KEY)

# cmk-everywhere
VAULT = It("aws:backup/vault:Vault", "vault", {"kmsKeyArn": UNKNOWN}, {"kmsKeyArn": ["key"]})
TRACES = It(
    "aws:xray/encryptionConfig:EncryptionConfig", "traces", {"type": "KMS", "keyId": UNKNOWN}, {"keyId": ["key"]}
)
IMAGES = It(
    "aws:ecr/repository:Repository",
    "images",
    {"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": UNKNOWN}]},
    {"encryptionConfigurations": ["key"]},
)
PARAMETER = It("aws:ssm/parameter:Parameter", "p", {"type": "SecureString", "keyId": UNKNOWN}, {"keyId": ["key"]})
CLUSTER = It(
    "aws:rds/cluster:Cluster",
    "db",
    {
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyId": UNKNOWN,
        "performanceInsightsEnabled": True,
        "performanceInsightsKmsKeyId": UNKNOWN,
    },
    {"masterUserSecretKmsKeyId": ["key"], "performanceInsightsKmsKeyId": ["key"]},
)
EVERYWHERE = "cmk-everywhere"
for good in (VAULT, TRACES, IMAGES, PARAMETER, CLUSTER):
    table.passes(EVERYWHERE, KEY, good)
table.passes(EVERYWHERE, PARAMETER.but("keyId", type="String"))
table.passes(EVERYWHERE, It("aws:rds/clusterInstance:ClusterInstance", "i", {"performanceInsightsEnabled": False}))
encrypted_by_a_key(table, EVERYWHERE, VAULT, "kmsKeyArn")
table.fails(EVERYWHERE, KEY, TRACES.but(type="NONE"), says="encryption that AWS owns")
table.fails(
    EVERYWHERE, KEY, IMAGES.but(encryptionConfigurations=[{"encryptionType": "KMS"}]), says="no customer-managed key"
)
table.fails(EVERYWHERE, KEY, IMAGES.but("encryptionConfigurations"), says="no customer-managed key")
table.fails(EVERYWHERE, KEY, PARAMETER.but("keyId"), says="no customer-managed key (keyId)")
table.fails(EVERYWHERE, KEY, CLUSTER.but("masterUserSecretKmsKeyId"), says="masterUserSecretKmsKeyId")
table.fails(EVERYWHERE, KEY, CLUSTER.but(performanceInsightsKmsKeyId="alias/aws/rds"), says="AWS's own key")
table.unknown(EVERYWHERE, "undecided", KEY, TRACES.but(type=UNKNOWN))

# sns-cmk
DEAD = It("aws:sqs/queue:Queue", "dead", {"arn": UNKNOWN, "kmsMasterKeyId": UNKNOWN}, {"kmsMasterKeyId": ["key"]})
TOPIC = It("aws:sns/topic:Topic", "topic", {"kmsMasterKeyId": UNKNOWN}, {"kmsMasterKeyId": ["key"]})
ALIAS = It("aws:kms/alias:Alias", "alias", {"name": "alias/shop-data", "arn": UNKNOWN})
encrypted_by_a_key(table, "sns-cmk", TOPIC, "kmsMasterKeyId")
table.passes("sns-cmk", ALIAS, TOPIC.but(kmsMasterKeyId="alias/shop-data"))

# Keys that come a longer way: by an alias, a replica, a component of another language, together with something else.
FOREIGN = "arn:aws:kms:ap-south-1:444455556666:key/theirs"
OF_OURS = ALIAS.but(targetKeyId=UNKNOWN).linking(targetKeyId=["key"])
OF_THEIRS = ALIAS.but(targetKeyId=FOREIGN)
BY_ALIAS = TOPIC.linking(kmsMasterKeyId=["alias"])
ALIAS_ARN = f"arn:aws:kms:ap-south-1:{ACCOUNT}:alias/shop-data"
REPLICA = It("aws:kms/replicaKey:ReplicaKey", "replica", {"arn": UNKNOWN, "primaryKeyArn": FOREIGN})
COMPONENT = It("other:index:Keys", "ring")
CHILD = It("aws:kms/key:Key", "child", within="other:index:Keys$")
table.passes("sns-cmk", KEY, OF_OURS, BY_ALIAS)
table.passes("sns-cmk", KEY.but(keyId="1-2"), ALIAS.but(targetKeyId="1-2"), BY_ALIAS)
table.passes("sns-cmk", KEY, OF_OURS.but(arn=ALIAS_ARN), TOPIC.but(kmsMasterKeyId=ALIAS_ARN))
table.passes("sns-cmk", OF_THEIRS, BY_ALIAS, config={"outsideKeys": ["arn:aws:kms:*:444455556666:key/theirs"]})
table.fails("sns-cmk", KEY, OF_THEIRS, BY_ALIAS, says="alias, which stands for a key that this program doesn't make")
table.fails("sns-cmk", KEY, OF_THEIRS, TOPIC.but(kmsMasterKeyId="alias/shop-data"), says="which stands for a key")
table.fails(
    "sns-cmk",
    KEY,
    OF_OURS.but(arn=ALIAS_ARN),
    TOPIC.but(kmsMasterKeyId=ALIAS_ARN.replace(ACCOUNT, "444455556666")),
    says="doesn't make",
)
table.fails("sns-cmk", KEY, TOPIC.but(kmsMasterKeyId=FOREIGN), says="theirs, which this program doesn't make")
table.fails("sns-cmk", REPLICA, TOPIC.linking(kmsMasterKeyId=["replica"]), says="replica, which stands for a key")
table.passes(
    "sns-cmk",
    KEY,
    REPLICA.but(primaryKeyArn=UNKNOWN).linking(primaryKeyArn=["key"]),
    TOPIC.linking(kmsMasterKeyId=["replica"]),
)
table.fails("sns-cmk", COMPONENT, TOPIC.linking(kmsMasterKeyId=["ring"]), says="outside this program")
table.passes("sns-cmk", COMPONENT, CHILD, TOPIC.linking(kmsMasterKeyId=["ring"]))
table.unknown("sns-cmk", "undecided", KEY, DEAD, TOPIC.linking(kmsMasterKeyId=["key", "dead"]))
table.unknown("sns-cmk", "undecided", KEY, OF_OURS, TOPIC.but(kmsMasterKeyId=ALIAS_ARN))

# sqs-cmk-dlq
QUEUE = It(
    "aws:sqs/queue:Queue",
    "orders",
    {"url": UNKNOWN, "kmsMasterKeyId": UNKNOWN, "redrivePolicy": UNKNOWN},
    {"kmsMasterKeyId": ["key"], "redrivePolicy": ["dead"]},
)
QUEUES = "sqs-cmk-dlq"
encrypted_by_a_key(table, QUEUES, QUEUE, "kmsMasterKeyId")
table.passes(QUEUES, KEY, QUEUE, DEAD)
table.passes(
    QUEUES,
    KEY,
    DEAD.but(arn="arn:1"),
    QUEUE.but(redrivePolicy='{"deadLetterTargetArn": "arn:1", "maxReceiveCount": 5}'),
)
table.passes(QUEUES, KEY, DEAD.but(redriveAllowPolicy="{}"))
table.passes(
    QUEUES,
    KEY,
    QUEUE.but("redrivePolicy"),
    It("aws:sqs/redrivePolicy:RedrivePolicy", "r", {"queueUrl": UNKNOWN}, {"queueUrl": ["orders"]}),
)
table.passes(
    QUEUES,
    KEY,
    DEAD,
    It("aws:sns/topicSubscription:TopicSubscription", "s", {"redrivePolicy": UNKNOWN}, {"redrivePolicy": ["dead"]}),
)
table.fails(QUEUES, KEY, QUEUE.but("redrivePolicy"), says="no dead-letter queue")
table.fails(QUEUES, KEY, DEAD, says="no dead-letter queue and is none")
table.fails(
    QUEUES,
    KEY,
    DEAD.but(sqsManagedSseEnabled=True, redriveAllowPolicy="{}", kmsMasterKeyId=""),
    says="no customer-managed key",
)
table.unknown(
    QUEUES,
    "undecided",
    KEY,
    DEAD.but(arn="arn:1"),
    QUEUE.but(redrivePolicy={"deadLetterTargetArn": UNKNOWN}).linking(redrivePolicy=[]),
)

# secrets-cmk-rotation
SECRET = It(
    "aws:secretsmanager/secret:Secret",
    "api",
    {"name": "shop/api", "arn": UNKNOWN, "kmsKeyId": UNKNOWN},
    {"kmsKeyId": ["key"]},
)
ROTATION = It("aws:secretsmanager/secretRotation:SecretRotation", "turn", {"secretId": UNKNOWN}, {"secretId": ["api"]})
SECRETS = "secrets-cmk-rotation"
encrypted_by_a_key(table, SECRETS, SECRET)
table.passes(SECRETS, KEY, SECRET, ROTATION, config={"rotate": ["shop/*"]})
table.fails(SECRETS, KEY, SECRET, says="never rotated", config={"rotate": ["shop/*"]})

# resource-policy-not-public
PUBLIC = "resource-policy-not-public"
GRANT = {
    "Sid": "Read",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"},
    "Action": "s3:GetObject",
    "Resource": "*",
}
CDN = without(
    GRANT, Principal={"Service": "cloudfront.amazonaws.com"}, Condition={"StringEquals": {"AWS:SourceArn": "arn:x"}}
)


def bucket_policy(*statements: dict[str, Any]) -> It:
    return It("aws:s3/bucketPolicy:BucketPolicy", "policy", {"policy": policy(*statements)})


table.passes(PUBLIC, bucket_policy(GRANT, CDN))
SNAPSHOT = It("aws:rds/clusterSnapshot:ClusterSnapshot", "snapshot", {"sharedAccounts": ["111122223333"]})
LAYER = It(
    "aws:lambda/layerVersionPermission:LayerVersionPermission", "layer", {"principal": "*", "organizationId": "o-1"}
)
table.passes(PUBLIC, SNAPSHOT)
table.passes(PUBLIC, LAYER)
table.fails(PUBLIC, SNAPSHOT.but(sharedAccounts=["all"]), says="shared with everyone")
table.fails(PUBLIC, LAYER.but("organizationId"), says="shared with everyone")
table.fails(PUBLIC, bucket_policy(without(GRANT, Principal={"AWS": "arn:aws:iam::*:root"})), says="to everyone")
table.passes(PUBLIC, bucket_policy(without(GRANT, Effect="Deny", Principal="*")))
table.passes(
    PUBLIC, bucket_policy(without(GRANT, Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}))
)
table.passes(
    PUBLIC, bucket_policy(without(GRANT, Principal="*", Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}))
)
table.fails(PUBLIC, bucket_policy(without(GRANT, Principal="*")), says="statement Read allows s3:GetObject to everyone")
table.fails(PUBLIC, bucket_policy(GRANT, without(GRANT, "Sid", Principal={"AWS": ["*"]})), says="statement 1 allows")
table.fails(
    PUBLIC, bucket_policy(without(CDN, "Condition")), says="to cloudfront.amazonaws.com on behalf of any account"
)
for condition in (
    {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}},
    {"StringLike": {"aws:PrincipalArn": "*"}},
    {"StringEquals": {"aws:UserAgent": "me"}},
    {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}},
    {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
    {"StringNotEquals": {"aws:PrincipalAccount": "1"}},
    {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
):
    table.fails(PUBLIC, bucket_policy(without(GRANT, Principal="*", Condition=condition)), says="to everyone")
table.fails(PUBLIC, bucket_policy(without(GRANT, "Principal", NotPrincipal={"AWS": "arn:1"})), says="NotPrincipal")
for token in (
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
):
    table.fails(PUBLIC, It(token, "p", {"policy": policy(without(GRANT, Principal="*"))}), says="to everyone")
table.fails(
    PUBLIC,
    It(
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        "p",
        {"policyDocument": policy(without(GRANT, Principal="*"))},
    ),
    says="to everyone",
)
STREAMS = {
    "Effect": "Allow",
    "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
    "Action": "logs:CreateLogStream",
    "Resource": f"arn:aws:logs:ap-south-1:{ACCOUNT}:log-group:/aws/events/shop:*",
}


def log_policy(**changes: Any) -> It:
    token = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
    return It(token, "p", {"policyDocument": policy(without(STREAMS, **changes))})


table.passes(PUBLIC, log_policy())  # an empty stream, which EventBridge starts without saying for whom
table.fails(PUBLIC, log_policy(Action=["logs:CreateLogStream", "logs:PutLogEvents"]), says="on behalf of any account")
table.fails(PUBLIC, log_policy(Resource="*"), says="on behalf of any account")
table.fails(
    PUBLIC,
    log_policy(Resource=f"arn:aws:logs:ap-south-1:{ACCOUNT}:log-group:/aws/*:*"),
    says="on behalf of any account",
)
table.fails(PUBLIC, log_policy(Principal={"AWS": "*"}), says="to everyone")
EVENTS = It("aws:cloudwatch/eventPermission:EventPermission", "events", {"principal": "*"})
MEMBERS = {"type": "StringEquals", "key": "aws:PrincipalOrgID", "value": "o-1"}
table.passes(PUBLIC, EVENTS.but(condition=MEMBERS))
table.passes(PUBLIC, EVENTS.but(principal=ACCOUNT))
table.fails(PUBLIC, EVENTS, says="shared with everyone")
for change in ({"type": "StringLike", "value": "o-*"}, {"key": "aws:UserAgent"}, {"type": "StringNotEquals"}):
    table.fails(PUBLIC, EVENTS.but(condition={**MEMBERS, **change}), says="shared with everyone")
OFFERED = It(
    "aws:ec2/vpcEndpointService:VpcEndpointService",
    "offered",
    {"allowedPrincipals": [f"arn:aws:iam::{ACCOUNT}:root"], "acceptanceRequired": False},
)
table.passes(PUBLIC, OFFERED)
table.passes(PUBLIC, OFFERED.but(allowedPrincipals=["*"], acceptanceRequired=True))
table.fails(PUBLIC, OFFERED.but(allowedPrincipals=["*"]), says="shared with everyone")
table.fails(
    PUBLIC,
    It("aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple", "any", {"principalArn": "*"}),
    says="shared with everyone",
)
SEARCHED = It("aws:elasticsearch/domain:Domain", "old", {"accessPolicies": policy(without(GRANT, Principal="*"))})
table.fails(PUBLIC, SEARCHED, says="to everyone")
ANYBODY = without(GRANT, Principal="*")
MINE = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}
table.passes(PUBLIC, bucket_policy(ANYBODY, without(ANYBODY, Effect="Deny", Action="s3:*", Condition=MINE)))
table.fails(
    PUBLIC,
    bucket_policy(ANYBODY, without(ANYBODY, Effect="Deny", Action="s3:PutObject", Condition=MINE)),
    says="to everyone",
)
table.unknown(PUBLIC, "undecided", bucket_policy(GRANT).but(policy=UNKNOWN))
table.unknown(
    PUBLIC,
    "passes",
    bucket_policy().but(
        policy={"Statement": {**CDN, "Resource": UNKNOWN, "Condition": {"StringEquals": {"aws:SourceArn": UNKNOWN}}}}
    ),
)
table.absent(PUBLIC, "passes", bucket_policy().but("policy"))
