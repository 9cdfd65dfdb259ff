"""Endpoint policies against what may be done from inside the VPC: a policy that is too narrow denies, whatever a role
allows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from devtools.recording.recorded import Recorded
from tests.program.variants import recorded_variant

MANAGED: Final[Mapping[str, Any]] = json.loads(aws_managed_policies_data)
INSIDE: Final = {"ecs-tasks.amazonaws.com", "ec2.amazonaws.com", "pods.eks.amazonaws.com"}
"""Who takes a role for what runs in the VPC: tasks, instances and nodes, pods."""
# IAM's name of a service, where its endpoint has another.
ENDPOINTS: Final = {"ecr": "ecr.api", "cloudwatch": "monitoring"}
# Calls to APIs that a stack has no endpoint of, by what is known of them.
ELSEWHERE: Final = {
    "ec2messages": "Systems Manager's agent uses ssmmessages since 3.3 (Systems Manager user guide)",
    "rds-db": "a signature for the database, no call",
    "elasticache": "a signature for the cache, no call",
}


def actions_inside(program: Recorded) -> Iterator[tuple[str, str]]:
    """Each role that something in the VPC takes, with each action that its policies allow."""
    roles = {
        role.inputs["name"]
        for role in program.of("aws:iam/role:Role")
        if INSIDE & set(_services(json.loads(role.inputs["assumeRolePolicy"])))
    }
    documents = [
        (policy.inputs["role"], json.loads(policy.inputs["policy"]))
        for policy in program.of("aws:iam/rolePolicy:RolePolicy")
    ]
    for attached in program.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment"):
        name = attached.inputs["policyArn"].rpartition("/")[2]
        if name in MANAGED:
            documents.append((attached.inputs["role"], MANAGED[name]["Document"]))
    for role, document in documents:
        if role in roles:
            for statement in _listed(document["Statement"]):
                if statement["Effect"] == "Allow":
                    yield from ((role, action) for action in _listed(statement["Action"]))


def endpoints(program: Recorded) -> dict[str, set[str]]:
    """By endpoint: what its policy lets through."""
    found: dict[str, set[str]] = {}
    for endpoint in program.of("aws:ec2/vpcEndpoint:VpcEndpoint"):
        name = endpoint.inputs["serviceName"].split(".", 3)[3]
        statements = json.loads(endpoint.inputs["policy"])["Statement"]
        found[name] = {action for statement in statements for action in _listed(statement["Action"])}
    return found


def _services(trust: Mapping[str, Any]) -> Iterator[str]:
    for statement in _listed(trust["Statement"]):
        principal = statement["Principal"]
        if isinstance(principal, Mapping):
            yield from _listed(principal.get("Service", ()))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


@pytest.mark.parametrize("name", ["prod", "ec2", "eks"])
def test_endpoints_let_through_what_roles_in_the_vpc_allow(name: str) -> None:
    program = recorded_variant(name)
    let_through = endpoints(program)
    shut = set()
    for role, action in actions_inside(program):
        service = action.partition(":")[0]
        endpoint = ENDPOINTS.get(service, service)
        if service not in ELSEWHERE and action not in let_through.get(endpoint, set()):
            shut.add(f"{role}: {action}")
    assert not shut
