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
FOLDER = REPO_ROOT
"""Folder of the project's and the stacks' files where none is named. Tests set it to a folder of their own."""
_STACK_FILE: Final = re.compile(r"Pulumi\.([A-Za-z0-9_.-]+)\.yaml")


class BadInput(Exception):
    """Invalid request: one line with the name, the rule and the value."""


def path(stack: str, folder: Path | None = None) -> Path:
    """The stack's file, by default in `FOLDER`."""
    return (folder or FOLDER) / f"Pulumi.{stack}.yaml"


def known(folder: Path | None = None) -> list[str]:
    """Names of the stacks that have a file in `folder`, in the order of their names."""
    files = (folder or FOLDER).glob("Pulumi.*.yaml")
    return sorted(match[1] for file in files if (match := _STACK_FILE.fullmatch(file.name)))


def values(stack: str, folder: Path | None = None) -> dict[str, Any]:
    """Settings of a stack by full key, the project's defaults overlaid by the stack's own.

    Raises BadInput for an unknown stack and for a file that is not YAML.
    """
    return _values(*_files(stack, folder or FOLDER))


def as_text(value: object) -> str:
    """A value as the engine hands it to the program: scalars as text, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def read(stack: str, folder: Path | None = None) -> Shop:
    """Settings of a stack. Raises BadInput for an unknown stack, and for whatever its settings are refused for."""
    project, own = _files(stack, folder or FOLDER)
    try:
        given = {key: as_text(value) for key, value in _values(project, own).items()}
        return settings.parse(project["name"], stack, given)
    except ValueError as error:
        raise BadInput(str(error)) from None


def _files(stack: str, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Contents of the project's and the stack's files."""
    stacks = known(folder)
    listed = ", ".join(stacks) or "none yet"
    if not stack:
        raise BadInput(f"STACK: has to name a stack (got nothing); use one of {listed}")
    if stack not in stacks:
        raise BadInput(f"STACK: there is no Pulumi.{stack}.yaml (got {stack}); use one of {listed}")
    try:
        project, own = (
            yaml.safe_load(file.read_text(encoding="utf-8")) or {}
            for file in (folder / "Pulumi.yaml", path(stack, folder))
        )
    except yaml.YAMLError as error:
        place = str(error).partition("\n")[0]
        raise BadInput(f"Pulumi.{stack}.yaml: has to be YAML (got {place}); correct it") from None
    return project, own


def _values(project: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, declared in (project.get("config") or {}).items():
        full = key if ":" in key else f"{project['name']}:{key}"
        if isinstance(declared, dict) and (declared.keys() & {"value", "default"}):
            found[full] = declared.get("value", declared.get("default"))
    return found | (own.get("config") or {})
