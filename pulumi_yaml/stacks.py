"""The project's and the stacks' files: which stacks there are, and what their configuration says, key by key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pulumi_yaml.document import Document, read

STAND_IN: Final = "rehearsal-only"
"""The value of every secret where nobody can decrypt it."""

SECRETS_PROVIDER_KEYS: Final = ("secretsprovider", "encryptedkey", "encryptionsalt")
"""Keys of a stack's file for the provider that encrypts its secrets."""

_STACK_FILE: Final = re.compile(r"Pulumi\.([A-Za-z0-9_.-]+)\.yaml")
# The keys of a stack's file (Pulumi documentation, "Stack settings file reference"); `x-` ones hold anchors.
_TOP: Final = ("config", "environment", *SECRETS_PROVIDER_KEYS)
_HOLDS_ANCHORS: Final = "x-"


def path(stack: str, folder: Path) -> Path:
    """The stack's file."""
    return folder / f"Pulumi.{stack}.yaml"


def known(folder: Path) -> list[str]:
    """Names of the stacks that have a file in `folder`, in the order of their names."""
    matches = (_STACK_FILE.fullmatch(file.name) for file in folder.glob("Pulumi.*.yaml"))
    return sorted(match[1] for match in matches if match)


def project(folder: Path) -> Document:
    """The project's file. Raises Unreadable, also where it names no project."""
    document = read(folder / "Pulumi.yaml")
    name = document.values.get("name")
    if not isinstance(name, str) or not name:
        raise document.fault(("name",), f"name is the project's name (got {name!r}); write for example name: saleday")
    return document


def stack(name: str, folder: Path) -> Document:
    """A stack's file. Raises Unreadable, also for keys that no such file has."""
    document = read(path(name, folder))
    for key in document.values:
        if key not in _TOP and not key.startswith(_HOLDS_ANCHORS):
            close = difflib.get_close_matches(key.lower(), _TOP, n=1)
            remedy = f"did you mean {close[0]}?" if close else f"known here: {', '.join(_TOP)}"
            raise document.fault((key,), f"no such key of a stack's file (got {key}); {remedy}")
    _configured(document)
    return document


def configuration(project: Document, stack: Document) -> dict[str, Any]:
    """Values by full key (`saleday:network`), the project's defaults overlaid by the stack's own; secrets have a
    stand-in. Raises Unreadable for a key that is none."""
    name = str(project.values["name"])
    defaults = {key: _default(value) for key, value in _keyed(project, name).items()}
    return {key: value for key, value in defaults.items() if value is not _NONE} | {
        key: _blanked(value) for key, value in _keyed(stack, name).items()
    }


_NONE: Final = object()


def _default(declared: Any) -> Any:
    """A value of the project's file: by itself, as `value` or `default`, or declared without one."""
    if not isinstance(declared, Mapping):
        return declared
    return declared.get("value", declared.get("default", _NONE if declared.keys() & {"type", "description"} else {}))


def _configured(document: Document) -> dict[str, Any]:
    config = document.values.get("config")
    if config is not None and not isinstance(config, dict):
        raise document.fault(
            ("config",), "config is a map of settings to values (got something else); write namespace:name: value"
        )
    return config or {}


def _keyed(document: Document, project: str) -> dict[str, Any]:
    """The configuration by full key, as the engine makes them: without a namespace a key is the project's."""
    found: dict[str, Any] = {}
    for key, value in _configured(document).items():
        parts = key.split(":")
        if len(parts) == 3 and parts[1] == "config":
            del parts[1]
        if len(parts) > 2 or not all(parts):
            raise document.fault(
                ("config", key), f"a key is namespace:name (got {key or 'nothing'}); write for example saleday:owner"
            )
        full = ":".join(parts) if len(parts) == 2 else f"{project}:{key}"
        if full in found:
            raise document.fault(("config", key), f"{full} is given twice (got {key} too); remove one")
        found[full] = value
    return found


def is_secret(value: Any) -> bool:
    """Whether a value is a ciphertext, as the CLI writes it."""
    return isinstance(value, Mapping) and set(value) == {"secure"} and isinstance(value["secure"], str)


def _blanked(value: Any) -> Any:
    if is_secret(value):
        return STAND_IN
    if isinstance(value, dict):
        return {key: _blanked(inner) for key, inner in value.items()}
    return [_blanked(inner) for inner in value] if isinstance(value, list) else value
