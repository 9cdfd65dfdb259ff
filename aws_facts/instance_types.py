"""Types of instances and nodes by service, from the dated table in `data/instance_types.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

Kind = Literal["aurora", "cache", "search", "graviton"]

_DATA: Final[Mapping[str, Any]] = json.loads(
    (Path(__file__).with_name("data") / "instance_types.json").read_text(encoding="utf-8")
)
_FORMS: Final[Mapping[Kind, str]] = {
    "aurora": "db.{}.{}",
    "cache": "cache.{}.{}",
    "search": "{}.{}.search",
    "graviton": "{}.{}",
}

TYPES: Final[Mapping[Kind, tuple[str, ...]]] = {
    kind: tuple(form.format(family, size) for family, sizes in _DATA[kind].items() for size in sizes.split())
    for kind, form in _FORMS.items()
}
"""The types' names as each service writes them."""
