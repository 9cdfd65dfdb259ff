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
    """A kind of trail event that rings."""

    name: str
    pattern: str
    """Filter pattern of CloudWatch Logs over CloudTrail's JSON."""
    means: str
    look: str
    is_change: bool
    """Whether ordinary deployments do this too."""
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
        means="Somebody uses the account's root user, who may do everything.",
        look="who it was and from where; nobody needs it for daily work.",
        is_change=False,
    ),
    Event(
        name="denied-calls",
        pattern='{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
        means="Many calls are denied: a stolen key is tried out, or a role lacks what it needs.",
        look="the saved query on denied calls: which identity, which actions.",
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
        means="Somebody signed in to the console with a password alone.",
        look="the user; demand MFA or remove the password.",
        is_change=False,
    ),
    Event(
        name="failed-sign-ins",
        pattern='{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }',
        means="Passwords to the console are being guessed.",
        look="user and source address.",
        is_change=False,
        at_least=5,
    ),
    Event(
        name="trail-change",
        pattern=_names("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
        means="Somebody changes or stops the audit trail itself.",
        look="who it was; start logging again first.",
        is_change=False,
    ),
    Event(
        name="key-disabled",
        pattern=_names("DisableKey", "ScheduleKeyDeletion", source="kms.amazonaws.com"),
        means="A key is disabled or will be deleted: what it encrypts becomes unreadable.",
        look="which key; cancel the deletion within its waiting time.",
        is_change=False,
    ),
    Event(
        name="break-glass",
        pattern='{ ($.eventName = "AssumeRole*") && ($.requestParameters.roleArn = "*-break-glass") }',
        means="Somebody takes on the break-glass role, which may mend networks, keys and databases by hand.",
        look="who it was, and whether an incident explains it.",
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
        means="Somebody changes what identities may do.",
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
        means="Somebody changes what AWS Config records.",
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
        means="Somebody changes who may reach a bucket.",
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
        means="Somebody changes who may connect to what.",
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
        means="Somebody changes the fences between the subnets.",
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
        means="Somebody changes the ways between the network and the internet.",
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
        means="Somebody changes where traffic goes.",
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
        means="Somebody changes the network or joins it with another.",
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
