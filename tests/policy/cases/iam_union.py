"""IAM as a whole: what everything attached to an identity adds up to."""

from __future__ import annotations

from typing import Any

from tests.policy.cases import Table
from tests.policy.cases.iam import allow, body, trusting
from tests.policy.harness import ACCOUNT, UNKNOWN, It

table = Table()

ESCALATION = "iam-no-escalation"
BOUNDARY = "iam-boundary"
ANY = "*"


def arn(part: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{part}"


def role(name: str, *services: str, **props: Any) -> It:
    """A role that services may assume for this account."""
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    trusted = trusting({"Service": list(services)}, condition).props["assumeRolePolicy"]
    return It("aws:iam/role:Role", name, {"name": name, "arn": UNKNOWN, "assumeRolePolicy": trusted, **props})


def own(of: str, *statements: dict[str, Any], name: str = "own") -> It:
    """A policy of the role's own."""
    return It("aws:iam/rolePolicy:RolePolicy", name, {"role": of, "policy": body(*statements)})


def named(sid: str, action: Any, resource: Any = ANY, **more: Any) -> dict[str, Any]:
    return allow(action, resource, **{"Sid": sid, **more})


TASK = role("task", "ecs-tasks.amazonaws.com")
CART = named("Read", ["dynamodb:GetItem", "dynamodb:PutItem"], f"arn:aws:dynamodb:ap-south-1:{ACCOUNT}:table/carts")
WRITING = named("Write", "iam:PutRolePolicy", arn("role/other"))
ADMIN = role("admin", "lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com")
MIGHTY = own("admin", WRITING, name="mighty")

table.passes(ESCALATION, TASK, own("task", CART))
table.passes(ESCALATION, ADMIN, TASK, own("task", CART), own("admin", CART, name="harmless"))

# Every way in which a document reaches a role.
POLICY = It("aws:iam/policy:Policy", "shared", {"name": "shared", "arn": arn("policy/shared"), "policy": body(WRITING)})
SAYS = "statement Write of shared allows iam:PutRolePolicy on arn:aws:iam::111122223333:role/other"


def attaching(token: str, **props: Any) -> It:
    return It(f"aws:iam/{token[0].lower()}{token[1:]}:{token}", "attachment", props)


table.fails(ESCALATION, TASK, own("task", WRITING), says="Write of own allows iam:PutRolePolicy on arn:aws:iam")
table.fails(
    ESCALATION,
    TASK.but(inlinePolicies=[{"name": "a", "policy": body(CART)}, {"name": "b", "policy": body(WRITING)}]),
    says="statement Write of inline policy 1",
)
for attachment in (
    attaching("RolePolicyAttachment", role="task", policyArn=arn("policy/shared")),
    attaching("RolePolicyAttachment", role=UNKNOWN, policyArn=UNKNOWN).linking(role=["task"], policyArn=["shared"]),
    attaching("PolicyAttachment", roles=["elsewhere", "task"], policyArn=arn("policy/shared")),
    attaching("RolePolicyAttachmentsExclusive", roleName="task", policyArns=[arn("policy/shared")]),
):
    table.fails(ESCALATION, TASK, POLICY, attachment, says=SAYS)
table.fails(ESCALATION, TASK.but(managedPolicyArns=[UNKNOWN]).linking(managedPolicyArns=["shared"]), POLICY, says=SAYS)
table.fails(
    ESCALATION,
    TASK,
    attaching("RolePolicyAttachment", role="task", policyArn="arn:aws:iam::aws:policy/IAMFullAccess"),
    says="IAMFullAccess allows iam:CreatePolicyVersion (iam:*) on *",
)
PERSON = It("aws:iam/user:User", "ann", {"name": "ann"})
STAFF = It("aws:iam/group:Group", "staff", {"name": "staff"})
table.fails(
    ESCALATION,
    PERSON,
    STAFF,
    POLICY,
    attaching("GroupPolicyAttachment", group="staff", policyArn=arn("policy/shared")),
    It("aws:iam/userGroupMembership:UserGroupMembership", "in", {"user": "ann", "groups": ["staff"]}),
    says=SAYS,
)
SET = It("aws:ssoadmin/permissionSet:PermissionSet", "set", {"arn": "arn:aws:sso:::permissionSet/i/p"})
table.fails(
    ESCALATION,
    SET,
    It(
        "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",
        "inline",
        {"permissionSetArn": SET.props["arn"], "inlinePolicy": body(WRITING)},
    ),
    says="Write of inline",
)
table.fails(
    ESCALATION,
    SET,
    POLICY,
    It(
        "aws:ssoadmin/customerManagedPolicyAttachment:CustomerManagedPolicyAttachment",
        "attachment",
        {"permissionSetArn": SET.props["arn"], "customerManagedPolicyReference": {"name": "shared"}},
    ),
    says=SAYS,
)
table.fails(
    ESCALATION,
    TASK,
    It(
        "aws:kms/key:Key",
        "data",
        {"policy": body({**named("Keep", "kms:*"), "Principal": {"AWS": arn("role/task")}})},
    ),
    says="statement Keep of data allows kms:PutKeyPolicy (kms:*) on data",
)

# Single actions, by name, by pattern, by exclusion.
for action in (
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:AttachGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:PutGroupPolicy",
    "iam:AddUserToGroup",
    "iam:UpdateAssumeRolePolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
    "iam:DeleteRolePermissionsBoundary",
    "kms:PutKeyPolicy",
):
    table.fails(ESCALATION, TASK, own("task", named("One", action.upper())), says=action.split(":")[1].upper())
for pattern, meant in (
    ("iam:Put?olePolicy", "iam:PutRolePolicy (iam:Put?olePolicy)"),
    ("iam:*AccessKey", "iam:CreateAccessKey (iam:*AccessKey)"),
    ("i*:UpdateAssume*", "iam:UpdateAssumeRolePolicy (i*:UpdateAssume*)"),
    ("*", "iam:CreatePolicyVersion (*)"),
):
    table.fails(ESCALATION, TASK, own("task", named("Wild", pattern)), says=meant)
table.fails(
    ESCALATION,
    TASK,
    own("task", {"Sid": "Rest", "Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"}),
    says="(NotAction)",
)
table.fails(
    ESCALATION,
    TASK,
    own("task", {"Sid": "Rest", "Effect": "Allow", "Action": "iam:PutRolePolicy", "NotResource": arn("role/safe")}),
    says="iam:PutRolePolicy on *",
)

# Conditions and denials, as far as they are certain.
BOUND = arn("policy/bound")
table.passes(
    ESCALATION,
    TASK,
    own(
        "task",
        named("Bounded", "iam:PutRolePolicy", Condition={"StringEquals": {"iam:PermissionsBoundary": BOUND}}),
        named("DenyAll", "iam:AttachRolePolicy", Condition={"ArnEquals": {"iam:PolicyARN": arn("policy/quarantine")}}),
        named("Own", ["iam:CreateAccessKey", "iam:UpdateLoginProfile"], "arn:aws:iam::*:user/${aws:username}"),
    ),
)
for condition in (
    {"StringEqualsIfExists": {"iam:PermissionsBoundary": BOUND}},
    {"StringNotEquals": {"iam:PermissionsBoundary": BOUND}},
    {"StringEquals": {"aws:RequestedRegion": "ap-south-1"}},
    {"ArnLike": {"iam:PermissionsBoundary": "*"}},
):
    table.fails(ESCALATION, TASK, own("task", {**WRITING, "Condition": condition}), says="iam:PutRolePolicy")
table.fails(
    ESCALATION,
    TASK,
    own(
        "task",
        named(
            "Attach",
            "iam:AttachRolePolicy",
            Condition={"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}},
        ),
    ),
    says="attaches any policy to a role",
)
NO_IAM = {"Sid": "NoIam", "Effect": "Deny", "Action": "iam:*", "Resource": "*"}
table.passes(ESCALATION, TASK, own("task", WRITING), own("task", NO_IAM, name="refusal"))
table.passes(
    ESCALATION, TASK, own("task", WRITING, {**NO_IAM, "Resource": arn("role/oth*"), "Action": "iam:Put*Policy"})
)
table.fails(
    ESCALATION,
    TASK,
    own("task", WRITING, {**NO_IAM, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}),
    says="iam:PutRolePolicy",
)
table.fails(ESCALATION, TASK, own("task", WRITING, {**NO_IAM, "Resource": arn("role/more")}), says="iam:PutRolePolicy")
SPARING = {"Sid": "NoIam", "Effect": "Deny", "Action": "iam:*", "NotResource": arn("role/other")}
table.fails(ESCALATION, TASK, own("task", WRITING, SPARING), says="iam:PutRolePolicy")
table.passes(ESCALATION, TASK, own("task", WRITING, {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}))


def bounding(*statements: dict[str, Any]) -> It:
    return It("aws:iam/policy:Policy", "bound", {"name": "bound", "arn": BOUND, "policy": body(*statements)})


table.passes(ESCALATION, TASK.but(permissionsBoundary=BOUND), own("task", WRITING), bounding(CART))
table.passes(ESCALATION, TASK.but(permissionsBoundary=BOUND), own("task", WRITING), bounding(named("All", "*"), NO_IAM))
table.fails(
    ESCALATION,
    TASK.but(permissionsBoundary=BOUND),
    own("task", WRITING),
    bounding(named("All", "*")),
    says="iam:PutRolePolicy",
)

FACTOR = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
PEOPLE = role("people").but(
    assumeRolePolicy=trusting({"AWS": "arn:aws:iam::444455556666:root"}, FACTOR).props["assumeRolePolicy"]
)

BROKEN = "iam:PutRolePolicy on arn:aws:iam::111122223333:role/other"
table.fails(  # the role itself is at fault; the task, whose sessions have no second factor, can't assume it
    ESCALATION,
    TASK,
    own("task", named("Hop", "sts:AssumeRole", arn("role/admin"))),
    ADMIN.but(assumeRolePolicy=trusting({"AWS": arn("root")}, FACTOR).props["assumeRolePolicy"]),
    MIGHTY,
    says=BROKEN,
)
table.unknown(ESCALATION, "undecided", TASK, own("task", CART).but(policy=UNKNOWN))
table.unknown(
    ESCALATION,
    "undecided",
    TASK,
    attaching("RolePolicyAttachment", role="task", policyArn=UNKNOWN),
)
table.fails(ESCALATION, own("made elsewhere", WRITING), says="iam:PutRolePolicy")
table.fails(ESCALATION, POLICY, says="shared: statement Write of shared allows iam:PutRolePolicy")
table.passes(ESCALATION, bounding(named("All", "*")), PEOPLE.but(permissionsBoundary=BOUND))
table.unknown(
    ESCALATION,
    "fails",
    TASK,
    own("task", WRITING).but(policy={"Statement": [{"Effect": "Allow", "Action": UNKNOWN}, WRITING]}),
    says="iam:PutRolePolicy",
)
table.absent(ESCALATION, "passes", TASK)
table.absent(ESCALATION, "passes", It("aws:iam/role:Role", "bare"))

# iam-boundary
BUILD = role("build").but(
    assumeRolePolicy=trusting({"Federated": arn("oidc-provider/token.actions.githubusercontent.com")}).props[
        "assumeRolePolicy"
    ]
)
table.passes(BOUNDARY, TASK, own("task", CART))
table.passes(BOUNDARY, TASK, ADMIN.but(assumeRolePolicy=trusting({"AWS": arn("role/task")}).props["assumeRolePolicy"]))
table.passes(BOUNDARY, PEOPLE.but(permissionsBoundary=BOUND), bounding(CART))
table.passes(BOUNDARY, PEOPLE.but(permissionsBoundary=BOUND), bounding(named("All", "*"), NO_IAM))
table.passes(BOUNDARY, PEOPLE.but(permissionsBoundary="arn:aws:iam::444455556666:policy/central"))
table.passes(BOUNDARY, PEOPLE.but(permissionsBoundary=UNKNOWN).linking(permissionsBoundary=["bound"]), bounding(CART))
table.passes(
    BOUNDARY,
    SET,
    It(
        "aws:ssoadmin/permissionsBoundaryAttachment:PermissionsBoundaryAttachment",
        "limit",
        {
            "permissionSetArn": SET.props["arn"],
            "permissionsBoundary": {"customerManagedPolicyReference": {"name": "bound"}},
        },
    ),
    bounding(CART),
)
table.fails(BOUNDARY, PEOPLE, says="arn:aws:iam::444455556666:root may assume it")
table.fails(BOUNDARY, BUILD, says="token.actions.githubusercontent.com signs in to it from outside")
table.fails(BOUNDARY, PERSON, says="no permissions boundary")
table.fails(BOUNDARY, TASK, own("task", named("Make", "iam:CreateRole")), says="Make of own allows iam:CreateRole on *")
table.fails(
    BOUNDARY, PEOPLE.but(permissionsBoundary=BOUND), bounding(named("All", "*")), says="is not effective: statement All"
)
table.fails(
    BOUNDARY,
    PEOPLE.but(permissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess"),
    says="its boundary AdministratorAccess is not effective",
)
table.unknown(BOUNDARY, "undecided", TASK.but(assumeRolePolicy=UNKNOWN))
table.unknown(BOUNDARY, "undecided", PEOPLE.but(permissionsBoundary=BOUND), bounding(CART).but(policy=UNKNOWN))
table.unknown(BOUNDARY, "undecided", PEOPLE.but(permissionsBoundary=UNKNOWN))
table.absent(BOUNDARY, "fails", PEOPLE.but("permissionsBoundary"), says="no permissions boundary")
table.absent(BOUNDARY, "passes", It("aws:iam/role:Role", "bare"))
