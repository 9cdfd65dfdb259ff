"""Roles that an identity comes to act as: passed on to a service, assumed, or reached through what runs under them."""

from __future__ import annotations

from tests.policy.cases import Table
from tests.policy.cases.iam import trusting
from tests.policy.cases.iam_union import (
    ACCOUNT,
    ADMIN,
    CART,
    ESCALATION,
    MIGHTY,
    PERSON,
    POLICY,
    SAYS,
    TASK,
    arn,
    attaching,
    named,
    own,
    role,
)
from tests.policy.harness import UNKNOWN, It

table = Table()

# Roles passed on, hop by hop.
PASS = named("Pass", "iam:PassRole", arn("role/admin"))
RUN = named("Run", ["lambda:CreateFunction", "lambda:InvokeFunction"])
CHAIN = "Pass of own allows iam:PassRole on arn:aws:iam::111122223333:role/admin, statement Run of own allows"
table.fails(ESCALATION, TASK, own("task", PASS, RUN), ADMIN, MIGHTY, says=CHAIN)
table.fails(ESCALATION, TASK, own("task", PASS, RUN), ADMIN, MIGHTY, says="→ role admin: statement Write of mighty")
for starting in (
    "ec2:RunInstances",
    "ecs:RunTask",
    ["ecs:RegisterTaskDefinition", "ecs:UpdateService"],
    "ec2:AssociateIamInstanceProfile",
):
    table.fails(ESCALATION, TASK, own("task", PASS, named("Run", starting)), ADMIN, MIGHTY, says="→ role admin")
table.passes(ESCALATION, TASK, own("task", PASS), ADMIN, own("admin", CART, name="harmless"))
HARMLESS = own("admin", CART, name="harmless")
SCHEDULER = role("task", "scheduler.amazonaws.com")
table.passes(ESCALATION, TASK, own("task", PASS, RUN, CART), ADMIN, HARMLESS)
table.passes(ESCALATION, SCHEDULER, own("task", PASS, named("Start", "ecs:RunTask")), ADMIN, HARMLESS)
table.fails(
    ESCALATION,
    TASK,
    own("task", PASS, RUN),
    ADMIN,
    HARMLESS,
    says="statement Read of harmless allows dynamodb:GetItem on arn:aws:dynamodb:ap-south-1:111122223333:table/carts, "
    "which it may not itself",
)
for service, action in (
    ("glue", ["glue:CreateJob", "glue:StartJobRun"]),
    ("cloudformation", "cloudformation:CreateStack"),
    ("codebuild", ["codebuild:CreateProject", "codebuild:StartBuild"]),
    ("sagemaker", "sagemaker:CreateNotebookInstance"),
    ("ssm", "ssm:StartAutomationExecution"),
    ("states", ["states:CreateStateMachine", "states:StartExecution"]),
    ("scheduler", "scheduler:CreateSchedule"),
    ("datapipeline", ["datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition"]),
):
    table.fails(
        ESCALATION,
        TASK,
        own("task", PASS, named("Run", action)),
        role("admin", f"{service}.amazonaws.com"),
        MIGHTY,
        says="→ role admin",
    )
TO_ECS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
table.fails(
    ESCALATION,
    TASK,
    own("task", {**PASS, "Condition": TO_ECS}, RUN, named("Start", "ecs:RunTask")),
    ADMIN,
    MIGHTY,
    says="statement Start of own allows ecs:RunTask",
)
MIDDLE = role("middle", "lambda.amazonaws.com")
table.fails(
    ESCALATION,
    TASK,
    own("task", named("Pass", "iam:PassRole", arn("role/mid*")), RUN),
    MIDDLE,
    own("middle", named("Hop", "sts:AssumeRole", arn("role/admin")), name="hopping"),
    ADMIN.but(assumeRolePolicy=trusting({"AWS": arn("root")}).props["assumeRolePolicy"]),
    MIGHTY,
    says="→ role middle → statement Hop of hopping allows sts:AssumeRole on arn:aws:iam::111122223333:role/admin → ",
)
table.fails(
    ESCALATION,
    TASK,
    own("task", CART),
    ADMIN.but(assumeRolePolicy=trusting({"AWS": arn("role/task")}).props["assumeRolePolicy"]),
    MIGHTY,
    says="the trust of admin names it → role admin",
)
table.fails(
    ESCALATION, TASK, own("task", named("Pass", "iam:PassRole"), RUN), says="it runs as any role that trusts lambda"
)
table.fails(ESCALATION, TASK, own("task", named("Hop", "sts:AssumeRole")), says="any role that trusts the account")
UNNAMED = ADMIN.but("name")
table.fails(  # the name isn't known before the role is made, but what it starts with is
    ESCALATION,
    TASK,
    own("task", named("Pass", "iam:PassRole", arn("role/admin-*")), RUN),
    UNNAMED,
    MIGHTY.but(role=UNKNOWN).linking(role=["admin"]),
    says="→ role admin: statement Write of mighty",
)
table.fails(  # by an ARN made of names, while the policy's own is not known yet
    ESCALATION,
    TASK,
    POLICY.but(arn=UNKNOWN),
    attaching("RolePolicyAttachment", role="task", policyArn=arn("policy/shared")),
    says=SAYS,
)
table.fails(
    ESCALATION,
    PERSON,
    POLICY,
    attaching("UserPolicyAttachmentsExclusive", userName="ann", policyArns=[arn("policy/shared")]),
    says=SAYS,
)
FUNCTION = It(
    "aws:lambda/function:Function", "fn", {"name": "fn", "role": UNKNOWN, "arn": UNKNOWN}, {"role": ["admin"]}
)
CODE = named("Code", "lambda:UpdateFunctionCode", f"arn:aws:lambda:ap-south-1:{ACCOUNT}:function:fn")
table.fails(
    ESCALATION, TASK, own("task", CODE), FUNCTION, ADMIN, MIGHTY, says="which changes what fn runs → role admin"
)
MACHINE = It("aws:ec2/instance:Instance", "vm", {"id": "i-1", "iamInstanceProfile": "profile"})
PROFILE = It("aws:iam/instanceProfile:InstanceProfile", "profile", {"name": "profile", "role": "admin"})
table.fails(
    ESCALATION,
    TASK,
    own("task", named("Shell", "ssm:SendCommand")),
    MACHINE,
    PROFILE,
    ADMIN,
    MIGHTY,
    says="what vm runs",
)
