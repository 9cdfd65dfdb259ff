"""A whole program as the state that `pulumi stack export` would write, without an engine.

`python -m devtools.recording.state prod` prints it: every resource of the stack with its inputs, its outputs and what
each property was computed from.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

from devtools.recording.programs import recorded
from devtools.recording.recorded import Recorded, Resource

_SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def exported(program: Recorded, stack: str, project: str = "saleday") -> dict[str, Any]:
    """The recording as a deployment of version 3, its secrets in the open but marked."""
    root = f"urn:pulumi:{stack}::{project}::pulumi:pulumi:Stack::{project}-{stack}"
    first = {"urn": root, "type": "pulumi:pulumi:Stack", "custom": False, "outputs": _encoded(program.exports)}
    return {
        "version": 3,
        "deployment": {"resources": [first, *(_state(resource, root) for resource in program.resources)]},
    }


def _state(resource: Resource, root: str) -> dict[str, Any]:
    inputs, outputs = _encoded(dict(resource.inputs)), _encoded(dict(resource.outputs))
    for path in resource.secrets:
        top = path.split(".", 1)[0].split("[", 1)[0]
        for props in (inputs, outputs):
            if top in props:
                props[top] = {**_SECRET, "plaintext": json.dumps(props[top])}
    return {
        "urn": resource.urn,
        "type": resource.token,
        "custom": resource.custom,
        "id": resource.outputs.get("id", "") if resource.custom else "",
        "inputs": inputs,
        "outputs": outputs,
        "parent": resource.parent or root,
        "provider": resource.provider,
        **({"sourcePosition": resource.source} if resource.source else {}),
        "dependencies": list(resource.dependencies),
        "propertyDependencies": {name: list(urns) for name, urns in resource.property_dependencies.items()},
    }


def _encoded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _encoded(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encoded(item) for item in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return _UNKNOWN


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stack", help="dev or prod")
    options = parser.parse_args()
    json.dump(exported(recorded(options.stack), options.stack), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
