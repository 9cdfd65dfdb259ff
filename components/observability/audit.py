"""Audit events that the trail is monitored for: those that CIS requires alarms on.

Source: CIS AWS Foundations Benchmark 3.0, section 4 (Security Hub controls CloudWatch.1 to CloudWatch.14), with its own
filter patterns. Changes are part of every deployment outside production, so only production watches for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.monitoring.values import MINUTE, Alarm, Metric, Notice

MAX_PATTERN: Final = 1024  # characters of a metric filter's pattern (CloudWatch Logs quotas)


@dataclass(frozen=True, kw_only=True)
class Event:
    """A kind of trail event with an alarm."""

    name: str
    pattern: str
    """Filter pattern of CloudWatch Logs over CloudTrail's JSON."""
    means: str
    look: str
    is_change: bool
    """Whether ordinary deployments cause it too."""
    at_least: int = 1
    """Events in five minutes."""

    @property
    def metric_name(self) -> str:
        """For example `RootUse`."""
        return "".join(word.capitalize() for word in self.name.split("-"))


def _names(*events: str, source: str = "") -> str:
    """The pattern of events by name, of one service where `source` names it."""
    pattern = "(" + " || ".join(f"($.eventName = {event})" for event in events) + ")"
    return f"{{ ($.eventSource = {source}) && {pattern} }}" if source else f"{{ {pattern} }}"


EVENTS: Final = (
    Event(
        name="root-use",
        pattern=(
            '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS '
            '&& $.eventType != "AwsServiceEvent" }'
        ),
        means="The account's root user, with unrestricted permissions, was used.",
        look="the source address and event; daily work never needs root.",
        is_change=False,
    ),
    Event(
        name="denied-calls",
        pattern='{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
        means="Many API calls are denied: someone tries a stolen key, or a role lacks permissions.",
        look="the saved query on denied calls, for the identity and its actions.",
        is_change=False,
        # A missing permission or a scanner of the account's own makes a few; a probe makes hundreds.
        at_least=20,
    ),
    Event(
        name="sign-in-without-mfa",
        pattern=(
            '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") '
            '&& ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }'
        ),
        means="A console sign-in without MFA.",
        look="the user; require MFA or remove the password.",
        is_change=False,
    ),
    Event(
        name="failed-sign-ins",
        pattern='{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }',
        means="Repeated failed console sign-ins: passwords may be being guessed.",
        look="the user and source address.",
        is_change=False,
        at_least=5,
    ),
    Event(
        name="trail-change",
        pattern=_names("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
        means="The audit trail was changed or stopped.",
        look="the caller; restart logging first.",
        is_change=False,
    ),
    Event(
        name="key-disabled",
        pattern=_names("DisableKey", "ScheduleKeyDeletion", source="kms.amazonaws.com"),
        means="A KMS key was disabled or scheduled for deletion: the data it encrypts becomes unreadable.",
        look="the key; cancel the deletion within its waiting period.",
        is_change=False,
    ),
    Event(
        name="break-glass",
        pattern='{ ($.eventName = "AssumeRole*") && ($.requestParameters.roleArn = "*-break-glass") }',
        means="The break-glass role, which may change networks, keys and databases by hand, was assumed.",
        look="the caller, and whether an incident explains it.",
        is_change=False,
    ),
    Event(
        name="policy-change",
        pattern=_names(
            "DeleteGroupPolicy",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
            "CreatePolicy",
            "DeletePolicy",
            "CreatePolicyVersion",
            "DeletePolicyVersion",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "AttachGroupPolicy",
            "DetachGroupPolicy",
            source="iam.amazonaws.com",
        ),
        means="IAM policies were changed.",
        look="whether a deployment explains it.",
        is_change=True,
    ),
    Event(
        name="config-change",
        pattern=_names(
            "StopConfigurationRecorder",
            "DeleteDeliveryChannel",
            "PutDeliveryChannel",
            "PutConfigurationRecorder",
            source="config.amazonaws.com",
        ),
        means="AWS Config's recording was changed.",
        look="whether a deployment explains it.",
        is_change=True,
    ),
    Event(
        name="bucket-policy-change",
        pattern=_names(
            "PutBucketAcl",
            "PutBucketPolicy",
            "PutBucketCors",
            "PutBucketLifecycle",
            "PutBucketReplication",
            "DeleteBucketPolicy",
            "DeleteBucketCors",
            "DeleteBucketLifecycle",
            "DeleteBucketReplication",
            source="s3.amazonaws.com",
        ),
        means="Access to an S3 bucket was changed.",
        look="whether a deployment explains it.",
        is_change=True,
    ),
    Event(
        name="security-group-change",
        pattern=_names(
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
        ),
        means="Security groups were changed.",
        look="whether a deployment explains it.",
        is_change=True,
    ),
    Event(
        name="acl-change",
        pattern=_names(
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
        ),
        means="Network ACLs were changed.",
        look="whether a deployment explains it.",
        is_change=True,
    ),
    Event(
        name="gateway-change",
        pattern=_names(
            "CreateCustomerGateway",
            "DeleteCustomerGateway",
            "AttachInternetGateway",
            "CreateInternetGateway",
            "DeleteInternetGateway",
            "DetachInternetGateway",
        ),
        means="Internet or customer gateways were changed.",
        look="whether a deployment explains it.",
        is_change=True,
    ),
    Event(
        name="route-change",
        pattern=_names(
            "CreateRoute",
            "CreateRouteTable",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
            "DeleteRouteTable",
            "DeleteRoute",
            "DisassociateRouteTable",
            source="ec2.amazonaws.com",
        ),
        means="Route tables were changed.",
        look="whether a deployment explains it.",
        is_change=True,
    ),
    Event(
        name="network-change",
        pattern=_names(
            "CreateVpc",
            "DeleteVpc",
            "ModifyVpcAttribute",
            "AcceptVpcPeeringConnection",
            "CreateVpcPeeringConnection",
            "DeleteVpcPeeringConnection",
            "RejectVpcPeeringConnection",
        ),
        means="A VPC or a VPC peering connection was changed.",
        look="whether a deployment explains it.",
        is_change=True,
    ),
)


def watched_events(*, production: bool) -> tuple[Event, ...]:
    return tuple(event for event in EVENTS if production or not event.is_change)


def event_alarm(event: Event, namespace: str) -> Alarm:
    """The alarm on one kind of event, whose metric filter publishes in `namespace`."""
    return Alarm(
        name=f"audit-{event.name}",
        notice=Notice(
            means=event.means, look=event.look, runbook="audit-change" if event.is_change else f"audit-{event.name}"
        ),
        measure=Metric(
            namespace=namespace, name=event.metric_name, dimensions=(), stat="Sum", period=5 * MINUTE, label=event.name
        ),
        operator="GreaterThanOrEqualToThreshold",
        threshold=event.at_least,
        tells_all_clear=False,
    )
