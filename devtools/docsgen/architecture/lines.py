"""The lines of the case study, and the resources that each requires."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from devtools.docsgen.architecture.graph import Inputs


@dataclass(frozen=True)
class Carrier:
    """A resource type that implements a line: at least one has to exist."""

    kind: str
    """Short name, for example `ec2.Vpc`."""
    where: Callable[[Inputs], bool] | None = None
    """Filter on the resources. Default: all."""
    setting: str | None = None
    """Setting that enables it. Default: none, production has it unchanged."""
    which: str = ""
    """The filter in words."""
    every: bool = False
    """Whether all resources of the type have to fit `where`, not one alone."""


@dataclass(frozen=True)
class Line:
    """A line of the case study."""

    start: str
    """Unique start of the line."""
    how: str
    """The shop's answer to it."""
    carriers: tuple[Carrier, ...]


def has(path: str, *values: Any) -> Callable[[Inputs], bool]:
    """Whether a property, or one inside it, has one of these values; without values, whether it is there and on."""

    def test(inputs: Inputs) -> bool:
        found = inputs
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found in values if values else bool(found)

    return test


def mentions(*words: str) -> Callable[[Inputs], bool]:
    """Filter: one of these words occurs anywhere in the resource."""
    return lambda inputs: any(word in json.dumps(dict(inputs), default=str) for word in words)


def production(*kinds: str) -> tuple[Carrier, ...]:
    return tuple(Carrier(kind) for kind in kinds)


def by_setting(setting: str, *kinds: str) -> tuple[Carrier, ...]:
    return tuple(Carrier(kind, setting=setting) for kind in kinds)


SHIELD: Final = "edge.shieldAdvanced"
EC2: Final = "compute: ec2"
EKS: Final = "compute: eks"
PURCHASES: Final = "cost.purchases"
ARCHIVE: Final = "data.media.archiveAfterDays"
CODECOMMIT: Final = "delivery.codeCommit"
ORGANISATION: Final = "observability.organizationId"
HOURS: Final = "operatingHours"
MONITOR: Final = "account.costMonitor"

_SCALING: Final = production("appautoscaling.Target", "appautoscaling.Policy")
_SPOT: Final = Carrier("ecs.Service", mentions("FARGATE_SPOT"), which="partly Spot")
_CLEANUP: Final = Carrier("lambda.Function", mentions("volume_cleanup"), which="cleanup")

LINES: Final = (
    Line(
        "e-commerce platform designed",
        "one program, a stack for each environment, settings instead of forks",
        production("ecs.Service", "rds.Cluster", "cloudfront.Distribution"),
    ),
    Line(
        "Now for an e-commerce company",
        "a sale is a setting: every tier scales by itself and is scaled ahead of the event (`sale/`)",
        _SCALING,
    ),
    Line("Explain the chosen architecture", "this page", production("ecs.Cluster", "ec2.Vpc")),
    Line("VPC", "one for each stack, its traffic logged", production("ec2.Vpc", "ec2.FlowLog")),
    Line("Subnets", "public, app and data subnets in every zone", production("ec2.Subnet")),
    Line(
        "Route Tables",
        "one for each subnet; the data subnets have no way out",
        production("ec2.RouteTable", "ec2.Route", "ec2.RouteTableAssociation"),
    ),
    Line(
        "Internet Gateways",
        "for the public subnets alone; a NAT gateway in each zone for what goes out",
        production("ec2.InternetGateway", "ec2.NatGateway"),
    ),
    Line(
        "Application Load Balancer",
        "internal, reached through CloudFront alone",
        production("lb.LoadBalancer", "lb.Listener", "lb.ListenerRule", "lb.TargetGroup"),
    ),
    Line(
        "Content Delivery Network",
        "CloudFront with an origin shield and a private origin",
        production("cloudfront.Distribution", "cloudfront.CachePolicy", "cloudfront.VpcOrigin"),
    ),
    Line(
        "WAF & Shield",
        "managed rules and rate limits at the edge and before the load balancer; Shield Standard is always on",
        production("wafv2.WebAcl", "wafv2.WebAclAssociation")
        + by_setting(SHIELD, "shield.Subscription", "shield.Protection"),
    ),
    Line(
        "EC2 / ECS / EKS",
        "ECS on Fargate; instances or Kubernetes for a service or for all, by a setting",
        production("ecs.Cluster", "ecs.Service")
        + by_setting(EC2, "ec2.LaunchTemplate", "ecs.CapacityProvider")
        + by_setting(EKS, "eks.Cluster", "eks.PodIdentityAssociation"),
    ),
    Line(
        "Auto Scaling Groups",
        "under the services that run on instances",
        by_setting(EC2, "autoscaling.Group"),
    ),
    Line(
        "Microservices (MSA1, MSA2, MSA3)",
        "catalog, cart and checkout, with ui before and orders behind them",
        production("ecs.Service", "ecs.TaskDefinition", "servicediscovery.HttpNamespace"),
    ),
    Line(
        "SQL Database",
        "Aurora: MySQL for the catalogue, PostgreSQL for orders, behind proxies",
        production("rds.Cluster", "rds.ClusterInstance", "rds.Proxy"),
    ),
    Line("NoSQL Database", "carts, on demand", production("dynamodb.Table")),
    Line(
        "Caching",
        "Valkey for sessions, each service its own user",
        production("elasticache.ReplicationGroup", "elasticache.User"),
    ),
    Line(
        "File Storage",
        "images and static files, access logs, trails",
        production("s3.Bucket", "s3.BucketPublicAccessBlock"),
    ),
    Line(
        "IAM Roles and Policies", "a role for each task, function and stage", production("iam.Role", "iam.RolePolicy")
    ),
    Line(
        "Security Groups",
        "by reference from group to group; the default group admits nothing",
        production(
            "ec2.SecurityGroup",
            "ec2.DefaultSecurityGroup",
            "vpc.SecurityGroupIngressRule",
            "vpc.SecurityGroupEgressRule",
        ),
    ),
    Line("NACLs", "one for each tier of subnets", production("ec2.NetworkAcl", "ec2.NetworkAclRule")),
    Line("KMS for Key Management", "a rotated key for each domain", production("kms.Key", "kms.Alias")),
    Line(
        "CloudWatch",
        "alarms on what customers feel, dashboards, saved queries",
        production(
            "cloudwatch.MetricAlarm", "cloudwatch.CompositeAlarm", "cloudwatch.Dashboard", "cloudwatch.LogGroup"
        ),
    ),
    Line("CloudTrail", "every region, validated, locked", production("cloudtrail.Trail")),
    Line("AWS X-Ray", "traces of every service, by OpenTelemetry", production("xray.Group", "xray.SamplingRule")),
    Line(
        "Source Stage:",
        "GitHub through a connection, or CodeCommit",
        production("codepipeline.Pipeline", "codeconnections.Connection")
        + by_setting(CODECOMMIT, "codecommit.Repository"),
    ),
    Line("Build Stage:", "compile, test, build and scan the image", production("codebuild.Project", "ecr.Repository")),
    Line(
        "Deploy Stage:",
        "by digest, rolled back by alarms; task definitions and services are code",
        production("codepipeline.Pipeline", "ecs.TaskDefinition", "ecs.Service"),
    ),
    Line(
        "WAF rules, encryption, and compliance standards.",
        "the policy pack judges each change; Security Hub and Config judge what runs",
        production("wafv2.WebAcl", "kms.Key", "securityhub.StandardsSubscription", "cfg.ConformancePack"),
    ),
    Line(
        "TLS for Data In Transit:",
        "ACM at the edge and at the load balancer; stores, queues and buckets refuse anything else",
        (
            *production("acm.Certificate", "acm.CertificateValidation"),
            Carrier("lb.Listener", has("protocol", "HTTPS"), which="HTTPS"),
            Carrier("elasticache.ReplicationGroup", has("transitEncryptionEnabled"), every=True, which="in transit"),
            Carrier("rds.Proxy", has("requireTls"), every=True, which="TLS required"),
            Carrier("s3.BucketPolicy", mentions("aws:SecureTransport"), which="TLS only"),
        ),
    ),
    Line(
        "At-Rest Encryption:",
        "every store under the stack's own keys; load balancers' logs under S3's, as they know no other",
        (
            Carrier("rds.Cluster", has("storageEncrypted"), every=True, which="encrypted"),
            Carrier("dynamodb.Table", has("serverSideEncryption.enabled"), every=True, which="encrypted"),
            Carrier("elasticache.ReplicationGroup", has("atRestEncryptionEnabled"), every=True, which="encrypted"),
            Carrier("s3.BucketServerSideEncryptionConfiguration", mentions("aws:kms"), which="own key"),
            Carrier("sqs.Queue", has("kmsMasterKeyId"), every=True, which="encrypted"),
        ),
    ),
    Line(
        "IAM Roles and Policies:",
        "exact actions on exact resources, judged by the policy pack; people have roles with a second factor",
        (
            *production("iam.Role", "iam.RolePolicy"),
            Carrier("iam.Role", mentions("aws:MultiFactorAuth"), which="second factor"),
        ),
    ),
    Line(
        "Network Security:",
        "security groups, NACLs and isolated data subnets",
        production("vpc.SecurityGroupIngressRule", "ec2.NetworkAclRule", "ec2.Subnet", "wafv2.WebAcl")
        + by_setting(SHIELD, "shield.Protection"),
    ),
    Line(
        "Monitoring and Logging:",
        "alarms with runbooks; a trail of the account, or of the organisation by a setting",
        (
            *production("cloudwatch.MetricAlarm", "cloudtrail.Trail"),
            Carrier("cloudtrail.Trail", has("isOrganizationTrail"), setting=ORGANISATION, which="of the organisation"),
        ),
    ),
    Line(
        "Incident Response:",
        "findings of high severity start a state machine; dry run until it is armed",
        (
            *production("guardduty.Detector", "sfn.StateMachine"),
            Carrier("cloudwatch.EventRule", mentions("aws.guardduty"), which="on findings"),
            Carrier("lambda.Function", mentions("response_"), which="response"),
        ),
    ),
    Line(
        "Patch Management:",
        "a baseline and a window for instances; images rebuilt on a schedule and when a scan finds something critical",
        (
            *production(
                "ssm.PatchBaseline", "ssm.MaintenanceWindow", "ssm.MaintenanceWindowTask", "inspector2.Enabler"
            ),
            Carrier("cloudwatch.EventRule", mentions("aws.inspector2"), which="on critical findings"),
        ),
    ),
    Line(
        "Auto-Scaling Groups (ASGs):",
        "on CPU, on network traffic and on a metric of the shop's own",
        (
            *by_setting(EC2, "autoscaling.Group", "autoscaling.Policy"),
            Carrier("autoscaling.Policy", mentions("ASGAverageNetwork"), setting=EC2, which="network traffic"),
        ),
    ),
    Line("**Microservices Scaling:**", "each service on its own load: CPU, requests, backlog", _SCALING),
    Line(
        "EC2 Reserved Instances:",
        "for databases, cache nodes and, as a plan, instances: bought only if named in full",
        by_setting(PURCHASES, "rds.ReservedInstance", "elasticache.ReservedCacheNode", "savingsplans.SavingsPlan"),
    ),
    Line(
        "Savings Plans:",
        "bought only if named in full; else the output `commitments` says what would fit",
        by_setting(PURCHASES, "savingsplans.SavingsPlan"),
    ),
    Line(
        "Leverage Spot Instances:",
        "stateless services in part, and batch jobs, which start again",
        (_SPOT, Carrier("scheduler.Schedule", mentions("FARGATE_SPOT"), which="jobs")),
    ),
    Line(
        "Instance Right-Sizing:",
        "Compute Optimizer watches what is really used",
        production("computeoptimizer.EnrollmentStatus"),
    ),
    Line(
        "ECS/EKS with Fargate:",
        "no server to manage, paid by the second",
        (Carrier("ecs.Service", mentions("FARGATE"), which="on Fargate"), Carrier("eks.FargateProfile", setting=EKS)),
    ),
    Line(
        "AWS Lambda:",
        "order events; and what runs now and then: imports, responses, cleanup",
        production("lambda.Function", "lambda.EventSourceMapping", "cloudwatch.EventBus"),
    ),
    Line(
        "S3 Storage Classes:",
        "media at once, with an archive tier by setting",
        (
            Carrier("s3.BucketLifecycleConfiguration", mentions("INTELLIGENT_TIERING"), which="Intelligent-Tiering"),
            Carrier("s3.BucketIntelligentTieringConfiguration", setting=ARCHIVE),
        ),
    ),
    Line(
        "EBS Volume Types:",
        "gp3; unattached volumes and stale snapshots go after a grace period",
        (_CLEANUP, Carrier("ec2.LaunchTemplate", mentions("gp3"), setting=EC2, which="gp3")),
    ),
    Line("The proposed AWS cloud architecture", "this program", production("ecs.Service", "rds.Cluster", "kms.Key")),
    Line(
        "High Availability:",
        "three zones in every tier; readers and replicas fail over",
        production(
            "ec2.Subnet", "ec2.NatGateway", "rds.ClusterInstance", "elasticache.ReplicationGroup", "backup.Plan"
        ),
    ),
    Line(
        "Scalability:",
        "every service by itself, databases by their capacity, provisioned ones by their readers",
        _SCALING,
    ),
    Line(
        "Security:",
        "defence in each layer, judged before each change and watched afterwards",
        production("wafv2.WebAcl", "kms.Key", "guardduty.Detector", "cloudtrail.Trail"),
    ),
    Line(
        "Performance:",
        "answers from the edge and from memory where they can come from there",
        production("cloudfront.CachePolicy", "elasticache.ReplicationGroup", "rds.Proxy"),
    ),
    Line(
        "Cost-Efficiency:",
        "a budget, advice, cleanup; stacks that are not production sleep at night",
        (
            *production("budgets.Budget"),
            *by_setting(MONITOR, "costexplorer.AnomalyMonitor", "costexplorer.AnomalySubscription"),
            _CLEANUP,
            Carrier("scheduler.Schedule", mentions("stopDBCluster"), setting=HOURS, which="off at night"),
        ),
    ),
)
