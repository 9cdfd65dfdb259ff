"""Alert topics: an encrypted one in the stack's region and one in us-east-1, where the edge's metrics are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from aws_facts.regions import EDGE_REGION
from components import iam
from components.base import Component
from components.handles import KeyHandle, KeyRing
from components.site import Site


@dataclass(frozen=True, kw_only=True)
class AlertsArgs:
    site: Site
    keys: KeyRing
    emails: Sequence[str]
    """Addresses, each of which has to confirm its subscription."""
    edge_provider: pulumi.ProviderResource
    """AWS provider in us-east-1: an alarm can only act on a topic of its own region."""


class Alerts(Component):
    """The topics that every alarm of the stack publishes to."""

    tier = "observability"
    kind = "Alerts"

    topic_arn: pulumi.Output[str]
    edge_topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        self.topic_arn = self._topic("alerts", args.site.region, args.keys.logs, args.emails)
        self.edge_topic_arn = self._topic(
            "edge-alerts", EDGE_REGION, args.keys.edge, args.emails, provider=args.edge_provider
        )
        self.register_outputs({"topicArn": self.topic_arn, "edgeTopicArn": self.edge_topic_arn})

    def _topic(
        self,
        what: str,
        region: str,
        key: KeyHandle,
        emails: Sequence[str],
        provider: pulumi.ProviderResource | None = None,
    ) -> pulumi.Output[str]:
        site = self.site
        physical = site.named(what)
        topic = aws.sns.Topic(
            self.child(what),
            name=physical,
            display_name=physical,
            kms_master_key_id=key.arn,
            tags=self.tags("internal", physical),
            opts=self.opts(provider=provider),
        )
        arn = site.arn("sns", physical, region=region)
        aws.sns.TopicPolicy(
            self.child(what, "policy"),
            arn=topic.arn,
            policy=iam.document(
                iam.statement(
                    "AlarmsPublish",
                    ["sns:Publish"],
                    [arn],
                    principal={"Service": "cloudwatch.amazonaws.com"},
                    condition={
                        "StringEquals": {"aws:SourceAccount": site.account_id},
                        "ArnLike": {"aws:SourceArn": site.arn("cloudwatch", "alarm:*", region=region)},
                    },
                ),
                *(self._costs(arn) if what == "alerts" else ()),
                iam.tls_only("sns:Publish", arn),
            ),
            opts=self.opts(parent=topic, provider=provider),
        )
        for email in emails:
            aws.sns.TopicSubscription(
                self.child(what, email.replace("@", "-at-")),
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                opts=self.opts(parent=topic, provider=provider),
            )
        return topic.arn

    def _costs(self, arn: str) -> list[iam.Statement]:
        """Two services publish the account's costs to the topic of the stack's region."""
        site = self.site
        return [
            iam.statement(
                "BudgetsPublish",
                ["sns:Publish"],
                [arn],
                principal={"Service": "budgets.amazonaws.com"},
                condition={
                    "StringEquals": {"aws:SourceAccount": site.account_id},
                    "ArnLike": {"aws:SourceArn": site.arn("budgets", "*", region="")},
                },
            ),
            iam.statement(
                "AnomaliesPublish",
                ["sns:Publish"],
                [arn],
                principal={"Service": "costalerts.amazonaws.com"},
                condition={"StringEquals": {"aws:SourceAccount": site.account_id}},
            ),
        ]
