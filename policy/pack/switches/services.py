"""Switches of the many services that no rule of their own judges: `data/switches.json`, a line a switch."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from .switch import Switch

_DATA = Path(__file__).parents[2] / "data" / "switches.json"


def of_services(kind: str) -> tuple[Switch, ...]:
    """The switches of a kind, such as `in transit`."""
    return tuple(_switch(dict(line)) for line in _table()[kind])


@cache
def _table() -> dict[str, list[dict[str, Any]]]:
    return json.loads(_DATA.read_text(encoding="utf-8"))


def _switch(line: dict[str, Any]) -> Switch:
    for name in ("right", "wrong", "unless"):
        if name in line:
            line[name] = tuple(line[name])
    line["where"] = tuple((path, tuple(values)) for path, values in line.get("where", ()))
    return Switch(token=line.pop("type"), **line)
