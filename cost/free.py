"""Types of resources that AWS does not charge for: what goes through them is in the lines of their users."""

from __future__ import annotations

from typing import Final

FREE: Final = (
    "accessanalyzer.", "acm.", "appautoscaling.", "autoscaling.", "backup.Plan", "backup.Selection",
    "backup.VaultPolicy", "budgets.", "cfg.", "cloudfront.CachePolicy", "cloudfront.Function", "cloudfront.Key",
    "cloudfront.Origin", "cloudfront.ResponseHeadersPolicy", "cloudfront.VpcOrigin", "cloudwatch.Event",
    "cloudwatch.LogDelivery", "cloudwatch.LogResourcePolicy", "cloudwatch.QueryDefinition", "codeconnections.",
    "computeoptimizer.", "dynamodb.ResourcePolicy", "ebs.", "ec2.DefaultNetworkAcl", "ec2.DefaultSecurityGroup",
    "ec2.InstanceMetadataDefaults", "ec2.InternetGateway", "ec2.LaunchTemplate", "ec2.NetworkAcl", "ec2.Route",
    "ec2.SecurityGroup", "ec2.Subnet", "ec2.Vpc", "ecr.LifecyclePolicy", "ecr.PullThroughCacheRule",
    "ecr.RegistryScanningConfiguration", "ecr.RepositoryPolicy", "ecs.CapacityProvider", "ecs.Cluster",
    "ecs.TaskDefinition", "eks.Access", "eks.Addon", "eks.FargateProfile", "eks.PodIdentityAssociation",
    "elasticache.ParameterGroup", "elasticache.SubnetGroup", "elasticache.User", "iam.", "kms.Alias", "kms.KeyPolicy",
    "lambda.EventSourceMapping", "lambda.Invocation", "lambda.Permission", "lb.Listener", "lb.TargetGroup",
    "rds.ClusterParameterGroup", "rds.ParameterGroup", "rds.ProxyDefaultTargetGroup", "rds.ProxyTarget",
    "rds.SubnetGroup", "route53.Record", "s3.Bucket", "scheduler.", "servicediscovery.HttpNamespace",
    "servicequotas.", "sns.Topic", "sqs.QueuePolicy", "sqs.RedriveAllowPolicy", "ssm.Association",
    "ssm.MaintenanceWindow", "ssm.Parameter", "ssm.Patch", "vpc.SecurityGroup", "wafv2.IpSet",
    "wafv2.WebAclAssociation", "wafv2.WebAclLoggingConfiguration", "xray.",
)  # fmt: skip
"""Starts of types. Analyzers are of access from outside, parameters of the standard tier, scheduled calls within the
14 million that a month has free, budgets without or within the first two actions."""


def is_free(kind: str) -> bool:
    return kind.startswith(FREE)
