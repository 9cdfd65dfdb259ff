"""Lambda functions, EKS clusters and Auto Scaling groups."""

from __future__ import annotations

from tests.policy.cases import Table
from tests.policy.cases.data import KEY
from tests.policy.harness import ACCOUNT, UNKNOWN, It

table = Table()

FUNCTION = It(
    "aws:lambda/function:Function",
    "fn",
    {
        "name": "fn",
        "arn": UNKNOWN,
        "runtime": "python3.13",
        "tracingConfig": {"mode": "Active"},
        "deadLetterConfig": {"targetArn": UNKNOWN},
        "environment": {"variables": {"TABLE": "carts"}},
        "kmsKeyArn": UNKNOWN,
    },
    {"kmsKeyArn": ["key"]},
)

# lambda-runtime-supported
RUNTIME = "lambda-runtime-supported"
table.passes(RUNTIME, FUNCTION)
table.passes(RUNTIME, FUNCTION.but(runtime="nodejs24.x"))
for ended in ("python3.8", "nodejs16.x", "go1.x", "provided.al2"):
    table.fails(RUNTIME, FUNCTION.but(runtime=ended), says=f"runs on {ended}")
table.unknown(RUNTIME, "undecided", FUNCTION.but(runtime=UNKNOWN))
table.absent(RUNTIME, "passes", FUNCTION.but("runtime", packageType="Image"))

# lambda-dlq-tracing
TRACED = "lambda-dlq-tracing"
SILENT = FUNCTION.but("deadLetterConfig")
MAPPING = It(
    "aws:lambda/eventSourceMapping:EventSourceMapping", "m", {"functionName": UNKNOWN}, {"functionName": ["fn"]}
)
ON_FAILURE = It(
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    "c",
    {"functionName": "fn", "destinationConfig": {"onFailure": {"destination": UNKNOWN}}},
)
PERMISSION = It(
    "aws:lambda/permission:Permission",
    "p",
    {
        "function": "fn",
        "principal": "events.amazonaws.com",
        "sourceArn": f"arn:aws:events:ap-south-1:{ACCOUNT}:rule/shop-late",
    },
)
table.passes(TRACED, FUNCTION, PERMISSION)
table.passes(TRACED, SILENT, MAPPING)
table.passes(TRACED, SILENT, PERMISSION, ON_FAILURE)
table.passes(
    TRACED,
    SILENT,
    It(
        "aws:codepipeline/pipeline:Pipeline",
        "pipeline",
        {"stages": [{"name": "Check", "actions": [{"configuration": {"FunctionName": "fn"}}]}]},
    ),
)
table.fails(TRACED, SILENT, PERMISSION, MAPPING, says="no dead-letter queue or failure destination")
table.fails(TRACED, SILENT, ON_FAILURE.but("destinationConfig"), says="no dead-letter queue or failure destination")
table.fails(TRACED, FUNCTION.but(tracingConfig={"mode": "PassThrough"}), says="not traced")
table.unknown(TRACED, "undecided", FUNCTION.but(tracingConfig=UNKNOWN))
table.absent(TRACED, "fails", FUNCTION.but("tracingConfig"), says="not traced")

# lambda-env-cmk
ENVIRONMENT = "lambda-env-cmk"
table.passes(ENVIRONMENT, KEY, FUNCTION)
table.passes(ENVIRONMENT, FUNCTION.but("environment", "kmsKeyArn"))
table.fails(ENVIRONMENT, KEY, FUNCTION.but(kmsKeyArn="alias/aws/lambda"), says="AWS's own key")
table.fails(ENVIRONMENT, KEY, FUNCTION.but(kmsKeyArn="arn:aws:kms:ap-south-1:1:key/z"), says="doesn't make")
table.fails(ENVIRONMENT, KEY, FUNCTION.but("kmsKeyArn", environment=[{"variables": UNKNOWN}]), says="no customer-man")
table.unknown(ENVIRONMENT, "fails", KEY, FUNCTION.linking(kmsKeyArn=[]), says="outside this program")
table.absent(ENVIRONMENT, "fails", FUNCTION.but("kmsKeyArn"), says="no customer-managed key")

# lambda-invoke-scoped
INVOKED = "lambda-invoke-scoped"
URL = It("aws:lambda/functionUrl:FunctionUrl", "url", {"authorizationType": "AWS_IAM"})
table.passes(INVOKED, PERMISSION)
table.passes(INVOKED, PERMISSION.but("sourceArn", sourceAccount=ACCOUNT))
table.passes(INVOKED, PERMISSION.but("sourceArn", principal=f"arn:aws:iam::{ACCOUNT}:role/app"))
table.passes(
    INVOKED, PERMISSION.but(principal="s3.amazonaws.com", sourceArn="arn:aws:s3:::shop-media", sourceAccount=ACCOUNT)
)
table.passes(INVOKED, URL)
table.fails(INVOKED, PERMISSION.but("sourceArn"), says="lets events.amazonaws.com invoke")
table.fails(INVOKED, PERMISSION.but("sourceArn", principal="*"), says="everyone")
table.fails(INVOKED, PERMISSION.but(sourceArn="arn:aws:events:*:*:rule/*"), says="for arn:aws:events:*:*:rule/*")
table.fails(
    INVOKED,
    PERMISSION.but(principal="s3.amazonaws.com", sourceArn="arn:aws:s3:::shop-media"),
    says="not the account that must own it",
)
table.fails(INVOKED, PERMISSION.but(functionUrlAuthType="NONE"), says="the function's URL")
table.fails(INVOKED, URL.but(authorizationType="NONE"), says="without authentication")
table.unknown(INVOKED, "undecided", PERMISSION.but(sourceArn=UNKNOWN))
table.unknown(INVOKED, "passes", PERMISSION.but(sourceArn=UNKNOWN, sourceAccount=UNKNOWN))
table.absent(INVOKED, "fails", URL.but("authorizationType"), says="without authentication")

# eks
CLUSTER = It(
    "aws:eks/cluster:Cluster",
    "cluster",
    {
        "vpcConfig": {"endpointPrivateAccess": True, "endpointPublicAccess": False},
        "encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": UNKNOWN}},
        "enabledClusterLogTypes": ["api", "audit", "authenticator"],
    },
    {"encryptionConfig": ["key"]},
)
ENDPOINT = "eks-private-endpoint"
NAMED = {"endpointPrivateAccess": True, "endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}
table.passes(ENDPOINT, CLUSTER)
table.passes(ENDPOINT, CLUSTER.but(vpcConfig=[NAMED]))
table.fails(ENDPOINT, CLUSTER.but(vpcConfig={"endpointPublicAccess": False}), says="only a public API endpoint")
table.fails(ENDPOINT, CLUSTER.but(vpcConfig={"endpointPrivateAccess": True}), says="lets 0.0.0.0/0 reach its API")
table.fails(
    ENDPOINT,
    CLUSTER.but(vpcConfig={**NAMED, "publicAccessCidrs": ["10.0.0.0/8", "128.0.0.0/1"]}),
    says="lets 128.0.0.0/1",
)
table.unknown(ENDPOINT, "undecided", CLUSTER.but(vpcConfig={**NAMED, "publicAccessCidrs": [UNKNOWN]}))
table.absent(ENDPOINT, "fails", CLUSTER.but("vpcConfig"), says="0.0.0.0/0")

SECRETS = "eks-secrets-cmk"
table.passes(SECRETS, KEY, CLUSTER)
table.fails(SECRETS, KEY, CLUSTER.but(encryptionConfig={"resources": []}), says="a key that AWS owns")
table.fails(
    SECRETS,
    KEY,
    CLUSTER.but(encryptionConfig={"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:r:1:key/z"}}),
    says="doesn't make",
)
table.fails(SECRETS, KEY, CLUSTER.but(encryptionConfig={"resources": ["secrets"]}), says="no customer-managed key")
table.unknown(SECRETS, "undecided", KEY, CLUSTER.but(encryptionConfig=UNKNOWN))
table.unknown(SECRETS, "fails", KEY, CLUSTER.linking(encryptionConfig=[]), says="outside this program")
table.absent(SECRETS, "fails", CLUSTER.but("encryptionConfig"), says="a key that AWS owns")

LOGS = "eks-control-plane-logs"
table.passes(LOGS, CLUSTER)
table.fails(LOGS, CLUSTER.but(enabledClusterLogTypes=["api", "scheduler"]), says="audit and authenticator")
table.unknown(LOGS, "undecided", CLUSTER.but(enabledClusterLogTypes=[UNKNOWN]))
table.absent(LOGS, "fails", CLUSTER.but("enabledClusterLogTypes"), says="api and audit and authenticator")

# asg-resilient
GROUP = It(
    "aws:autoscaling/group:Group",
    "group",
    {
        "name": "group",
        "vpcZoneIdentifiers": [UNKNOWN, UNKNOWN],
        "launchTemplate": {"id": UNKNOWN},
        "healthCheckType": "ELB",
        "targetGroupArns": [UNKNOWN],
    },
)
ATTACHMENT = It("aws:autoscaling/attachment:Attachment", "a", {"autoscalingGroupName": "group"})
ASG = "asg-resilient"
table.passes(ASG, GROUP)
table.passes(ASG, GROUP.but("targetGroupArns", healthCheckType="EC2"))
table.passes(ASG, GROUP.but("vpcZoneIdentifiers", availabilityZones=["a", "b"]))
table.passes(
    ASG,
    GROUP.but(vpcZoneIdentifiers=UNKNOWN).linking(vpcZoneIdentifiers=["s1", "s2"]),
    It("aws:ec2/subnet:Subnet", "s1"),
    It("aws:ec2/subnet:Subnet", "s2"),
)
table.fails(ASG, GROUP.but(vpcZoneIdentifiers=["subnet-1"]), says="one zone")
table.fails(ASG, GROUP.but("launchTemplate", launchConfiguration="lc"), says="launch configuration")
table.fails(ASG, GROUP.but(healthCheckType="EC2"), says="load balancer's health check")
table.fails(ASG, GROUP.but("targetGroupArns", "healthCheckType"), ATTACHMENT, says="load balancer's health check")
table.unknown(ASG, "undecided", GROUP.but(vpcZoneIdentifiers=UNKNOWN))
table.unknown(ASG, "undecided", GROUP.but(healthCheckType=UNKNOWN))
table.absent(ASG, "fails", GROUP.but("vpcZoneIdentifiers"), says="one zone")
