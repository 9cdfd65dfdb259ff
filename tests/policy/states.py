"""Exported states for tests, written as short as they can be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.policy.harness import It


def exported(*resources: It, stack: str = "prod", project: str = "shop") -> dict[str, Any]:
    """What `pulumi stack export` writes of a stack with these resources."""
    return {"version": 3, "deployment": {"resources": list(states(resources, stack, project))}}


def states(resources: Iterable[It], stack: str = "prod", project: str = "shop") -> Iterable[dict[str, Any]]:
    """The resources as a state holds them: inputs, outputs, and URNs in the place of names."""
    resources = list(resources)
    urns = {it.name: f"urn:pulumi:{stack}::{project}::{it.token}::{it.name}" for it in resources}
    yield {
        "urn": f"urn:pulumi:{stack}::{project}::pulumi:pulumi:Stack::{project}-{stack}",
        "type": "pulumi:pulumi:Stack",
    }
    for it in resources:
        outputs = dict(it.props)
        yield {
            "urn": urns[it.name],
            "type": it.token,
            "custom": True,
            "id": str(outputs.get("id", it.name)),
            "inputs": {name: value for name, value in outputs.items() if name != "id"}
            if it.inputs is None
            else it.inputs,
            "outputs": outputs,
            "propertyDependencies": {path: [urns[name] for name in names] for path, names in it.links.items()},
        }
