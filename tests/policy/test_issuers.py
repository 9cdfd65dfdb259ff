"""Tokens of every issuer: the owner spelt out in its place passes, and no way of leaving it open does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.pack.issuers import ISSUERS, issuer
from tests.each import for_each
from tests.policy.harness import ACCOUNT, It, ask

RULE = "iam-trust-scoped"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/"


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What tokens of an issuer look like, from the documentation of whoever runs it; `acme` is the owner."""

    host: str
    subject: str
    claim: str = "sub"

    @property
    def others(self) -> str:
        """A stranger's token that differs in the owner alone."""
        return self.subject.replace("acme", "evil")


GITHUB = "token.actions.githubusercontent.com"
TOKENS = (
    Tokens(host=GITHUB, subject="repo:acme/shop:ref:refs/heads/main"),
    Tokens(host=GITHUB, subject="repo:acme@12345/shop@67890:environment:prod"),
    Tokens(host=GITHUB, subject="repository_owner:acme:environment:prod"),
    Tokens(host=GITHUB, subject="environment:prod:repository_owner_id:acme"),
    Tokens(host=GITHUB, subject="job_workflow_ref:acme/ci/.github/workflows/deploy.yml@refs/heads/main"),
    Tokens(host=f"{GITHUB}/acme-inc", subject="repo:acme/shop:environment:prod"),
    Tokens(host="token.actions.acme.ghe.com", subject="repo:acme/shop:environment:prod"),
    Tokens(host="gitlab.com", subject="project_path:acme/shop:ref_type:branch:ref:main"),
    Tokens(host="gitlab.acme.example", subject="project_path:acme/shop:ref_type:branch:ref:main"),
    Tokens(host="app.terraform.io", subject="organization:acme:project:shop:workspace:prod:run_phase:apply"),
    Tokens(host="api.pulumi.com/oidc", subject="pulumi:deploy:org:acme:project:shop:stack:prod:operation:update"),
    Tokens(host="api.pulumi.com/oidc", subject="pulumi:environments:org:acme:env:prod"),
    Tokens(host="api.pulumi.com/oidc/v2", subject="pulumi:org:acme:env:1234"),
    Tokens(host="agent.buildkite.com", subject="organization:acme:pipeline:shop:ref:refs/heads/main:commit:1:step:x"),
    Tokens(host="oidc.codefresh.io", subject="account:acme:pipeline:1"),
    Tokens(host="scalr.io", subject="account:acme:environment:prod:workspace:shop"),
    Tokens(host="oidc.vercel.com", subject="owner:acme:project:shop:environment:production"),
    Tokens(host="oidc.vercel.com/acme", subject="owner:acme:project:shop:environment:production"),
    Tokens(host="oidc.circleci.com/org/acme", subject="org/acme/project/1/user/2"),
    Tokens(host="vstoken.dev.azure.com/1234", subject="sc://acme/shop/aws"),
    Tokens(host="oidc.fly.io/acme", subject="acme:shop:machine"),
    Tokens(host="accounts.google.com", subject="acme"),
    Tokens(host="api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc", subject="{acme}:{step}"),
    Tokens(host="oidc.eks.ap-south-1.amazonaws.com/id/ABCDEF", subject="system:serviceaccount:acme:shop"),
    Tokens(host="login.acme.example", subject="acme|deploy"),
    Tokens(host="cognito-identity.amazonaws.com", subject="ap-south-1:acme", claim="aud"),
)


def trusting(host: str, conditions: dict[str, Any]) -> It:
    cognito = host.startswith("cognito")
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": host if cognito else PROVIDER + host},
        "Condition": conditions,
    }
    return It("aws:iam/role:Role", "role", {"assumeRolePolicy": {"Version": "2012-10-17", "Statement": statement}})


def trusted(tokens: Tokens, operator: str, value: Any, **more: dict[str, Any]) -> bool:
    """Whether the rule is silent on a trust that asks for the claim so, and for all else as it should be."""
    conditions: dict[str, dict[str, Any]] = {operator: {f"{tokens.host}:{tokens.claim}": value}, **more}
    if tokens.claim != "aud":
        conditions.setdefault("StringEquals", {})[f"{tokens.host}:aud"] = "sts.amazonaws.com"
    if tokens.host.startswith("cognito"):
        conditions["ForAnyValue:StringEquals"] = {f"{tokens.host}:amr": "authenticated"}
    return not ask(RULE, trusting(tokens.host, conditions)).violations


def openings(tokens: Tokens) -> Iterator[str]:
    """The owner's token with a part left open so that it is no longer the owner's alone."""
    start, end = tokens.subject.split("acme", 1)
    yield from ("*", "?*", f"{start}*{end}", f"*{end}*", f"{start}*", f"{start}?cme{end}", f"{start}*acme{end}")
    yield from (f"{start}ac*", f"{start}${{aws:PrincipalTag/owner}}{end}")


def matched(pattern: str, value: str) -> bool:
    pattern = re.sub(r"\$\{[^}]*\}", "*", pattern)
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value) is not None


@for_each(TOKENS)
def test_the_owner_spelt_out_is_trusted(tokens: Tokens) -> None:
    end = tokens.subject.split("acme", 1)[1]
    assert trusted(tokens, "StringEquals", tokens.subject)
    assert trusted(tokens, "StringLike", [tokens.subject, tokens.subject])
    assert trusted(tokens, "ForAnyValue:StringLike", tokens.subject)
    assert trusted(tokens, "StringEqualsIfExists", tokens.subject, Null={f"{tokens.host}:{tokens.claim}": "false"})
    if end[:1] in ("/", ":"):
        assert trusted(tokens, "StringLike", f"{tokens.subject.split('acme', 1)[0]}acme{end[0]}*")


@for_each(TOKENS)
def test_an_owner_left_open_is_not(tokens: Tokens) -> None:
    assert [value for value in openings(tokens) if trusted(tokens, "StringLike", value) and _shared(tokens)] == []
    assert not trusted(tokens, "StringLike", "*")
    assert not trusted(tokens, "StringLike", [tokens.subject, "*"])


def _shared(tokens: Tokens) -> bool:
    """Whether others have tokens of the issuer, or its shape tells what is the owner's."""
    return tokens.host != "login.acme.example"


@pytest.mark.parametrize(
    "operator", ["StringEqualsIfExists", "ForAllValues:StringEquals", "StringNotEquals", "StringNotLike", "Null"]
)
@for_each(TOKENS)
def test_a_condition_that_holds_without_the_claim_is_none(tokens: Tokens, operator: str) -> None:
    assert not trusted(tokens, operator, "false" if operator == "Null" else tokens.subject)


@pytest.mark.parametrize("tokens", [item for item in TOKENS if item.claim == "sub"], ids=str)
def test_subject_and_audience_are_both_asked_for(tokens: Tokens) -> None:
    subject = {f"{tokens.host}:sub": tokens.subject}
    audience = {f"{tokens.host}:aud": "sts.amazonaws.com"}
    only_subject = ask(RULE, trusting(tokens.host, {"StringEquals": subject}))
    assert ["any aud" in message for message in only_subject.messages] == [True]
    only_audience = ask(RULE, trusting(tokens.host, {"StringEquals": audience}))
    assert ["any sub" in message for message in only_audience.messages] == [True]
    wide = {"StringEquals": subject, "StringLike": {f"{tokens.host}:aud": "*"}}
    assert ["any aud" in message for message in ask(RULE, trusting(tokens.host, wide)).messages] == [True]


PIECES = st.sampled_from(["*", "?", "acme", "ac", "evil", ":", "/", "shop", "repo:", "organization:", "project_path:"])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([item for item in TOKENS if _shared(item)]), st.lists(PIECES, max_size=6), st.booleans())
def test_no_pattern_that_is_trusted_admits_a_strangers_token(tokens: Tokens, pieces: list[str], tail: bool) -> None:
    start, end = tokens.subject.split("acme", 1)
    pattern = f"{start if tail else ''}{''.join(pieces)}{end if tail else ''}"
    if matched(pattern, tokens.others):
        assert not trusted(tokens, "StringLike", pattern) or "evil" in pattern


@pytest.mark.parametrize(
    ("claim", "value", "right"),
    [
        ("repository_owner_id", "12345", True),
        ("repository_id", "67890", True),
        ("repository", "acme/shop", True),
        ("repository", "acme/*", True),
        ("job_workflow_ref", "acme/ci/.github/workflows/*", True),
        ("repository", "*/shop", False),
        ("repository_owner_id", "1*", False),
        ("actor", "octocat", False),
        ("environment", "prod", False),
        ("ref", "refs/heads/main", False),
        ("workflow", "deploy", False),
    ],
)
def test_of_other_claims_only_the_owners_count(claim: str, value: str, right: bool) -> None:
    tokens = Tokens(host=GITHUB, subject=value, claim=claim)
    assert trusted(tokens, "StringLike", value) is right


@pytest.mark.parametrize(
    ("operator", "amr", "right"),
    [
        ("ForAnyValue:StringLike", "authenticated", True),
        ("ForAnyValue:StringEquals", ["authenticated"], True),
        ("StringEquals", "authenticated", True),
        ("ForAnyValue:StringLike", "graph.facebook.com", True),
        ("ForAnyValue:StringLike", "unauthenticated", False),
        ("ForAnyValue:StringLike", ["authenticated", "unauthenticated"], False),
        ("ForAnyValue:StringLike", "*authenticated", False),
        ("ForAnyValue:StringLike", "*", False),
        ("ForAllValues:StringLike", "authenticated", False),
        ("StringNotEquals", "unauthenticated", False),
    ],
)
def test_guests_of_an_identity_pool_are_strangers(operator: str, amr: Any, right: bool) -> None:
    host = "cognito-identity.amazonaws.com"
    conditions = {"StringEquals": {f"{host}:aud": "ap-south-1:1"}}
    conditions.setdefault(operator, {})[f"{host}:amr"] = amr
    assert (not ask(RULE, trusting(host, conditions)).violations) is right


def test_every_issuer_has_a_source_and_is_found_by_its_own_host() -> None:
    assert all(item.source and item.owners for item in ISSUERS)
    assert all(issuer(item.host.replace("*", "acme")) is item for item in ISSUERS)
    assert issuer("HTTPS://GitLab.com/") is issuer("gitlab.com")
