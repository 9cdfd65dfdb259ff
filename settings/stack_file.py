"""A stack's settings from its files, without an engine: what the commands of this package work on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import yaml

import settings
from specs.shop import Shop

REPO_ROOT: Final = Path(__file__).resolve().parent.parent
_STACK_FILE: Final = re.compile(r"Pulumi\.([A-Za-z0-9_.-]+)\.yaml")


class BadInput(Exception):
    """What was asked for can't be done: one line with the name, the rule and the value."""


def read(stack: str, tree: Path = REPO_ROOT) -> Shop:
    """The settings of a stack. Raises BadInput for an unknown stack, and for whatever its settings are refused for."""
    known = sorted(match[1] for path in tree.glob("Pulumi.*.yaml") if (match := _STACK_FILE.fullmatch(path.name)))
    if not stack:
        raise BadInput(f"STACK: has to name a stack (got nothing); use one of {', '.join(known)}")
    if stack not in known:
        raise BadInput(f"STACK: there is no Pulumi.{stack}.yaml (got {stack}); use one of {', '.join(known)}")
    try:
        project = yaml.safe_load((tree / "Pulumi.yaml").read_text(encoding="utf-8"))
        own = yaml.safe_load((tree / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))
        return settings.parse(project["name"], stack, _configuration(project, own))
    except yaml.YAMLError as error:
        place = str(error).partition("\n")[0]
        raise BadInput(f"Pulumi.{stack}.yaml: has to be YAML (got {place}); correct it") from None
    except ValueError as error:
        raise BadInput(str(error)) from None


def _configuration(project: dict[str, Any], own: dict[str, Any]) -> dict[str, str]:
    """The configuration as the engine would hand it over: the project's defaults, overlaid by the stack's own."""
    values: dict[str, Any] = {}
    for key, declared in (project.get("config") or {}).items():
        full = key if ":" in key else f"{project['name']}:{key}"
        if isinstance(declared, dict) and (declared.keys() & {"value", "default"}):
            values[full] = declared.get("value", declared.get("default"))
    values |= own.get("config") or {}
    return {key: value if isinstance(value, str) else json.dumps(value, default=str) for key, value in values.items()}
