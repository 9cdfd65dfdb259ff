"""Permissions of the incident response's parts, each with a role of its own: look, act, decide, run.

No load balancer, distribution or web ACL is included. Resources with the opt-out tag are denied to the
acting role, and so is the edge, whatever the code requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aws_facts.regions import EDGE_REGION
from components import iam
from components.handles import KeyHandle
from components.key_use import through
from components.site import Site

OPT_OUT: Final = {"aws:ResourceTag/IncidentResponse": "off"}
EDGE: Final = {"aws:ResourceTag/Tier": "edge"}


def look(site: Site, *, revocable: Sequence[str]) -> list[iam.Statement]:
    """Permissions for planning: descriptions only; `revocable` are patterns of roles."""
    return [
        # EC2's descriptions and task definitions have no resource-level permissions.
        iam.statement(
            "Look",
            [
                "ec2:DescribeInstances",
                "ec2:DescribeNatGateways",
                "ec2:DescribeSecurityGroups",
                "ecs:DescribeTaskDefinition",
            ],
            ["*"],
        ),
        _tasks(site, "LookAtTasks", "ecs:DescribeTasks"),
        iam.statement("LookAtRoles", ["iam:GetRole"], revocable, condition=site.owned),
        iam.statement(
            "LookAtProfiles", ["iam:GetInstanceProfile"], [site.iam_arn(f"instance-profile/{site.prefix}-*")]
        ),
    ]


def act(site: Site, *, revocable: Sequence[str], ip_sets: Sequence[str]) -> list[iam.Statement]:
    """Permissions for the steps; `ip_sets` are names in the CLOUDFRONT scope.

    Writing into a role could grant permissions as well as revoke them. So it is allowed only on roles whose boundary is
    this stack's: nothing written there grants more than the boundary.
    """
    own = site.owned["StringEquals"]
    snapshots = f"arn:aws:ec2:{site.region}::snapshot/*"
    sources = [site.arn("ec2", f"{kind}/*") for kind in ("instance", "volume")]
    return [
        iam.statement(
            "Look",
            [
                "autoscaling:DescribeAutoScalingInstances",
                "ec2:DescribeInstances",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSnapshots",
            ],
            ["*"],
        ),
        iam.statement(
            "Detach",
            ["autoscaling:DetachInstances"],
            [site.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*")],
            condition={"StringEquals": own},
        ),
        iam.statement("SnapshotFrom", ["ec2:CreateSnapshots"], sources, condition={"StringEquals": own}),
        iam.statement("MakeSnapshots", ["ec2:CreateSnapshots"], [snapshots], condition=site.requested),
        iam.statement(
            "TagSnapshots",
            ["ec2:CreateTags"],
            [snapshots],
            condition={"StringEquals": {"ec2:CreateAction": "CreateSnapshots"}},
        ),
        _tasks(site, "LookAtTasks", "ecs:DescribeTasks"),
        _tasks(site, "StopTasks", "ecs:StopTask"),
        iam.statement("LookAtRoles", ["iam:GetRole", "iam:GetRolePolicy"], revocable, condition=site.owned),
        iam.statement(
            "RevokeSessions",
            ["iam:PutRolePolicy"],
            revocable,
            condition={"StringEquals": {"iam:PermissionsBoundary": bounds(site)}},
        ),
        iam.statement(
            "BlockAddresses",
            ["wafv2:GetIPSet", "wafv2:UpdateIPSet"],
            [site.arn("wafv2", f"global/ipset/{name}/*", region=EDGE_REGION) for name in ip_sets],
        ),
        iam.statement(
            "LeaveAloneWhatOptsOut",
            [
                "autoscaling:DetachInstances",
                "ec2:CreateSnapshots",
                "ec2:ModifyNetworkInterfaceAttribute",
                "ecs:StopTask",
                "iam:PutRolePolicy",
            ],
            ["*"],
            effect="Deny",
            condition={"StringEquals": OPT_OUT},
        ),
        iam.statement(
            "LeaveAloneTheEdge",
            ["ec2:CreateTags", "ec2:ModifyNetworkInterfaceAttribute"],
            ["*"],
            effect="Deny",
            condition={"StringEquals": EDGE},
        ),
    ]


def bounds(site: Site) -> list[str]:
    """ARNs of the boundaries of people and of tasks."""
    return [site.iam_arn(f"policy/{site.named(what)}") for what in ("people-boundary", "task-boundary")]


def act_boundary(
    site: Site,
    function: str,
    *,
    revocable: Sequence[str],
    ip_sets: Sequence[str],
    vpc_id: str,
    queue: str,
    data_key: KeyHandle,
) -> list[iam.Statement]:
    """The most that the acting role may do: its steps, and what every function does."""
    return [
        *act(site, revocable=revocable, ip_sets=ip_sets),
        *isolate(site, vpc_id),
        *set_aside(site, queue, key=data_key),
        iam.statement(
            "WriteLogs",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [site.arn("logs", f"log-group:/aws/lambda/{function}:*")],
        ),
        iam.statement("Trace", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"]),
        iam.statement(
            "ReadVariables",
            ["kms:Decrypt"],
            [site.arn("kms", "key/*")],
            condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": data_key.alias_name}},
        ),
    ]


def isolate(site: Site, vpc_id: str) -> list[iam.Statement]:
    """Change of groups within one VPC, to the quarantine group alone."""
    here: iam.Condition = {"ArnEquals": {"ec2:Vpc": site.arn("ec2", f"vpc/{vpc_id}")}}
    interfaces = [site.arn("ec2", "network-interface/*")]
    change = ["ec2:ModifyNetworkInterfaceAttribute"]
    return [
        iam.statement("MoveInterfaces", change, interfaces, condition=here),
        iam.statement("MoveInstances", change, [site.arn("ec2", "instance/*")], condition=site.owned),
        iam.statement(
            "IntoQuarantine",
            change,
            [site.arn("ec2", "security-group/*")],
            condition={"StringEquals": {"aws:ResourceTag/Name": site.named("quarantine")}},
        ),
        iam.statement("RememberGroups", ["ec2:CreateTags"], interfaces, condition=here),
    ]


def set_aside(site: Site, queue: str, *, key: KeyHandle) -> list[iam.Statement]:
    """Permissions for sending a failed event to the dead-letter queue."""
    return [
        iam.statement("SetAside", ["sqs:SendMessage"], [site.arn("sqs", queue)]),
        through(site, key, "sqs", ["kms:Decrypt", "kms:GenerateDataKey"]),
    ]


def decide(site: Site, machine: str, *, key: KeyHandle) -> list[iam.Statement]:
    """Permissions for passing on the decision; the calls that end a wait have no resource, but need its token."""
    return [
        iam.statement("ReadHistory", ["states:GetExecutionHistory"], [site.arn("states", f"execution:{machine}:*")]),
        iam.statement("PassOnDecision", ["states:SendTaskFailure", "states:SendTaskSuccess"], ["*"]),
        state_key(site, machine, key),
    ]


def approve(site: Site, machine: str, *, function: str, key: KeyHandle) -> list[iam.Statement]:
    """Permissions of an approver: read the plan, and decide."""
    return [
        iam.statement("Decide", ["lambda:InvokeFunction"], [site.arn("lambda", f"function:{function}")]),
        iam.statement(
            "ReadResponse",
            ["states:DescribeExecution", "states:GetExecutionHistory"],
            [site.arn("states", f"execution:{machine}:*")],
        ),
        state_key(site, machine, key),
    ]


def run(site: Site, machine: str, *, functions: Sequence[str], topic: str, key: KeyHandle) -> list[iam.Statement]:
    """Permissions of the state machine: run its functions, notify, keep its history and its logs."""
    return [
        iam.statement(
            "RunFunctions", ["lambda:InvokeFunction"], [site.arn("lambda", f"function:{name}") for name in functions]
        ),
        iam.statement("Tell", ["sns:Publish"], [site.arn("sns", topic)]),
        through(site, key, "sns", ["kms:Decrypt", "kms:GenerateDataKey"]),
        state_key(site, machine, key),
        iam.statement(
            "EncryptLogs",
            ["kms:GenerateDataKey"],
            [site.arn("kms", "key/*")],
            condition={
                "StringEquals": {"kms:EncryptionContext:SourceArn": site.arn("logs", "*")},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": key.alias_name},
            },
        ),
        # Log delivery and X-Ray know no resource.
        iam.statement(
            "DeliverLogs",
            [
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ],
            ["*"],
        ),
        iam.statement(
            "Trace",
            [
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            ["*"],
        ),
    ]


def start(site: Site, machine: str, *, key: KeyHandle) -> list[iam.Statement]:
    """Permissions of EventBridge."""
    return [
        iam.statement("StartResponse", ["states:StartExecution"], [site.arn("states", f"stateMachine:{machine}")]),
        state_key(site, machine, key),
    ]


def state_key(site: Site, machine: str, key: KeyHandle) -> iam.Statement:
    """Use of the key for the state machine's execution history."""
    return iam.statement(
        "StateMachineKey",
        ["kms:Decrypt", "kms:GenerateDataKey"],
        [site.arn("kms", "key/*")],
        condition={
            "StringEquals": {
                "kms:EncryptionContext:aws:states:stateMachineArn": site.arn("states", f"stateMachine:{machine}")
            },
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": key.alias_name},
        },
    )


def _tasks(site: Site, sid: str, action: str) -> iam.Statement:
    return iam.statement(
        sid,
        [action],
        [site.arn("ecs", f"task/{site.prefix}/*")],
        condition={"ArnEquals": {"ecs:cluster": site.arn("ecs", f"cluster/{site.prefix}")}},
    )
