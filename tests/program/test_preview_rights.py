"""What the provider reads of every type that a stack or variant makes, and whether the role of previews may."""

from __future__ import annotations

import json
from typing import Any

import pytest

from devtools.paths import REPO_ROOT
from policy.pack.service_actions import find
from tests.program.rights import STATE, may, roles
from tests.program.variants import NAMES, recorded_variant

READS: dict[str, dict[str, Any]] = json.loads((REPO_ROOT / "policy" / "data" / "reads.json").read_text())["types"]
PREVIEW = "preview"


@pytest.mark.parametrize("name", NAMES)
def test_the_table_knows_every_type_that_is_made(name: str) -> None:
    made = {one.token for one in recorded_variant(name).all if one.token.startswith("aws:")}
    assert sorted(made - READS.keys()) == [], "add what the provider's read function calls"


def test_the_table_names_actions_that_there_are() -> None:
    unknown = {action for one in READS.values() for action in one["actions"] if find(action) is None}
    assert unknown == set()


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_preview_may_read_every_type_under_its_boundary(stack: str) -> None:
    role = roles(stack)[f"saleday-{stack}-{PREVIEW}"]
    assert role.boundary is not None
    refused = {action: token for token, one in READS.items() for action in one["actions"] if not role.may(action)}
    assert refused == {}


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_preview_opens_the_state_and_its_secrets_and_writes_nothing(stack: str) -> None:
    role = roles(stack)[f"saleday-{stack}-{PREVIEW}"]
    bucket = f"arn:aws:s3:::{STATE['stateBucket']}"
    assert may(role, "s3:ListBucket", bucket)
    assert may(role, "s3:GetObject", f"{bucket}/.pulumi/stacks/saleday/{stack}.json")
    assert may(role, "kms:Decrypt", STATE["secretsKeyArn"])
    assert not may(role, "kms:Decrypt", STATE["secretsKeyArn"] + "2")
    writing = {
        action
        for grant in role.allowed
        for action in grant.actions.exact
        if role.may(action) and (known := find(action)) and known.levels not in ("List", "Read")
    }
    assert writing == {"kms:decrypt"}, "an AWS list may hold more, which the boundary takes away"


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_preview_reads_no_data_of_customers(stack: str) -> None:
    role = roles(stack)[f"saleday-{stack}-{PREVIEW}"]
    for action in ("dynamodb:GetItem", "dynamodb:Query", "sqs:ReceiveMessage", "secretsmanager:GetSecretValue"):
        assert not role.may(action), action
    assert not may(role, "s3:GetObject", f"arn:aws:s3:::saleday-{stack}-media/picture.jpg")
