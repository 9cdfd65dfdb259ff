"""One customer-managed key for each domain: data, logs, edge and delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from aws_facts.regions import EDGE_REGION
from components import iam
from components.base import Component
from components.handles import KeyHandle, KeyRing
from components.site import Site
from specs.compute import AUTO_SCALING_ROLE

ROTATION_DAYS: Final = 365  # KMS: 90 to 2,560; a year is what auditors ask for (CIS, PCI DSS)
# KMS: 7 to 30. A key deleted by mistake can be saved for a month in production; elsewhere a rebuild matters more.
DELETION_DAYS: Final = {True: 30, False: 7}

_USE: Final = ("kms:Decrypt", "kms:GenerateDataKey*")


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    site: Site
    edge_provider: pulumi.ProviderResource
    """AWS provider in us-east-1, where the edge's key lives."""
    launches_instances: bool = False
    """Whether Auto Scaling starts instances, whose volumes the data key encrypts."""


class Keys(Component):
    """The keys of one stack. Each is administered by the account and used by the services that its domain names."""

    tier = "security"
    kind = "Keys"

    ring: KeyRing

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        site = args.site
        self.ring = KeyRing(
            data=self._data_key(launches_instances=args.launches_instances),
            logs=self._key("logs", "log groups, trails and alerts", _logs_statements(site)),
            edge=self._key(
                "edge",
                "logs and alerts of the edge",
                [_log_groups(site, EDGE_REGION), _alarms(site, EDGE_REGION)],
                provider=args.edge_provider,
            ),
            delivery=self._key("delivery", "container images and build artifacts", []),
        )
        self.register_outputs({f"{domain}KeyArn": getattr(self.ring, domain).arn for domain in vars(self.ring)})

    def _data_key(self, *, launches_instances: bool) -> KeyHandle:
        statements = _data_statements(self.site)
        needed: list[pulumi.Resource] = []
        if launches_instances:
            # KMS refuses a policy whose principal does not exist, so the role comes before the key.
            role = aws.iam.ServiceLinkedRole(
                self.child("auto-scaling"),
                aws_service_name="autoscaling.amazonaws.com",
                custom_suffix=self.site.prefix,
                description=f"{self.site.prefix}: Auto Scaling starts instances with encrypted volumes",
                tags=self.tags("internal"),
                opts=self.opts(),
            )
            statements += _volume_statements(self.site)
            needed.append(role)
        return self._key("data", "databases, tables, caches, queues and objects", statements, needed=needed)

    def _key(
        self,
        domain: str,
        what: str,
        statements: list[iam.Statement],
        provider: pulumi.ProviderResource | None = None,
        needed: Sequence[pulumi.Resource] = (),
    ) -> KeyHandle:
        site = self.site
        key = aws.kms.Key(
            self.child(domain),
            description=f"{site.prefix}: {what}",
            enable_key_rotation=True,
            rotation_period_in_days=ROTATION_DAYS,
            deletion_window_in_days=DELETION_DAYS[site.production],
            policy=iam.document(_administration(site), *statements),
            tags=self.tags("confidential", site.named(domain)),
            opts=self.opts(provider=provider, depends_on=needed),
        )
        alias = f"alias/{site.named(domain)}"
        aws.kms.Alias(
            self.child(domain, "alias"),
            name=alias,
            target_key_id=key.key_id,
            opts=self.opts(parent=key, provider=provider),
        )
        return KeyHandle(key_id=key.key_id, arn=key.arn, alias_name=alias)


def _administration(site: Site) -> iam.Statement:
    """Without it the key would be unmanageable; it lets IAM policies of this account decide, as KMS recommends."""
    return iam.statement("AccountAdministers", ["kms:*"], ["*"], principal={"AWS": site.iam_arn("root")})


def _data_statements(site: Site) -> list[iam.Statement]:
    cluster = {"aws:ecs:clusterAccount": site.account_id, "aws:ecs:clusterName": site.prefix}
    context = {f"kms:EncryptionContext:{key}": value for key, value in cluster.items()}
    return [
        iam.statement(
            "CloudFrontReadsMedia",
            ["kms:Decrypt"],
            ["*"],
            principal={"Service": "cloudfront.amazonaws.com"},
            condition={
                "StringEquals": {"aws:SourceAccount": site.account_id},
                "ArnLike": {"aws:SourceArn": site.arn("cloudfront", "distribution/*", region="")},
            },
        ),
        # Ephemeral storage of Fargate tasks: the service makes a data key for each task and a grant to open it.
        iam.statement(
            "FargateMakesTaskKeys",
            ["kms:GenerateDataKeyWithoutPlaintext"],
            ["*"],
            principal={"Service": "fargate.amazonaws.com"},
            condition={"StringEquals": context},
        ),
        iam.statement(
            "FargateGrantsTaskKeys",
            ["kms:CreateGrant"],
            ["*"],
            principal={"Service": "fargate.amazonaws.com"},
            condition={
                "StringEquals": context,
                "ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]},
            },
        ),
        *_event_statements(site),
    ]


def _event_statements(site: Site) -> list[iam.Statement]:
    """EventBridge, for the stack's own buses and archives, and for queues that it sends to."""
    principal = {"Service": "events.amazonaws.com"}
    own = [site.arn("events", f"{kind}/{site.prefix}-*") for kind in ("archive", "event-bus", "rule")]
    return [
        iam.statement(
            "EventBridgeKeepsEvents",
            [*_USE, "kms:DescribeKey", "kms:ReEncrypt*"],
            ["*"],
            principal=principal,
            condition={"StringEquals": {"aws:SourceAccount": site.account_id}, "ArnLike": {"aws:SourceArn": own}},
        ),
        # Scoped to the queue that is written to: SQS puts its ARN into every use of a key.
        iam.statement(
            "EventBridgeSends",
            _USE,
            ["*"],
            principal=principal,
            condition={"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": site.arn("sqs", f"{site.prefix}-*")}},
        ),
    ]


def _volume_statements(site: Site) -> list[iam.Statement]:
    """Encrypted volumes of instances (EC2 Auto Scaling user guide, "Required AWS KMS key policy"), of this stack's
    groups alone: they share a role that no other group uses."""
    role = {"AWS": site.iam_arn(f"role/{AUTO_SCALING_ROLE}{site.prefix}")}
    return [
        iam.statement(
            "AutoScalingEncryptsVolumes",
            [*_USE, "kms:DescribeKey", "kms:Encrypt", "kms:ReEncrypt*"],
            ["*"],
            principal=role,
        ),
        iam.statement(
            "AutoScalingGrantsVolumes",
            ["kms:CreateGrant"],
            ["*"],
            principal=role,
            condition={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]


def _logs_statements(site: Site) -> list[iam.Statement]:
    trail = site.arn("cloudtrail", f"trail/{site.named('trail')}")
    return [
        _log_groups(site, site.region),
        _alarms(site, site.region),
        *_cost_alerts(site),
        iam.statement(
            "CloudTrailEncrypts",
            ["kms:GenerateDataKey*"],
            ["*"],
            principal={"Service": "cloudtrail.amazonaws.com"},
            condition={
                "StringEquals": {"aws:SourceArn": trail, "kms:EncryptionContext:aws:cloudtrail:arn": trail},
            },
        ),
        iam.statement(
            "CloudTrailLooksUpKey",
            ["kms:DescribeKey"],
            ["*"],
            principal={"Service": "cloudtrail.amazonaws.com"},
            condition={"StringEquals": {"aws:SourceArn": trail}},
        ),
        # Logs of services such as Step Functions, on their way into an encrypted group.
        iam.statement(
            "LogDeliveryDecrypts",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            ["*"],
            principal={"Service": "delivery.logs.amazonaws.com"},
            condition={"ArnLike": {"kms:EncryptionContext:SourceArn": site.arn("logs", "*")}},
        ),
    ]


def _cost_alerts(site: Site) -> list[iam.Statement]:
    """Budgets and Cost Anomaly Detection, which publish to the encrypted topic."""
    own = {"aws:SourceAccount": site.account_id}
    budgets = {"aws:SourceArn": site.arn("budgets", "*", region="")}
    return [
        iam.statement(
            "BudgetsPublish",
            _USE,
            ["*"],
            principal={"Service": "budgets.amazonaws.com"},
            condition={"StringEquals": own, "ArnLike": budgets},
        ),
        iam.statement(
            "AnomaliesPublish",
            _USE,
            ["*"],
            principal={"Service": "costalerts.amazonaws.com"},
            condition={"StringEquals": own},
        ),
    ]


def _log_groups(site: Site, region: str) -> iam.Statement:
    """CloudWatch Logs, for log groups of this account in one region."""
    return iam.statement(
        "LogGroupsEncrypt",
        [*_USE, "kms:DescribeKey", "kms:Encrypt", "kms:ReEncrypt*"],
        ["*"],
        principal={"Service": Site.endpoint("logs", region)},
        condition={
            "ArnLike": {"kms:EncryptionContext:aws:logs:arn": site.arn("logs", "log-group:*", region=region)},
        },
    )


def _alarms(site: Site, region: str) -> iam.Statement:
    """CloudWatch alarms, which publish to the encrypted topic."""
    return iam.statement(
        "AlarmsPublish",
        _USE,
        ["*"],
        principal={"Service": "cloudwatch.amazonaws.com"},
        condition={
            "StringEquals": {"aws:SourceAccount": site.account_id},
            "ArnLike": {"aws:SourceArn": site.arn("cloudwatch", "alarm:*", region=region)},
        },
    )
