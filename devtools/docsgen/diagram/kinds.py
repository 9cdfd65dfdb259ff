"""Drawn resource types with their icons and names. A new kind of store is one line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class StoreKind:
    """A kind of store."""

    name_property: str
    """Input that holds a store's physical name."""
    icon: str
    title: str
    in_vpc: bool = False
    """Whether it is in the data subnets."""
    only_used: bool = False
    """Whether one is drawn only if a service, job or function of the picture uses it: stacks have others for their own
    needs, such as dead letters and logs."""


STORES: Final = {
    "rds.Cluster": StoreKind("clusterIdentifier", "database/aurora", "Aurora", in_vpc=True),
    "elasticache.ReplicationGroup": StoreKind("replicationGroupId", "database/elasticache", "ElastiCache", in_vpc=True),
    "opensearch.Domain": StoreKind("domainName", "analytics/amazon-opensearch-service", "OpenSearch", in_vpc=True),
    "dynamodb.Table": StoreKind("name", "database/dynamodb", "DynamoDB"),
    "sqs.Queue": StoreKind("name", "integration/simple-queue-service-sqs", "SQS", only_used=True),
    "s3.Bucket": StoreKind("bucket", "storage/simple-storage-service-s3", "S3", only_used=True),
    "cloudwatch.EventBus": StoreKind("name", "integration/eventbridge", "EventBridge", only_used=True),
}
"""By the type's short name."""

ENGINES: Final = {"aurora-mysql": "Aurora MySQL", "aurora-postgresql": "Aurora PostgreSQL", "valkey": "Valkey"}
"""Titles of stores by their engine, where a kind has several."""


@dataclass(frozen=True)
class Part:
    """A card for all resources of a type."""

    resource_type: str
    icon: str
    name: str
    detail: str
    """Purpose; `{count}` is the number of resources."""


EDGE: Final = (
    Part("wafv2.WebAcl", "security/waf", "WAF", "web ACL"),
    Part("shield.Subscription", "security/shield", "Shield", "Advanced"),
)

BESIDE: Final = {
    "Security": (
        Part("acm.Certificate", "security/certificate-manager", "ACM", "TLS certificates"),
        Part("kms.Key", "security/key-management-service", "KMS", "{count} keys"),
        Part("secretsmanager.SecretRotation", "security/secrets-manager", "Secrets Manager", "rotated passwords"),
        Part("guardduty.Detector", "security/guardduty", "GuardDuty", "threats"),
        Part("securityhub.Account", "security/security-hub", "Security Hub", "standards"),
        Part("cfg.Recorder", "management/config", "Config", "what changed"),
        Part("inspector2.Enabler", "security/inspector", "Inspector", "vulnerabilities"),
        Part("cloudtrail.Trail", "management/cloudtrail", "CloudTrail", "who did what"),
        Part("sfn.StateMachine", "integration/step-functions", "Step Functions", "incident response"),
        Part("ssm.MaintenanceWindow", "management/systems-manager", "Systems Manager", "patches"),
        Part("backup.Plan", "storage/backup", "Backup", "of every store"),
    ),
    "Observability": (
        Part("cloudwatch.MetricAlarm", "management/cloudwatch", "CloudWatch", "{count} alarms"),
        Part("xray.Group", "devtools/x-ray", "X-Ray", "traces"),
        Part("sns.Topic", "integration/simple-notification-service-sns", "SNS", "alerts"),
    ),
    "Delivery": (
        Part("codepipeline.Pipeline", "devtools/codepipeline", "CodePipeline", "{count} pipelines"),
        Part("codebuild.Project", "devtools/codebuild", "CodeBuild", "build, test, scan"),
        Part("ecr.Repository", "compute/ec2-container-registry", "ECR", "images"),
    ),
}
"""Layers outside the request path, by title."""
