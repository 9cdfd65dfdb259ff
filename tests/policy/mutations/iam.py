"""Mistakes in what identities may do, and in whom roles trust."""

from __future__ import annotations

import json

from policy.pack.tokens import POLICY, ROLE, ROLE_POLICY
from tests.policy.mutations import Edit, Mistakes, add, allow, drop, put, ref, statement

mistakes = Mistakes()
M = mistakes

TASK = "services-ui-task-policy"
TASK_ROLE = "services-ui-task-role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ATTACHMENTS = "aws:iam/policyAttachment:PolicyAttachment"
AWS_POLICY = "arn:aws:iam::aws:policy/"


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


# iam-no-admin
ADMIN = "iam-no-admin"
M(ADMIN, "everything on everything", allow(ROLE_POLICY, "*", name=TASK))
M(ADMIN, "every service, spelt out", allow(ROLE_POLICY, "*:*", name=TASK))
M(
    ADMIN,
    "AWS's own policy is attached",
    add(ATTACHMENT, "admin", role=ref(ROLE, TASK_ROLE), policyArn=AWS_POLICY + "AdministratorAccess"),
)
M(
    ADMIN,
    "attached to several at once",
    add(ATTACHMENTS, "admin", roles=[ref(ROLE, TASK_ROLE)], policyArn=AWS_POLICY + "IAMFullAccess"),
)
M(
    ADMIN,
    "inline in the role",
    put(ROLE, "inlinePolicies.0.policy", document(statement("*")), "flow-role"),
    on="billing",
)
M(
    ADMIN,
    "all but one action",
    put(
        ROLE_POLICY,
        "policy|Statement.+",
        {"Effect": "Allow", "NotAction": "organizations:LeaveOrganization", "Resource": "*"},
        TASK,
    ),
)

# iam-no-wildcard-action
ACTION = "iam-no-wildcard-action"
M(ACTION, "a whole service", allow(ROLE_POLICY, "s3:*", on="arn:aws:s3:::shop/*", name=TASK))
M(ACTION, "in mid-action", allow(ROLE_POLICY, "s3:*Object", on="arn:aws:s3:::shop/*", name=TASK))
M(ACTION, "one letter", allow(ROLE_POLICY, "s3:?etObject", on="arn:aws:s3:::shop/*", name=TASK))
M(
    ACTION,
    "all but some",
    put(
        ROLE_POLICY,
        "policy|Statement.+",
        {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "arn:aws:s3:::shop"},
        TASK,
    ),
)
M(ACTION, "in a managed policy, as one string", put(POLICY, "policy|Statement.0.Action", "logs:Put*"), on="billing")

# iam-no-wildcard-resource
RESOURCE = "iam-no-wildcard-resource"
M(RESOURCE, "every bucket", allow(ROLE_POLICY, "s3:PutObject", on="arn:aws:s3:::*", name=TASK))
M(RESOURCE, "every table", allow(ROLE_POLICY, "dynamodb:PutItem", on="arn:aws:dynamodb:*:*:table/*", name=TASK))
M(
    RESOURCE,
    "all but one",
    put(
        ROLE_POLICY,
        "policy|Statement.+",
        {"Effect": "Allow", "Action": "sqs:SendMessage", "NotResource": "arn:aws:sqs:r:1:x"},
        TASK,
    ),
)
M(
    RESOURCE,
    "a star beside a name",
    put(POLICY, "policy|Statement.1.Resource", ["arn:aws:sqs:eu-central-1:1:a", "*"]),
    on="billing",
)
M(
    RESOURCE,
    "a condition that narrows nothing",
    allow(ROLE_POLICY, "sqs:SendMessage", name=TASK, Condition={"StringLike": {"aws:ResourceTag/x": "*"}}),
)

# iam-passrole-scoped
PASS = "iam-passrole-scoped"
TO_TASKS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
ANY_ROLE = "arn:aws:iam::123456789012:role/*"
M(PASS, "any role", allow(ROLE_POLICY, "iam:PassRole", on=ANY_ROLE, name=TASK, Condition=TO_TASKS))
M(PASS, "to any service", allow(ROLE_POLICY, "iam:PassRole", on="arn:aws:iam::123456789012:role/one", name=TASK))
M(PASS, "by a pattern of actions", allow(ROLE_POLICY, "iam:Pass*", on=ANY_ROLE, name=TASK))
M(
    PASS,
    "to a service, if any is named",
    allow(
        ROLE_POLICY,
        "iam:passrole",
        on="arn:aws:iam::1:role/one",
        name=TASK,
        Condition={"StringEqualsIfExists": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    ),
)

# iam-kms-decrypt-scoped
DECRYPT = "iam-kms-decrypt-scoped"
M(DECRYPT, "every key", allow(ROLE_POLICY, "kms:Decrypt", name=TASK))
M(
    DECRYPT,
    "every key of the account",
    allow(ROLE_POLICY, "kms:Decrypt", on="arn:aws:kms:ap-south-1:123456789012:key/*", name=TASK),
)
M(
    DECRYPT,
    "through one service alone",
    allow(
        ROLE_POLICY, "kms:De*", name=TASK, Condition={"StringEquals": {"kms:ViaService": "s3.ap-south-1.amazonaws.com"}}
    ),
)
M(DECRYPT, "re-encryption", allow(ROLE_POLICY, "kms:ReEncrypt*", name=TASK))

# iam-no-exfil
EXFIL = "iam-no-exfil"
M(EXFIL, "every secret", allow(ROLE_POLICY, "secretsmanager:GetSecretValue", name=TASK))
M(EXFIL, "every object", allow(ROLE_POLICY, "s3:Get*", on=["arn:aws:s3:::*/*"], name=TASK))
M(EXFIL, "every table", allow(ROLE_POLICY, "dynamodb:Scan", on="arn:aws:dynamodb:*:*:table/*", name=TASK))

# iam-trust-scoped
TRUST = "iam-trust-scoped"


def trusting(**more: object) -> Edit:
    return put(ROLE, "assumeRolePolicy|Statement", [{"Effect": "Allow", "Action": "sts:AssumeRole", **more}], TASK_ROLE)


M(TRUST, "everybody", trusting(Principal="*"))
M(TRUST, "everybody, spelt otherwise", trusting(Principal={"AWS": ["*"]}))
M(TRUST, "a service on behalf of any account", trusting(Principal={"Service": "ecs-tasks.amazonaws.com"}))
M(TRUST, "all but some", trusting(NotPrincipal={"AWS": "arn:aws:iam::1:root"}))
M(
    TRUST,
    "a condition that holds where its key is absent",
    trusting(
        Principal={"Service": "ecs-tasks.amazonaws.com"}, Condition={"StringEqualsIfExists": {"aws:SourceAccount": "1"}}
    ),
)
M(
    TRUST,
    "any repository's pipeline",
    trusting(
        Action="sts:AssumeRoleWithWebIdentity",
        Principal={"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"},
        Condition={
            "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
            "StringLike": {"token.actions.githubusercontent.com:sub": "*"},
        },
    ),
)

# iam-no-users-keys
USERS = "iam-no-users-keys"
M(USERS, "a user", add("aws:iam/user:User", "ci", name="ci"))
M(USERS, "an access key", add("aws:iam/accessKey:AccessKey", "ci", user="ci"))
M(USERS, "a console password", add("aws:iam/userLoginProfile:UserLoginProfile", "ops", user="ops"))
M(USERS, "a user's own policy", add("aws:iam/userPolicy:UserPolicy", "ci", user="ci", policy=document()))

# iam-managed-allowlist
ALLOWLIST = "iam-managed-allowlist"
M(
    ALLOWLIST,
    "every bucket to read",
    add(ATTACHMENT, "read", role=ref(ROLE, TASK_ROLE), policyArn=AWS_POLICY + "AmazonS3ReadOnlyAccess"),
)
M(ALLOWLIST, "named in the role", put(ROLE, "managedPolicyArns", [AWS_POLICY + "ReadOnlyAccess"], TASK_ROLE))
M(
    ALLOWLIST,
    "by an exclusive list",
    add(
        "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
        "all",
        roleName="x",
        policyArns=[AWS_POLICY + "AmazonDynamoDBFullAccess"],
    ),
)
M(
    ALLOWLIST,
    "in another partition",
    add(ATTACHMENT, "cn", role=ref(ROLE, TASK_ROLE), policyArn="arn:aws-cn:iam::aws:policy/AmazonS3FullAccess"),
)

# iam-no-escalation
ESCALATION = "iam-no-escalation"
# Under the boundary that the tasks' roles have, most of these mistakes would come to nothing.
UNBOUNDED = drop(ROLE, "permissionsBoundary", name=TASK_ROLE)


def unbounded(rule: str, what: str, *edits: Edit) -> None:
    M(rule, what, UNBOUNDED, *edits)


OWN_ROLE = ref(ROLE, TASK_ROLE, "name")
unbounded(
    ESCALATION,
    "a new version of a policy",
    allow(ROLE_POLICY, "iam:CreatePolicyVersion", on="arn:aws:iam::123456789012:policy/*", name=TASK),
)
unbounded(ESCALATION, "a pattern in mid-action that holds it", allow(ROLE_POLICY, "iam:*RolePolicy", name=TASK))
unbounded(
    ESCALATION,
    "in two halves: one inline, one attached through a third resource",
    allow(ROLE_POLICY, "iam:PassRole", on="arn:aws:iam::123456789012:role/*", name=TASK),
    add(POLICY, "half", policy=document(statement("lambda:CreateFunction", "lambda:InvokeFunction"))),
    add(ATTACHMENT, "half", role=OWN_ROLE, policyArn=ref(POLICY, "half", "arn")),
)
unbounded(
    ESCALATION,
    "attached to several at once",
    add(POLICY, "grows", policy=document(statement("iam:AttachRolePolicy"))),
    add(ATTACHMENTS, "grows", roles=[OWN_ROLE], policyArn=ref(POLICY, "grows", "arn")),
)
unbounded(
    ESCALATION,
    "by exclusion",
    put(ROLE_POLICY, "policy|Statement.+", {"Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"}, TASK),
)
unbounded(
    ESCALATION,
    "trust of another role is rewritten",
    allow(ROLE_POLICY, "iam:UpdateAssumeRolePolicy", on="arn:aws:iam::123456789012:role/*", name=TASK),
)

# iam-boundary
BOUNDARY = "iam-boundary"
PIPELINE = {
    "Effect": "Allow",
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"},
    "Condition": {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:shop/shop:ref:refs/heads/main",
        }
    },
}
unbounded(BOUNDARY, "a pipeline signs in without one", put(ROLE, "assumeRolePolicy|Statement.+", PIPELINE, TASK_ROLE))
unbounded(
    BOUNDARY,
    "it may make roles",
    allow(ROLE_POLICY, "iam:CreateRole", on="arn:aws:iam::123456789012:role/app-*", name=TASK),
)
unbounded(
    BOUNDARY,
    "another account assumes it",
    put(
        ROLE,
        "assumeRolePolicy|Statement.+",
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}},
        TASK_ROLE,
    ),
)
unbounded(
    BOUNDARY,
    "an administrator's policy as the boundary",
    put(ROLE, "permissionsBoundary", AWS_POLICY + "AdministratorAccess", TASK_ROLE),
    put(ROLE, "assumeRolePolicy|Statement.+", PIPELINE, TASK_ROLE),
)

# iam-actions-exist
EXIST = "iam-actions-exist"
M(EXIST, "a letter too many", allow(ROLE_POLICY, "dynamodb:GetItems", on="arn:aws:dynamodb:r:1:table/a", name=TASK))
M(EXIST, "no such service", allow(ROLE_POLICY, "dynamo:GetItem", on="arn:aws:dynamodb:r:1:table/a", name=TASK))
M(EXIST, "a pattern that matches nothing", allow(ROLE_POLICY, "s3:Fetch*", on="arn:aws:s3:::a/*", name=TASK))
M(EXIST, "in a key's policy", allow("aws:kms/key:Key", "kms:Decrpyt", Principal={"AWS": "arn:aws:iam::1:root"}))
M(EXIST, "in a trust", trusting(Action="sts:AsumeRole", Principal={"Service": "ec2.amazonaws.com"}))
M(
    EXIST,
    "in a denial, which then denies nothing",
    allow(ROLE_POLICY, "iam:PassRoles", name=TASK, effect="Deny"),
)

# Further ways to other rights, through what the stack has.
unbounded(
    ESCALATION,
    "it makes itself trusted",
    allow(ROLE_POLICY, "iam:UpdateAssume*", on="arn:aws:iam::1:role/a", name=TASK),
)
unbounded(
    ESCALATION,
    "any role is assumed",
    allow(ROLE_POLICY, "sts:AssumeRole", on="arn:aws:iam::123456789012:role/*", name=TASK),
)
unbounded(
    ESCALATION,
    "a role is passed on to one that may do all",
    add(
        ROLE,
        "mighty",
        name="mighty",
        assumeRolePolicy=document({**PIPELINE, "Principal": {"Service": "ec2.amazonaws.com"}}),
    ),
    add(ATTACHMENT, "mighty", role="mighty", policyArn=AWS_POLICY + "AdministratorAccess"),
    allow(ROLE_POLICY, "iam:PassRole", on="arn:aws:iam::123456789012:role/mighty", name=TASK),
    allow(ROLE_POLICY, "ec2:RunInstances", name=TASK),
)
unbounded(ESCALATION, "the boundary is lifted", allow(ROLE_POLICY, "iam:DeleteRolePermissionsBoundary", name=TASK))
unbounded(
    ESCALATION,
    "a key's policy is rewritten",
    allow(ROLE_POLICY, "kms:Put?eyPolicy", on="arn:aws:kms:r:1:key/a", name=TASK),
)
unbounded(
    ESCALATION,
    "a condition that holds where its key is absent",
    allow(
        ROLE_POLICY,
        "iam:PutRolePolicy",
        on="arn:aws:iam::1:role/a",
        name=TASK,
        Condition={"StringEqualsIfExists": {"iam:PermissionsBoundary": "arn:aws:iam::1:policy/b"}},
    ),
)
unbounded(
    ESCALATION,
    "a denial under a condition",
    allow(ROLE_POLICY, "iam:PutRolePolicy", on="arn:aws:iam::1:role/a", name=TASK),
    allow(ROLE_POLICY, "iam:*", name=TASK, effect="Deny", Condition={"Bool": {"aws:ViaAWSService": "true"}}),
)
