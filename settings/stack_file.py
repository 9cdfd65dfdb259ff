"""A stack's settings from its files, without an engine: what the commands of this package work on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import settings
from pulumi_yaml import stacks
from settings.plain_secrets import refuse_plain_configuration
from specs.shop import Shop

REPO_ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER = REPO_ROOT
"""Folder of the project's and the stacks' files where none is named. Tests set it to a folder of their own."""


class BadInput(Exception):
    """Invalid request: one line with the name, the rule and the value."""


def path(stack: str, folder: Path | None = None) -> Path:
    """The stack's file, by default in `FOLDER`."""
    return stacks.path(stack, folder or FOLDER)


def known(folder: Path | None = None) -> list[str]:
    """Names of the stacks that have a file in `folder`, in the order of their names."""
    return stacks.known(folder or FOLDER)


def values(stack: str, folder: Path | None = None) -> dict[str, Any]:
    """Settings of a stack by full key, the project's defaults overlaid by the stack's own.

    Raises BadInput for an unknown stack and for a file that the engine would not read.
    """
    _, configured = _configured(stack, folder or FOLDER)
    return configured


def as_text(value: object) -> str:
    """A value as the engine hands it to the program: scalars as text, the rest as JSON, null as nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def read(stack: str, folder: Path | None = None) -> Shop:
    """Settings of a stack. Raises BadInput for an unknown stack, and for whatever its settings are refused for."""
    project, configured = _configured(stack, folder or FOLDER)
    try:
        return settings.parse(project, stack, {key: as_text(value) for key, value in configured.items()})
    except ValueError as error:
        raise BadInput(str(error)) from None


def _is_plain(key: str, value: Any) -> bool:
    """Whether it is somebody else's value, and not one that was encrypted."""
    return not key.startswith(f"{settings.NAMESPACE}:") and value != stacks.STAND_IN


def _configured(stack: str, folder: Path) -> tuple[str, dict[str, Any]]:
    """The project's name, and the stack's settings."""
    listed = ", ".join(known(folder)) or "none yet"
    if not stack:
        raise BadInput(f"STACK: has to name a stack (got nothing); use one of {listed}")
    if stack not in known(folder):
        raise BadInput(f"STACK: there is no Pulumi.{stack}.yaml (got {stack}); use one of {listed}")
    try:
        project = stacks.project(folder)
        configured = stacks.configuration(project, stacks.stack(stack, folder))
        refuse_plain_configuration({key: value for key, value in configured.items() if _is_plain(key, value)})
        return str(project.values["name"]), configured
    except ValueError as error:
        raise BadInput(str(error)) from None
