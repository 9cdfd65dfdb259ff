"""Lambda functions of this program: one file of `functions/` each, on Graviton, traced, with its own role and logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.handles import KeyRing
from components.site import Site

RUNTIME: Final = "python3.13"
ARCHITECTURE: Final = "arm64"
_FOLDER: Final = Path(__file__).resolve().parents[1] / "functions"


@dataclass(frozen=True, kw_only=True)
class FunctionPlace:
    """Subnets and security group of a function that calls private endpoints."""

    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Code:
    """Code of a function, with its resources and permissions."""

    module: str
    """File in `functions/`, without its ending; its `handler` is the entry point."""
    description: str
    timeout: int
    """Seconds."""
    memory: int
    """MiB; CPU grows with it."""
    package: Sequence[str] = ()
    """Further files of `functions/` that it imports, without their ending. Default: none."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Further files of its archive, by name, with their text."""
    statements: Sequence[iam.Statement] = ()
    """Permissions of the code itself, beyond logs and traces."""
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    concurrency: int | None = None
    """Reserved concurrency: as many at once, and no more. Default: what the account has left."""
    boundary: pulumi.Input[str] | None = None
    """ARN of the managed policy that bounds its role. Default: none."""
    dead_letters: pulumi.Input[str] | None = None
    """ARN of the queue for events of asynchronous calls that failed for good; `statements` allows sending to it."""
    place: FunctionPlace | None = None
    """Default: outside of every network of the account."""


def python_function(
    tier: Component, what: str, code: Code, *, keys: KeyRing, log_retention_days: int
) -> aws.lambda_.Function:
    """The function `<prefix>-<what>`, its log group and its role. Its variables are encrypted with the data key."""
    site = tier.site
    name = site.named(what)
    log_group = aws.cloudwatch.LogGroup(
        tier.child(what, "logs"),
        name=f"/aws/lambda/{name}",
        retention_in_days=log_retention_days,
        kms_key_id=keys.logs.arn,
        tags=tier.tags("internal"),
        opts=tier.opts(),
    )
    role = aws.iam.Role(
        tier.child(what, "role"),
        name=name,
        description=f"{site.prefix}: {code.description}",
        assume_role_policy=iam.trust("lambda.amazonaws.com", account_id=site.account_id, names_source=False),
        permissions_boundary=code.boundary,
        tags=tier.tags("internal", name),
        opts=tier.opts(),
    )
    policy = aws.iam.RolePolicy(
        tier.child(what, "policy"),
        name=what,
        role=role.name,
        policy=iam.document(
            *code.statements,
            *_of_every_function(site, keys, name, bool(code.environment)),
            *(_joining_a_network(site, name) if code.place else []),
        ),
        opts=tier.opts(parent=role),
    )
    return aws.lambda_.Function(
        tier.child(what),
        name=name,
        description=code.description,
        role=role.arn,
        runtime=RUNTIME,
        architectures=[ARCHITECTURE],
        handler=f"{'functions.' if code.package else ''}{code.module}.handler",
        code=_archive(code),
        timeout=code.timeout,
        memory_size=code.memory,
        reserved_concurrent_executions=code.concurrency,
        environment=(
            aws.lambda_.FunctionEnvironmentArgs(variables=dict(code.environment)) if code.environment else None
        ),
        kms_key_arn=keys.data.arn if code.environment else None,
        dead_letter_config=(
            aws.lambda_.FunctionDeadLetterConfigArgs(target_arn=code.dead_letters) if code.dead_letters else None
        ),
        vpc_config=(
            aws.lambda_.FunctionVpcConfigArgs(
                subnet_ids=list(code.place.subnet_ids), security_group_ids=[code.place.security_group_id]
            )
            if code.place
            else None
        ),
        tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active"),
        logging_config=aws.lambda_.FunctionLoggingConfigArgs(
            log_format="JSON", log_group=log_group.name, application_log_level="INFO", system_log_level="WARN"
        ),
        tags=tier.tags("internal", name),
        opts=tier.opts(depends_on=[policy]),
    )


def _archive(code: Code) -> pulumi.AssetArchive:
    """The text itself, not paths: the same archive on every machine."""
    place = "functions/" if code.package else ""
    texts = {
        f"{place}{name}.py": (_FOLDER / f"{name}.py").read_text(encoding="utf-8")
        for name in (code.module, *code.package)
    }
    if code.package:
        texts["functions/__init__.py"] = (_FOLDER / "__init__.py").read_text(encoding="utf-8")
    return pulumi.AssetArchive(
        {name: pulumi.StringAsset(text) for name, text in sorted({**texts, **code.files}.items())}
    )


def _of_every_function(site: Site, keys: KeyRing, name: str, has_variables: bool) -> list[iam.Statement]:
    statements = [
        iam.statement(
            "WriteLogs",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [site.arn("logs", f"log-group:/aws/lambda/{name}:*")],
        ),
        # X-Ray's calls take no resource.
        iam.statement("Trace", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"]),
    ]
    if has_variables:
        statements.append(
            iam.statement(
                "ReadVariables",
                ["kms:Decrypt"],
                [site.arn("kms", "key/*")],
                condition={
                    "ForAnyValue:StringEquals": {"kms:ResourceAliases": keys.data.alias_name},
                    "StringEquals": {
                        "kms:EncryptionContext:aws:lambda:FunctionArn": site.arn("lambda", f"function:{name}")
                    },
                },
            )
        )
    return statements


def _joining_a_network(site: Site, name: str) -> list[iam.Statement]:
    """Permissions that Lambda needs to attach the function to a network, denied to its code (Lambda developer guide,
    "Giving Lambda functions access to resources in an Amazon VPC"). They have no resource, or none beforehand."""
    actions = (
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "ec2:UnassignPrivateIpAddresses",
    )
    return [
        iam.statement("JoinNetwork", actions, ["*"]),
        iam.statement(
            "CodeJoinsNoNetwork",
            actions,
            ["*"],
            effect="Deny",
            condition={"ArnEquals": {"lambda:SourceFunctionArn": site.arn("lambda", f"function:{name}")}},
        ),
    ]
