"""The stacks that are right: the program's own as it registers them, and examples of other teams."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import yaml

from devtools.recording.programs import recorded, run
from devtools.recording.state import exported
from policy.pack.stacks import Stack, parse

FOLDER = Path(__file__).with_name("examples")
EXAMPLES = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
STACKS = ("prod", "dev", "eks")
NAMES = (*STACKS, *EXAMPLES)

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_REFERENCE = re.compile(r"\$\{([\w-]+)\.(\w+)\}")
# Properties that are documents: YAML where they are written, JSON text where they are judged.
_DOCUMENTS = ("policy", "assumeRolePolicy")


@functools.cache
def base(name: str, *, preview: bool = False) -> Stack:
    """The stack as it stands after an update, or as a preview of it sees it before it exists."""
    stack = parse(json.dumps(state(name, preview=preview)))
    return Stack(resources=stack.resources, inputs=stack.inputs, preview=preview, secrets=stack.secrets)


def state(name: str, *, preview: bool = False) -> dict[str, Any]:
    """The stack as `pulumi stack export` writes it; in a preview, what AWS computes isn't known yet."""
    if name in STACKS:
        return exported(run(name, preview=True) if preview else recorded(name), name)
    return _example(yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")), preview)


def _example(body: dict[str, Any], preview: bool) -> dict[str, Any]:
    prefix = f"urn:pulumi:{body['stack']}::{body['project']}"
    provider = {"urn": f"{prefix}::pulumi:providers:aws::aws", "id": "1", "type": "pulumi:providers:aws"}
    urns = {entry["name"]: f"{prefix}::{entry['type']}::{entry['name']}" for entry in body["resources"]}
    outputs = {
        entry["name"]: {"id": entry["name"], **entry["inputs"], **entry.get("outputs", {})}
        for entry in body["resources"]
    }

    def resolved(value: Any, found: list[str]) -> Any:
        if isinstance(value, dict):
            return {key: resolved(item, found) for key, item in value.items()}
        if isinstance(value, list):
            return [resolved(item, found) for item in value]
        match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return value
        name, prop = match.groups()
        found.append(urns[name])
        asked_for = prop in next(entry["inputs"] for entry in body["resources"] if entry["name"] == name)
        return _UNKNOWN if preview and not asked_for else outputs[name][prop]

    resources = [{**provider, "inputs": body["provider"], "outputs": body["provider"]}]
    for entry in body["resources"]:
        inputs, links = {}, {}
        for path, value in entry["inputs"].items():
            links[path] = []
            inputs[path] = resolved(value, links[path])
            if path in _DOCUMENTS:
                inputs[path] = json.dumps(inputs[path])
            if path == "inlinePolicies":
                inputs[path] = [{**block, "policy": json.dumps(block["policy"])} for block in inputs[path]]
        resources.append(
            {
                "urn": urns[entry["name"]],
                "type": entry["type"],
                "custom": True,
                "inputs": inputs,
                "outputs": inputs if preview else {"id": entry["name"], **inputs, **entry.get("outputs", {})},
                "provider": f"{provider['urn']}::1",
                "propertyDependencies": links,
            }
        )
    return {"version": 3, "deployment": {"resources": resources}}
