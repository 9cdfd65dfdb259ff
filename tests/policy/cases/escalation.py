"""Whose code runs under which role, and who may write who uses a resource."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.cases import Table
from tests.policy.cases.iam_union import ACCOUNT, CART, ESCALATION, arn, named, own, role
from tests.policy.harness import UNKNOWN, It

table = Table()

TASK = role("task", "ecs-tasks.amazonaws.com")
STRONG = role("strong", "lambda.amazonaws.com", "codebuild.amazonaws.com", "ec2.amazonaws.com", "states.amazonaws.com")
READS = own("strong", CART, name="reads")
PROFILE = It("aws:iam/instanceProfile:InstanceProfile", "profile", {"name": "profile", "arn": "p", "role": "strong"})


def of_service(service: str, part: str) -> str:
    return f"arn:aws:{service}:ap-south-1:{ACCOUNT}:{part}"


def runs(token: str, name: str, **props: Any) -> It:
    return It(token, name, {"name": name, "arn": UNKNOWN, **props})


FUNCTION = runs("aws:lambda/function:Function", "fn", role=UNKNOWN).linking(role=["strong"])
BUILD = runs("aws:codebuild/project:Project", "build", serviceRole=UNKNOWN).linking(serviceRole=["strong"])
MACHINE = runs("aws:sfn/stateMachine:StateMachine", "flow", roleArn=UNKNOWN).linking(roleArn=["strong"])
CANARY = runs("aws:synthetics/canary:Canary", "canary", executionRoleArn=UNKNOWN).linking(executionRoleArn=["strong"])
JOB = It(
    "aws:batch/jobDefinition:JobDefinition",
    "job",
    {"name": "job", "containerProperties": json.dumps({"jobRoleArn": arn("role/strong"), "image": "i"})},
)
TEMPLATE = It(
    "aws:ec2/launchTemplate:LaunchTemplate", "fleet", {"id": "lt-1", "iamInstanceProfile": {"name": "profile"}}
)
OTHER_TASK = It("aws:ecs/taskDefinition:TaskDefinition", "other", {"taskRoleArn": UNKNOWN}).linking(
    taskRoleArn=["strong"]
)
MORE = "→ role strong: statement Read of reads allows dynamodb:GetItem"

# Something stronger that runs already is steered.
for thing, action, on in (
    (FUNCTION, "lambda:UpdateFunctionCode", of_service("lambda", "function:fn")),
    (FUNCTION, "lambda:UpdateFunctionConfiguration", of_service("lambda", "function:f*")),
    (BUILD, "codebuild:StartBuild", of_service("codebuild", "project/build")),
    (BUILD, "codebuild:StartCommandExecution", "*"),
    (MACHINE, "states:UpdateStateMachine", of_service("states", "stateMachine:flow")),
    (CANARY, "synthetics:UpdateCanary", of_service("synthetics", "canary:canary")),
    (JOB, "batch:SubmitJob", of_service("batch", "job-definition/job:*")),
    (TEMPLATE, "ec2:CreateLaunchTemplateVersion", of_service("ec2", "launch-template/lt-1")),
    (TEMPLATE, "ssm:SendCommand", of_service("ec2", "instance/*")),
    (TEMPLATE, "ssm:CreateAssociation", "*"),
    (OTHER_TASK, "ecs:ExecuteCommand", of_service("ecs", "task/shop/*")),
    (OTHER_TASK, "ssm:StartSession", of_service("ecs", "task/*")),
):
    stack = (TASK, STRONG.but(arn=arn("role/strong")), READS, PROFILE, thing)
    table.fails(ESCALATION, *stack, own("task", named("Steer", action, on)), says=f"what {thing.name} runs {MORE}")
    # Who may do the same itself gains nothing, and who serves the owner by deploying is no workload.
    table.passes(ESCALATION, *stack, own("task", CART, named("Steer", action, on)))
    deployer = role("task", "codedeploy.amazonaws.com")
    table.passes(ESCALATION, deployer, *stack[1:], own("task", named("Steer", action, on)))
table.passes(
    ESCALATION,
    TASK,
    STRONG,
    READS,
    FUNCTION,
    own("task", named("Steer", "lambda:UpdateFunctionCode", of_service("lambda", "function:another"))),
)
table.passes(
    ESCALATION, STRONG, READS, FUNCTION, own("strong", named("Self", "lambda:UpdateFunctionCode"), name="own2")
)

# A role that another program made is passed on.
PASS = named("Pass", "iam:PassRole", arn("role/elsewhere"))
MAKE, CALL = named("Make", "lambda:CreateFunction"), named("Call", "lambda:InvokeFunction")
STRANGER = "it runs code of its own under a role of another program"
table.fails(ESCALATION, TASK, own("task", PASS, MAKE, CALL), says=STRANGER)
table.fails(
    ESCALATION, TASK, own("task", PASS), own("task", MAKE, name="two"), own("task", CALL, name="three"), says=STRANGER
)
table.passes(ESCALATION, TASK, own("task", PASS))
table.passes(ESCALATION, TASK, own("task", PASS, MAKE))
table.passes(ESCALATION, role("task", "codebuild.amazonaws.com"), own("task", PASS, MAKE, CALL))
table.unknown(
    ESCALATION,
    "undecided",
    TASK,
    own("task", {**PASS, "Resource": [UNKNOWN]}, MAKE, CALL).but(
        policy={"Statement": [{**PASS, "Resource": UNKNOWN}, MAKE, CALL]}
    ),
)

# Who may use a resource is written, or is not as far as a condition says so.
for action in (
    "kms:CreateGrant",
    "lambda:AddPermission",
    "sqs:SetQueueAttributes",
    "backup:PutBackupVaultAccessPolicy",
):
    table.fails(ESCALATION, TASK, own("task", named("Give", action)), says="it writes who may use")
for action, condition in (
    ("kms:CreateGrant", {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    ("kms:CreateGrant", {"StringEquals": {"kms:ViaService": "dynamodb.ap-south-1.amazonaws.com"}}),
    ("lambda:AddPermission", {"StringEquals": {"lambda:Principal": "events.amazonaws.com"}}),
    ("ram:CreateResourceShare", {"Bool": {"ram:RequestedAllowsExternalPrincipals": "false"}}),
):
    table.passes(ESCALATION, TASK, own("task", named("Give", action, Condition=condition)))
table.fails(
    ESCALATION,
    TASK,
    own("task", named("Give", "kms:CreateGrant", Condition={"Bool": {"kms:GrantIsForAWSResource": "false"}})),
    says="it writes who may use a key",
)
table.absent(ESCALATION, "passes", TASK, FUNCTION.but("role"), own("task", named("Steer", "lambda:UpdateFunctionCode")))
