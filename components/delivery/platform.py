"""The roles of this program's own workflows on GitHub: OIDC tokens instead of stored keys.

A pull request's preview and the nightly drift check may read; a deployment may assume the account's provisioner and
nothing else. The token's subject identifies the workflow: the pull request, the branch, or the environment that
GitHub admits a job to only after approval.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.delivery import preview
from components.delivery.roles import during
from components.lookups import adopted, refuse
from components.site import Site
from specs.account import Holding
from specs.delivery import Freeze, Platform

ISSUER: Final = "token.actions.githubusercontent.com"
AUDIENCE: Final = "sts.amazonaws.com"
PREVIEW_SECONDS: Final = 3600  # IAM: 3,600 to 43,200; a preview takes minutes
DEPLOY_SECONDS: Final = 3600  # STS gives a role that is taken on from another role an hour at most
DESCRIBING_POLICIES: Final = ("SecurityAudit", "job-function/ViewOnlyAccess")
"""AWS's own lists of what describes a configuration without showing data."""


def build(tier: Component, platform: Platform, freezes: Sequence[Freeze], holding: Holding) -> None:
    """The roles; `holding` tells who owns the IAM OIDC provider of GitHub, which they trust by its ARN in any case."""
    provider = _provider(tier) if holding == "create" else None
    if holding == "adopt":
        _look_up(tier)
    _preview_role(tier, platform, provider)
    _deploy_role(tier, platform, freezes, provider)


def _provider(tier: Component) -> aws.iam.OpenIdConnectProvider:
    # No thumbprints: IAM trusts GitHub's certificate by its root.
    return aws.iam.OpenIdConnectProvider(
        tier.child("github-actions"),
        url=f"https://{ISSUER}",
        client_id_lists=[AUDIENCE],
        tags=tier.tags("internal", tier.site.named("github-actions")),
        opts=tier.opts(),
    )


def _look_up(tier: Component) -> None:
    found = adopted(
        "githubProvider",
        f"the provider of {ISSUER}",
        lambda: aws.iam.get_open_id_connect_provider(url=f"https://{ISSUER}", opts=pulumi.InvokeOptions(parent=tier)),
    )
    if AUDIENCE not in found.client_id_lists:
        raise refuse(
            "githubProvider", f"an adopted provider takes tokens for {AUDIENCE}", ", ".join(found.client_id_lists)
        )


def _preview_role(tier: Component, platform: Platform, provider: pulumi.Resource | None) -> None:
    site = tier.site
    subjects = [
        f"repo:{platform.repository}:pull_request",
        f"repo:{platform.repository}:ref:refs/heads/{platform.branch}",
    ]
    boundary = _boundary(
        tier,
        "preview",
        "the role which previews may do, whatever is attached to it later",
        preview.boundary(site, platform),
    )
    role = _role(
        tier,
        "preview",
        "previews pull requests and looks for drift",
        trust(site, subjects, ()),
        provider,
        PREVIEW_SECONDS,
        boundary=boundary.arn,
    )
    for path in DESCRIBING_POLICIES:
        aws.iam.RolePolicyAttachment(
            tier.child("preview", path.rpartition("/")[2].lower()),
            role=role.name,
            policy_arn=Site.managed_policy_arn(path),
            opts=tier.opts(parent=role),
        )
    aws.iam.RolePolicy(
        tier.child("preview"),
        name="preview",
        role=role.name,
        policy=preview.policy(site, platform),
        opts=tier.opts(parent=role),
    )


def _deploy_role(
    tier: Component, platform: Platform, freezes: Sequence[Freeze], provider: pulumi.Resource | None
) -> None:
    site = tier.site
    subject = f"repo:{platform.repository}:environment:{site.stack}"
    document = iam.document(
        iam.statement(
            "BecomeProvisioner", ["sts:AssumeRole", "sts:TagSession"], [site.iam_arn(f"role/{platform.provisioner}")]
        )
    )
    boundary = _boundary(tier, "deploy", "the role which deploys may do, whatever is attached to it later", document)
    role = _role(
        tier,
        "deploy",
        "deploys the program",
        trust(site, [subject], freezes),
        provider,
        DEPLOY_SECONDS,
        boundary=boundary.arn,
    )
    aws.iam.RolePolicy(
        tier.child("deploy"), name="deploy", role=role.name, policy=document, opts=tier.opts(parent=role)
    )


def _boundary(tier: Component, what: str, most: str, document: str) -> aws.iam.Policy:
    physical = tier.site.named(what, "boundary")
    return aws.iam.Policy(
        tier.child(what, "boundary"),
        name=physical,
        description=f"{tier.site.prefix}: the most that {most}",
        policy=document,
        tags=tier.tags("internal", physical),
        opts=tier.opts(),
    )


def _role(
    tier: Component,
    what: str,
    purpose: str,
    trusted: str,
    provider: pulumi.Resource | None,
    seconds: int,
    *,
    boundary: pulumi.Input[str],
) -> aws.iam.Role:
    physical = tier.site.named(what)
    return aws.iam.Role(
        tier.child(what),
        name=physical,
        description=f"{tier.site.prefix}: {purpose}",
        assume_role_policy=trusted,
        permissions_boundary=boundary,
        max_session_duration=seconds,
        tags=tier.tags("internal", physical),
        # The role can't be assumed before the provider exists.
        opts=tier.opts(depends_on=[provider] if provider else None),
    )


def trust(site: Site, subjects: Sequence[str], freezes: Sequence[Freeze]) -> str:
    """Trust policy for GitHub's tokens: exactly these subjects, and none during a freeze."""
    principal = {"Federated": site.iam_arn(f"oidc-provider/{ISSUER}")}
    action = "sts:AssumeRoleWithWebIdentity"
    allowed: iam.Statement = {
        "Sid": "AssumedByWorkflow",
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Condition": {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": list(subjects)}},
    }
    refused: list[iam.Statement] = [
        {
            "Sid": "Frozen" + "".join(part.capitalize() for part in freeze.name.split("-")),
            "Effect": "Deny",
            "Principal": principal,
            "Action": action,
            "Condition": during(freeze),
        }
        for freeze in freezes
    ]
    return iam.document(allowed, *refused)
