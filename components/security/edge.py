"""Threat detection in us-east-1, the region of the edge and of IAM, STS and console sign-in events."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from aws_facts.regions import EDGE_REGION
from components import iam
from components.base import Component
from components.security.detection import guard_duty, outside_analyzer
from components.security.findings import finding_pattern
from specs.account import Account
from specs.security import Detection

# Features not enabled there: the stack runs nothing there, and agents would attach to the account's other workloads.
ELSEWHERE: Final = frozenset({"RUNTIME_MONITORING", "EKS_AUDIT_LOGS", "RDS_LOGIN_EVENTS"})


def watch(
    tier: Component, detection: Detection, account: Account, provider: pulumi.ProviderResource, severity: float
) -> None:
    """A detector whose findings of at least `severity` go to the stack's region, and an analyzer.

    A stack in that region has them already.
    """
    if tier.site.region == EDGE_REGION:
        return
    features = [feature for feature in detection.guard_duty_features if feature not in ELSEWHERE]
    detector_id = guard_duty(
        tier,
        account.edge_detector,
        features,
        setting="edgeDetector",
        names=("edge", "guardduty"),
        provider=provider,
    )
    if detector_id is not None:
        _send_home(tier, provider, severity)
    if account.edge_outside_access == "create":
        outside_analyzer(tier, ("edge", "outside"), provider)


def _send_home(tier: Component, provider: pulumi.ProviderResource, severity: float) -> None:
    """Findings go to the bus of the stack's region, where the incident response listens."""
    site = tier.site
    name = site.named("edge-findings")
    bus = site.arn("events", "event-bus/default")
    rule = aws.cloudwatch.EventRule(
        tier.child("edge-findings"),
        name=name,
        description=f"GuardDuty's findings of severity {severity:g} and more, to {site.region}",
        event_pattern=finding_pattern(severity),
        tags=tier.tags(name=name),
        opts=tier.opts(provider=provider),
    )
    role = aws.iam.Role(
        tier.child("edge-findings"),
        name=name,
        description=f"Lets EventBridge send GuardDuty's findings to {site.region}",
        # EventBridge is not known to name its source when it assumes this role.
        assume_role_policy=iam.trust("events.amazonaws.com", account_id=site.account_id, names_source=False),
        tags=tier.tags(name=name),
        opts=tier.opts(),
    )
    may = aws.iam.RolePolicy(
        tier.child("edge-findings"),
        name="send",
        role=role.name,
        policy=iam.document(iam.statement("SendFindings", ["events:PutEvents"], [bus])),
        opts=tier.opts(parent=role),
    )
    aws.cloudwatch.EventTarget(
        tier.child("edge-findings"),
        rule=rule.name,
        arn=bus,
        role_arn=role.arn,
        opts=tier.opts(parent=rule, provider=provider, depends_on=[may]),
    )
