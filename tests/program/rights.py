"""What the roles of a recorded stack may do: identity and boundary together, AWS's own policies as Moto holds them."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from devtools.recording.programs import recorded, recorded_values, stack_values
from devtools.recording.recorded import Recorded
from devtools.recording.state import exported
from policy.pack.documents import matches, statements
from policy.pack.grants import Grant, IdentityGrants
from policy.pack.graph import Graph
from policy.pack.identities import Identities
from policy.pack.stacks import parse
from policy.pack.tokens import ROLE

AWS_MANAGED = "arn:aws:iam::aws:policy/"


STATE = {"stateBucket": "shop-state", "secretsKeyArn": "arn:aws:kms:ap-south-1:123456789012:key/secrets"}
"""Settings of `delivery.platform` that a state in S3 asks for."""


@functools.cache
def with_state(stack: str) -> Recorded:
    """The stack with its state in S3, its secrets under a key, where it has workflows of its own."""
    values = stack_values(stack)
    delivery = values["saleday:delivery"]
    if "platform" not in delivery:
        return recorded(stack)
    with_state = {"saleday:delivery": delivery | {"platform": delivery["platform"] | STATE}}
    return recorded_values(stack, values | with_state)


@functools.cache
def roles(stack: str) -> dict[str, IdentityGrants]:
    """By physical name; what AWS's own policies grant is among it, and bounds where one is the boundary."""
    graph = Graph(parse(json.dumps(exported(with_state(stack), stack))).resources)
    found: dict[str, IdentityGrants] = {}
    attached = {
        (str(one.data.get("role")), str(one.data.get("policyArn")))
        for one in graph.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    }
    for identity in Identities(graph).of(ROLE):
        name = str(identity.resource.data.get("name"))
        for role, arn in sorted(attached):
            if role == name and arn.startswith(AWS_MANAGED):
                identity.allowed += of_aws(arn)
        boundary = identity.resource.data.get("permissionsBoundary")
        if isinstance(boundary, str) and boundary.startswith(AWS_MANAGED):
            identity.boundary = list(of_aws(boundary))
        found[name] = identity
    return found


@functools.cache
def of_aws(arn: str) -> tuple[Grant, ...]:
    """The grants of one of AWS's own policies."""
    name = arn.rpartition("/")[2]
    return tuple(Grant.of(one, name) for one in statements(json.dumps(_aws_policies()[name]["Document"])))


@functools.cache
def _aws_policies() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    return found


def may(identity: IdentityGrants, action: str, arn: str) -> bool:
    """Whether the identity may do this to that resource, as far as conditions allow."""
    return any(matches(pattern, arn) for held in identity.may(action) for pattern in held.resources)


def annulled(identity: IdentityGrants) -> Iterator[str]:
    """Actions that a statement of the program grants and that the boundary takes away in whole.

    AWS's own policies are left out: they speak of services that the program has never heard of.
    """
    for grant in identity.allowed:
        if grant.source in _aws_policies():
            continue
        alone = replace(identity, allowed=[grant], _held={})
        yield from (f"{grant}: {action}" for action in sorted(grant.actions.exact) if not alone.may(action))
