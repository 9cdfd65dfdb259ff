"""The boundary of tasks: it takes nothing away that a service is for, and gives nothing that none could have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from devtools.recording.programs import recorded
from devtools.recording.recorded import Recorded
from policy.pack.documents import matches

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/rolePolicy:RolePolicy"


@pytest.fixture(scope="module")
def shop() -> Recorded:
    return recorded("prod")


def task_roles(shop: Recorded) -> Iterator[Any]:
    services = {one.inputs["name"] for one in shop.of("aws:ecs/service:Service")}
    yield from (role for role in shop.of(ROLE) if role.inputs["name"].removesuffix("-task") in services)


def statements(resource: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(resource.inputs["policy"])["Statement"]
    return found


def test_every_services_task_role_is_bound(shop: Recorded) -> None:
    boundary = shop.one("aws:iam/policy:Policy", "services-task-boundary").outputs["arn"]
    bound = {role.inputs["name"]: role.inputs.get("permissionsBoundary") for role in task_roles(shop)}
    assert len(bound) >= 5
    assert set(bound.values()) == {boundary}


def test_the_boundary_takes_nothing_away(shop: Recorded) -> None:
    allowed = statements(shop.one("aws:iam/policy:Policy", "services-task-boundary"))
    names = {role.inputs["name"] for role in task_roles(shop)}
    judged = 0
    for policy in shop.of(POLICY):
        if policy.inputs["role"] not in names:
            continue
        for statement in statements(policy):
            for action in statement["Action"]:
                for resource in statement["Resource"]:
                    judged += 1
                    assert any(
                        action in one["Action"] and any(matches(pattern, resource) for pattern in one["Resource"])
                        for one in allowed
                    ), f"{policy.name}: {action} on {resource}"
    assert judged >= 40, "a test that judges nothing proves nothing"


def test_the_boundary_names_stores_and_traces_and_nothing_of_iam(shop: Recorded) -> None:
    services = {
        action.split(":")[0]
        for one in statements(shop.one("aws:iam/policy:Policy", "services-task-boundary"))
        for action in one["Action"]
    }
    assert services == {"dynamodb", "sqs", "elasticache", "s3", "rds-db", "kms", "xray"}
