"""Security group of each store, empty at first, and its log groups, created in advance."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.stores.args import DataTierArgs


def security_group(tier: Component, args: DataTierArgs, kind: str, name: str, what: str) -> aws.ec2.SecurityGroup:
    """A security group without rules: it lets nothing in and nothing out until a rule names who may.

    `kind` (`db`, `proxy`, `cache`) keeps apart stores of the same name.
    """
    physical = args.site.named(name, kind)
    return aws.ec2.SecurityGroup(
        tier.child(kind, name),
        name=physical,
        description=what,
        vpc_id=args.network.vpc_id,
        tags=tier.tags(name=physical),
        opts=tier.opts(),
    )


def admit(
    tier: Component, *parts: str, client: aws.ec2.SecurityGroup, store: aws.ec2.SecurityGroup, port: int, what: str
) -> None:
    """Lets `client` connect to `store`, and nobody else: one rule on each side, each naming the other group."""
    aws.vpc.SecurityGroupEgressRule(
        tier.child(*parts),
        security_group_id=client.id,
        referenced_security_group_id=store.id,
        description=what,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        tags=tier.tags(),
        opts=tier.opts(parent=client),
    )
    aws.vpc.SecurityGroupIngressRule(
        tier.child(*parts),
        security_group_id=store.id,
        referenced_security_group_id=client.id,
        description=what,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        tags=tier.tags(),
        opts=tier.opts(parent=store),
    )


def log_group(
    tier: Component, args: DataTierArgs, *parts: str, name: str, parent: pulumi.Resource | None = None
) -> aws.cloudwatch.LogGroup:
    """A log group with key and retention; whatever writes to it must depend on it, or AWS makes one without either."""
    return aws.cloudwatch.LogGroup(
        tier.child(*parts),
        name=name,
        retention_in_days=args.log_retention_days,
        kms_key_id=args.keys.logs.arn,
        tags=tier.tags("confidential"),
        opts=tier.opts(parent=parent),
    )
