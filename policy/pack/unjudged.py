"""Resources of a stack that no rule judges: types without a rule, and resources created by other means.

A type is known to the pack if a rule judges it, or if it was reviewed: judged with others, or without anything a
rule could object to (`data/reviewed.json`).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from .graph import Graph
from .resource import Resource
from .values import Block, UndecidedError, known, listed

CLOUD_CONTROL = "aws:cloudcontrol/resource:Resource"
# Types that create resources from an inline template, which shows whether identities are among them.
TEMPLATES = frozenset(
    (
        "aws:cloudformation/stack:Stack",
        "aws:cloudformation/stackSet:StackSet",
        "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
    )
)
# Types that create resources from a template stored elsewhere.
PRODUCTS = frozenset(
    (
        "aws:cloudformation/stackInstances:StackInstances",
        "aws:cloudformation/stackSetInstance:StackSetInstance",
        "aws:cloudformation/cloudFormationType:CloudFormationType",
        "aws:servicecatalog/provisionedProduct:ProvisionedProduct",
    )
)
# Whatever rules ask of these, what they make is none of it.
_OPAQUE = frozenset((CLOUD_CONTROL, *TEMPLATES, *PRODUCTS))
# The services by whose types an identity, or a way to be one, is made, as CloudFormation names them.
_IDENTITY_SERVICES = frozenset(("iam", "sso", "rolesanywhere", "cloudformation", "servicecatalog", "identitystore"))
_OWN_IDENTITY_SERVICES = frozenset(("iam", "rolesanywhere", "identitystore"))
# Without one of these CloudFormation refuses a template that makes identities.
_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")
# Packages of other providers whose types are AWS's.
_OTHER_PROVIDERS = re.compile(r"(?:aws[-\w]+|eks):.*")

_DATA = Path(__file__).parents[1] / "data" / "reviewed.json"


@cache
def reviewed() -> frozenset[str]:
    """Types without a rule of their own, reviewed as harmless or judged with others."""
    groups = json.loads(_DATA.read_text(encoding="utf-8"))["reviewed"]
    return frozenset(token for group in groups for token in group["types"])


def unjudged(graph: Graph, known_types: frozenset[str]) -> dict[str, list[Resource]]:
    """By type, the resources of AWS that neither a rule nor the review knows."""
    found: dict[str, list[Resource]] = defaultdict(list)
    parents = {part for resource in graph.resources for part in _parents(resource.urn)}
    for resource in graph.resources:
        token = resource.token
        if token.startswith("aws:"):
            if token in _OPAQUE or (token not in known_types and token not in reviewed()):
                found[token].append(resource)
        elif _OTHER_PROVIDERS.fullmatch(token) and _qualified(resource.urn) not in parents:
            found[token].append(resource)
    return dict(sorted(found.items()))


def makes_identities(resource: Resource) -> bool:
    """Whether a resource that no rule judges can make a role, a user, or a way to be one."""
    module, _, rest = resource.token.partition(":")
    if resource.token == CLOUD_CONTROL:
        name = resource.raw("typeName")
        return not isinstance(name, str) or _service(name) in _IDENTITY_SERVICES
    if resource.token in TEMPLATES:
        return _may_make_identities(resource)
    services = _OWN_IDENTITY_SERVICES if module == "aws" else _IDENTITY_SERVICES
    return resource.token in PRODUCTS or _native_service(rest) in services


def _may_make_identities(template: Block) -> bool:
    try:
        given = [str(known(item)).upper() for item in listed(template.get("capabilities"))]
    except UndecidedError:
        return True
    return any(name in given for name in _CAPABILITIES)


def _service(type_name: str) -> str:
    """`AWS::IAM::Role` is of iam; a type outside of AWS's naming belongs to an unknown service."""
    parts = type_name.split("::")
    return parts[1].lower() if len(parts) == 3 and parts[0].upper() == "AWS" else "cloudformation"


def _native_service(rest: str) -> str:
    """`iam:Role`, `index/iamRole:IamRole`: the service of another provider's type."""
    module = re.split(r"[:/]", rest)
    head = module[1] if module[0] == "index" and len(module) > 1 else module[0]
    return next((service for service in _IDENTITY_SERVICES if head.lower().startswith(service)), head.lower())


def _qualified(urn: str) -> str:
    parts = urn.split("::")
    return parts[2] if len(parts) > 3 else ""


def _parents(urn: str) -> list[str]:
    """The types of all that a resource is a child of, each after its own parents."""
    steps = _qualified(urn).split("$")
    return ["$".join(steps[:count]) for count in range(1, len(steps))]
