"""Mistakes by which a task without a boundary comes to rights of others, generated from what AWS lets it do."""

from __future__ import annotations

from typing import Any

from policy.pack.takeovers import OF_RESOURCES
from policy.pack.tokens import ROLE, ROLE_POLICY
from tests.policy.mutations import Edit, Mistakes, add, allow, drop, ref, statement
from tests.policy.mutations.iam import ATTACHMENT, TASK, TASK_ROLE, document

mistakes = Mistakes()
M = mistakes

RULE = "iam-no-escalation"
ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:ap-south-1:{ACCOUNT}:function:saleday-prod-response-act"
BUILD = f"arn:aws:codebuild:ap-south-1:{ACCOUNT}:project/saleday-prod-ui-image"
STRANGER = f"arn:aws:iam::{ACCOUNT}:role/other-team-deployer"
TO_LAMBDA = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}


def unbounded(what: str, *edits: Edit) -> None:
    M(RULE, what, drop(ROLE, "permissionsBoundary", name=TASK_ROLE), *edits)


def may(*actions: str, on: Any = "*", **more: Any) -> Edit:
    return allow(ROLE_POLICY, *actions, on=on, name=TASK, **more)


# Whoever writes who may use a resource, by name, by pattern, and under a condition that holds anyway.
for what, actions in OF_RESOURCES.items():
    for action in actions:
        unbounded(f"writes who may use {what} by {action}", may(action, on="arn:aws:any:ap-south-1:123456789012:one"))
for pattern in ("kms:Create?rant", "lambda:AddPerm*", "sqs:Set*Attributes"):
    unbounded(f"by pattern, {pattern}", may(pattern))
for operator, value in (("Bool", "false"), ("BoolIfExists", "true"), ("Null", "false")):
    unbounded(
        f"grants of a key, {operator} {value}",
        may("kms:CreateGrant", Condition={operator: {"kms:GrantIsForAWSResource": value}}),
    )

# Code that runs under a stronger role.
for what, action, on in (
    ("code of a function", "lambda:UpdateFunctionCode", FUNCTION),
    ("layers of a function", "lambda:UpdateFunctionConfiguration", FUNCTION),
    ("code of functions by pattern", "lambda:UpdateFunctionCode", f"{FUNCTION[:-4]}-*"),
    ("a shell in every task", "ecs:ExecuteCommand", "*"),
    ("a shell in a task round ECS Exec", "ssm:StartSession", f"arn:aws:ecs:ap-south-1:{ACCOUNT}:task/*"),
    ("a build with another buildspec", "codebuild:StartBuild", BUILD),
    ("a build that is set anew", "codebuild:UpdateProject", BUILD),
    ("a shell in a build", "codebuild:StartSandbox", BUILD),
    (
        "a state machine",
        "states:UpdateStateMachine",
        f"arn:aws:states:ap-south-1:{ACCOUNT}:stateMachine:saleday-prod-response",
    ),
):
    unbounded(f"steers {what}", may(action, on=on))

# A role of another program is passed to something that runs code.
for what, start in (
    ("a function", ("lambda:CreateFunction", "lambda:InvokeFunction")),
    ("a function on a schedule", ("lambda:CreateFunction", "scheduler:CreateSchedule")),
    ("a task", ("ecs:RegisterTaskDefinition", "ecs:UpdateService")),
    ("a machine", ("ec2:RunInstances",)),
    ("a build", ("codebuild:CreateProject", "codebuild:StartBuild")),
    ("a stack", ("cloudformation:CreateStack",)),
):
    unbounded(f"runs {what} as a role of another program", may("iam:PassRole", on=STRANGER), may(*start))
unbounded(
    "passes a role by one policy and starts a function by another",
    allow(ROLE_POLICY, "iam:PassRole", on=STRANGER, name=TASK, Condition=TO_LAMBDA),
    add(
        "aws:iam/policy:Policy",
        "other-half",
        policy=document(statement("lambda:CreateFunction", "lambda:InvokeFunction")),
    ),
    add(
        ATTACHMENT,
        "other-half",
        role=ref(ROLE, TASK_ROLE, "name"),
        policyArn=ref("aws:iam/policy:Policy", "other-half", "arn"),
    ),
)
M(
    RULE,
    "a function may change the code of a stronger one",
    drop(ROLE, "permissionsBoundary", name="cost-volume-cleanup-role"),
    allow(
        ROLE_POLICY,
        "lambda:UpdateFunctionCode",
        on=FUNCTION,
        name="cost-volume-cleanup-policy",
    ),
)
