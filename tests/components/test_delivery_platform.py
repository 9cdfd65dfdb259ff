"""The roles of the program's own workflows: whom they trust, when, and what they may do."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
import yaml

from devtools.paths import REPO_ROOT
from specs.account import Holding
from tests.components.delivery_tier import SALE, Built, build
from tests.components.shared import ACCOUNT, statements

PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
PLATFORM: dict[str, Any] = {
    "repository": "shop-example/saleday",
    "stateBucket": "shop-state",
    "secretsKeyArn": f"arn:aws:kms:ap-south-1:{ACCOUNT}:key/secrets",
}


@functools.cache
def platform() -> Built:
    return build({"platform": PLATFORM, "freezes": [SALE]})


def trust(name: str) -> dict[str, dict[str, Any]]:
    return statements(platform().inputs("iam/role:Role", f"delivery-{name}")["assumeRolePolicy"])


@pytest.mark.parametrize(
    ("role", "subjects"),
    [
        ("preview", ["repo:shop-example/saleday:pull_request", "repo:shop-example/saleday:ref:refs/heads/main"]),
        ("deploy", ["repo:shop-example/saleday:environment:prod"]),
    ],
)
def test_a_role_trusts_tokens_of_this_repository_with_these_subjects_alone(role: str, subjects: list[str]) -> None:
    statement = trust(role)["AssumedByWorkflow"]
    assert statement["Principal"] == {"Federated": PROVIDER}
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": subjects,
        }
    }, "word for word: StringLike would let a wildcard in"


def test_a_freeze_closes_the_role_that_deploys_and_leaves_the_one_that_looks() -> None:
    refusal = trust("deploy")["FrozenAnnualSale"]
    assert refusal["Effect"] == "Deny"
    assert refusal["Condition"] == {
        "DateGreaterThanEquals": {"aws:CurrentTime": "2027-09-30T18:30:00Z"},
        "DateLessThan": {"aws:CurrentTime": "2027-10-10T18:30:00Z"},
    }
    assert set(trust("preview")) == {"AssumedByWorkflow"}


def test_a_deployment_may_become_the_provisioner_and_nothing_else() -> None:
    (statement,) = platform().statements("deploy").values()
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/saleday-provisioner"]


READS = ("Get", "List", "Describe", "Decrypt", "View")


def test_a_preview_reads_and_writes_nothing() -> None:
    statements = platform().statements("preview")
    writing = {
        sid: statement["Resource"]
        for sid, statement in statements.items()
        if not all(action.partition(":")[2].startswith(READS) for action in statement["Action"])
    }
    assert writing == {}, "not even the lock of the state, which a preview does not take"
    attached = {one.inputs["policyArn"] for one in platform().of("iam/rolePolicyAttachment:RolePolicyAttachment")}
    assert attached == {"arn:aws:iam::aws:policy/SecurityAudit", "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"}


def test_a_preview_reads_no_customers_data() -> None:
    actions = {action for one in platform().statements("preview").values() for action in one["Action"]}
    assert not actions & {"dynamodb:GetItem", "dynamodb:Query", "sqs:ReceiveMessage", "secretsmanager:GetSecretValue"}
    objects = [one["Resource"] for one in platform().statements("preview").values() if "s3:GetObject" in one["Action"]]
    manifests = f"arn:aws:s3:::saleday-prod-manifests-{ACCOUNT}-ap-south-1/*"
    assert objects == [[manifests], ["arn:aws:s3:::shop-state/.pulumi/*"]], "what the program itself writes"


def test_an_account_has_one_provider_of_github() -> None:
    provider = platform().inputs("iam/openIdConnectProvider:OpenIdConnectProvider", "delivery-github-actions")
    assert (provider["url"], provider["clientIdLists"]) == (
        "https://token.actions.githubusercontent.com",
        ["sts.amazonaws.com"],
    )
    others: tuple[Holding, ...] = ("adopt", "leave")
    for holding in others:
        second = build({"platform": PLATFORM}, github_provider=holding)
        assert second.of("iam/openIdConnectProvider:OpenIdConnectProvider") == []
        assert len(second.of("iam/role:Role")) == 2, "they trust it by its ARN, whoever makes it"


def test_without_a_platform_there_is_no_way_in_for_github() -> None:
    assert build({}).of("iam/role:Role") == []


def test_the_workflows_ask_for_the_roles_by_their_names() -> None:
    asked = set()
    for path in (REPO_ROOT / ".github" / "workflows").glob("*.yml"):
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            for step in job.get("steps", ()):
                asked.add(str(step.get("with", {}).get("role", "")).rpartition(":role/")[2])
    assert asked - {""} == {"saleday-${{ matrix.stack }}-preview", "saleday-dev-deploy", "saleday-prod-deploy"}
    made = {one.inputs["name"] for one in platform().of("iam/role:Role")}
    assert made == {"saleday-prod-preview", "saleday-prod-deploy"}


def test_roles_that_are_entered_from_outside_are_bounded() -> None:
    preview = platform().inputs("iam/role:Role", "delivery-preview")
    most = platform().recorded.one("aws:iam/policy:Policy", "delivery-preview-boundary")
    assert preview["permissionsBoundary"] == most.outputs["arn"]
    read, *_, secrets = json.loads(most.inputs["policy"])["Statement"]
    assert all(action.partition(":")[2].startswith(("Batch", *READS)) for action in read["Action"])
    assert (secrets["Action"], secrets["Resource"]) == (["kms:Decrypt"], [PLATFORM["secretsKeyArn"]])
    assert len("".join(most.inputs["policy"].split())) <= 6144, "characters of a managed policy"
    boundary = platform().recorded.one("aws:iam/policy:Policy", "delivery-deploy-boundary")
    assert platform().inputs("iam/role:Role", "delivery-deploy")["permissionsBoundary"] == boundary.outputs["arn"]
    assert list(json.loads(boundary.inputs["policy"])["Statement"]) == list(platform().statements("deploy").values())
