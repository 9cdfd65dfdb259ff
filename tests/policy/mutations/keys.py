"""Mistakes in keys, in what is encrypted with them, in queues, topics, secrets and resources' own policies."""

from __future__ import annotations

import json

from policy.pack.tokens import (
    BACKUP_VAULT,
    BUCKET_POLICY,
    KEY,
    PARAMETER,
    PROJECT,
    QUEUE,
    RDS_CLUSTER,
    RDS_INSTANCE,
    REPOSITORY,
    SECRET,
    TOPIC,
)
from tests.policy.mutations import Mistakes, add, drop, put, ref

mistakes = Mistakes()
M = mistakes

QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
XRAY = "aws:xray/encryptionConfig:EncryptionConfig"
EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
FOREIGN_KEY = "arn:aws:kms:ap-south-1:999999999999:key/0000"


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


# kms-rotation
M("kms-rotation", "off", put(KEY, "enableKeyRotation", False))
M("kms-rotation", "dropped", drop(KEY, "enableKeyRotation"), on="billing")
M("kms-rotation", "a new key", add(KEY, "more", description="more"))

# kms-policy-scoped
POLICY = "kms-policy-scoped"
USE = {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": "*"}
M(POLICY, "everybody decrypts", put(KEY, "policy|Statement.+", {**USE, "Principal": "*"}))
M(POLICY, "everybody, the other spelling", put(KEY, "policy|Statement.+", {**USE, "Principal": {"AWS": ["*"]}}))
M(
    POLICY,
    "a service, for any account",
    put(KEY, "policy|Statement.+", {**USE, "Principal": {"Service": "sns.amazonaws.com"}}),
)
M(
    POLICY,
    "a role owns the key",
    put(KEY, "policy|Statement.+", {**USE, "Action": "kms:*", "Principal": {"AWS": "arn:aws:iam::1:role/x"}}),
)
M(
    POLICY,
    "a role may change the policy, by a pattern",
    put(KEY, "policy|Statement.+", {**USE, "Action": "kms:Put*", "Principal": {"AWS": "arn:aws:iam::1:role/x"}}),
)
M(
    POLICY,
    "all but some callers",
    put(KEY, "policy|Statement.+", {**USE, "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}}),
)
M(
    POLICY,
    "a condition that holds where its key is absent",
    put(
        KEY,
        "policy|Statement.+",
        {**USE, "Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}},
    ),
)
M(
    POLICY,
    "in a policy of its own",
    add(KEY_POLICY, "open", keyId=ref(KEY, "keys-data"), policy=document({**USE, "Principal": "*"})),
)
M(POLICY, "no guard against locking everybody out", put(KEY, "bypassPolicyLockoutSafetyCheck", True))

# cmk-everywhere
CMK = "cmk-everywhere"
M(CMK, "a vault with AWS's own key", drop(BACKUP_VAULT, "kmsKeyArn"))
M(CMK, "traces with X-Ray's own key", put(XRAY, "type", "NONE"))
M(CMK, "a repository with another account's key", put(REPOSITORY, "encryptionConfigurations.0.kmsKey", FOREIGN_KEY))
M(CMK, "a repository without a block", drop(REPOSITORY, "encryptionConfigurations"))
M(CMK, "the master secret with AWS's own key", drop(RDS_CLUSTER, "masterUserSecretKmsKeyId"))
M(
    CMK,
    "an instance's master secret by AWS's alias",
    put(RDS_INSTANCE, "masterUserSecretKmsKeyId", "alias/aws/secretsmanager"),
    on="billing",
)
M(CMK, "a SecureString with AWS's own key", drop(PARAMETER, "keyId"), on="billing")
M(CMK, "a stream with AWS's own key", put("aws:kinesis/stream:Stream", "kmsKeyId", "alias/aws/kinesis"), on="billing")
M(CMK, "a build with AWS's own key", drop(PROJECT, "encryptionKey"), on="billing")

# sns-cmk
M("sns-cmk", "no key", drop(TOPIC, "kmsMasterKeyId"))
M("sns-cmk", "AWS's own key", put(TOPIC, "kmsMasterKeyId", "alias/aws/sns"))
M("sns-cmk", "another account's key", put(TOPIC, "kmsMasterKeyId", FOREIGN_KEY), on="billing")

# sqs-cmk-dlq
SQS = "sqs-cmk-dlq"
M(SQS, "no key", drop(QUEUE, "kmsMasterKeyId"))
M(SQS, "SQS's own key", drop(QUEUE, "kmsMasterKeyId"), put(QUEUE, "sqsManagedSseEnabled", True))
M(SQS, "AWS's own key", put(QUEUE, "kmsMasterKeyId", "alias/aws/sqs"))
M(SQS, "no dead letters", drop(QUEUE, "redrivePolicy", name="data-queue-orders"))
M(SQS, "a new queue without any", add(QUEUE, "more", name="more", kmsMasterKeyId=ref(KEY, "keys-data", "arn")))

# secrets-cmk-rotation
SECRETS = "secrets-cmk-rotation"
M(SECRETS, "AWS's own key", drop(SECRET, "kmsKeyId"), on="billing")
M(SECRETS, "by its alias", put(SECRET, "kmsKeyId", "alias/aws/secretsmanager"), on="billing")
M(SECRETS, "never rotated", put(SECRET, "description", "never rotated"), on="billing", config={"rotate": ["billing/*"]})

# resource-policy-not-public
PUBLIC = "resource-policy-not-public"
M(PUBLIC, "a bucket for everybody", put(BUCKET_POLICY, "policy|Statement.+", {**EVERYBODY, "Action": "s3:GetObject"}))
M(PUBLIC, "a queue for everybody", put(QUEUE_POLICY, "policy|Statement.+", EVERYBODY))
M(
    PUBLIC,
    "a topic for everybody, spelt otherwise",
    put(TOPIC_POLICY, "policy|Statement.+", {**EVERYBODY, "Principal": {"AWS": "*"}}),
)
M(
    PUBLIC,
    "a topic for a service of any account",
    put(TOPIC_POLICY, "policy|Statement.+", {**EVERYBODY, "Principal": {"Service": "events.amazonaws.com"}}),
)
M(
    PUBLIC,
    "all but some callers",
    put(
        QUEUE_POLICY,
        "policy|Statement.+",
        {"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "sqs:*", "Resource": "*"},
    ),
)
M(PUBLIC, "inline in a queue", put(QUEUE, "policy", document(EVERYBODY)))
M(
    PUBLIC,
    "a condition that names everybody",
    put(QUEUE_POLICY, "policy|Statement.+", {**EVERYBODY, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:*"}}}),
)
M(
    PUBLIC,
    "a condition on the whole internet",
    put(
        QUEUE_POLICY,
        "policy|Statement.+",
        {**EVERYBODY, "Condition": {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}},
    ),
)
M(
    PUBLIC,
    "a secret for everybody",
    add("aws:secretsmanager/secretPolicy:SecretPolicy", "open", secretArn=ref(SECRET), policy=document(EVERYBODY)),
    on="billing",
)
M(
    PUBLIC,
    "images for everybody",
    add("aws:ecr/repositoryPolicy:RepositoryPolicy", "open", repository="billing", policy=document(EVERYBODY)),
    on="billing",
)
