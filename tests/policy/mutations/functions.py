"""Mistakes in functions, clusters and Auto Scaling groups."""

from __future__ import annotations

from policy.pack.tokens import AUTO_SCALING_GROUP, EKS_CLUSTER, LAMBDA, LAMBDA_PERMISSION
from tests.policy.mutations import Mistakes, add, drop, put, ref

mistakes = Mistakes()
M = mistakes

# lambda-runtime-supported
RUNTIME = "lambda-runtime-supported"
for old in ("python3.8", "nodejs18.x", "provided.al2"):
    M(RUNTIME, f"it stays on {old}", put(LAMBDA, "runtime", old))

# lambda-dlq-tracing
TRACED = "lambda-dlq-tracing"
EVENTS = {"principal": "events.amazonaws.com", "sourceArn": "arn:aws:events:ap-south-1:1:rule/late"}
M(TRACED, "no tracing", drop(LAMBDA, "tracingConfig"))
M(TRACED, "tracing only where the caller traces", put(LAMBDA, "tracingConfig.mode", "PassThrough"))
M(
    TRACED,
    "a rule invokes it, and failures go nowhere",
    drop(LAMBDA, "deadLetterConfig", name="services-image-import"),
    add(LAMBDA_PERMISSION, "late", function=ref(LAMBDA, "services-image-import", "arn"), **EVENTS),
)

# lambda-env-cmk
ENVIRONMENT = "lambda-env-cmk"
VARIABLES = put(LAMBDA, "environment", {"variables": {"MODE": "x"}})
M(ENVIRONMENT, "no key", VARIABLES, drop(LAMBDA, "kmsKeyArn"))
M(ENVIRONMENT, "AWS's own key", VARIABLES, put(LAMBDA, "kmsKeyArn", "alias/aws/lambda"))
M(
    ENVIRONMENT,
    "another account's key",
    VARIABLES,
    put(LAMBDA, "kmsKeyArn", "arn:aws:kms:ap-south-1:999999999999:key/a"),
)

# lambda-invoke-scoped
INVOKED = "lambda-invoke-scoped"
M(INVOKED, "everybody", add(LAMBDA_PERMISSION, "all", function="fn", principal="*"))
M(INVOKED, "a service for anybody", add(LAMBDA_PERMISSION, "sns", function="fn", principal="sns.amazonaws.com"))
M(
    INVOKED,
    "a bucket that another account may come to own",
    add(LAMBDA_PERMISSION, "s3", function="fn", principal="s3.amazonaws.com", sourceArn="arn:aws:s3:::media"),
)
M(
    INVOKED,
    "whatever rule there is",
    add(
        LAMBDA_PERMISSION, "any", function="fn", principal="events.amazonaws.com", sourceArn="arn:aws:events:*:*:rule/*"
    ),
)
M(INVOKED, "an open address", add("aws:lambda/functionUrl:FunctionUrl", "url", authorizationType="NONE"))

# eks
CLUSTER = {
    "vpcConfig": {"endpointPrivateAccess": True, "endpointPublicAccess": False},
    "encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": ref("aws:kms/key:Key", "*", "arn")}},
    "enabledClusterLogTypes": ["api", "audit", "authenticator"],
}
EKS = add(EKS_CLUSTER, "apps", **CLUSTER)
ENDPOINT = "eks-private-endpoint"
M(ENDPOINT, "everybody reaches it", EKS, put(EKS_CLUSTER, "vpcConfig.endpointPublicAccess", True, "apps"))
M(ENDPOINT, "not from within", EKS, put(EKS_CLUSTER, "vpcConfig.endpointPrivateAccess", False, "apps"))
M(
    ENDPOINT,
    "everybody in two halves",
    EKS,
    put(EKS_CLUSTER, "vpcConfig.endpointPublicAccess", True, "apps"),
    put(EKS_CLUSTER, "vpcConfig.publicAccessCidrs", ["0.0.0.0/1", "128.0.0.0/1"], "apps"),
)
SECRETS = "eks-secrets-cmk"
M(SECRETS, "no key", EKS, drop(EKS_CLUSTER, "encryptionConfig", name="apps"))
M(SECRETS, "nothing is encrypted with it", EKS, put(EKS_CLUSTER, "encryptionConfig.resources", [], "apps"))
M(
    SECRETS,
    "another account's key",
    EKS,
    put(EKS_CLUSTER, "encryptionConfig.provider.keyArn", "arn:aws:kms:ap-south-1:999999999999:key/a", "apps"),
)
LOGS = "eks-control-plane-logs"
M(LOGS, "none", EKS, drop(EKS_CLUSTER, "enabledClusterLogTypes", name="apps"))
M(LOGS, "no audit", EKS, put(EKS_CLUSTER, "enabledClusterLogTypes", ["api", "authenticator"], "apps"))
M(LOGS, "no authenticator", EKS, put(EKS_CLUSTER, "enabledClusterLogTypes", ["api", "audit", "scheduler"], "apps"))

# asg-resilient
GROUP = add(
    AUTO_SCALING_GROUP,
    "workers",
    vpcZoneIdentifiers=["subnet-1", "subnet-2"],
    launchTemplate={"id": "lt-1"},
    healthCheckType="ELB",
    targetGroupArns=["arn:aws:elasticloadbalancing:r:1:targetgroup/a/b"],
)
ASG = "asg-resilient"
M(ASG, "one zone", GROUP, put(AUTO_SCALING_GROUP, "vpcZoneIdentifiers", ["subnet-1"], "workers"))
M(ASG, "a launch configuration", GROUP, put(AUTO_SCALING_GROUP, "launchConfiguration", "lc", "workers"))
M(ASG, "the balancer is not heard", GROUP, put(AUTO_SCALING_GROUP, "healthCheckType", "EC2", "workers"))
M(
    ASG,
    "attached elsewhere, and the balancer not heard",
    GROUP,
    put(AUTO_SCALING_GROUP, "name", "workers", "workers"),
    drop(AUTO_SCALING_GROUP, "targetGroupArns", "healthCheckType", name="workers"),
    add("aws:autoscaling/attachment:Attachment", "a", autoscalingGroupName="workers"),
)
