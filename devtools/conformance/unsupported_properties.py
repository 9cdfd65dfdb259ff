"""Properties that the program sets and the provider cannot judge, each with the reason.

The SDK is newer than the provider that the Go module proxy serves, so it has properties that this provider does not
know. A property in `data/unjudged.yaml` is left out before the provider sees the resource, and the report names it.
Anything else that the provider does not know is an error.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from devtools.conformance.program import path_of, with_value

FILE = Path(__file__).parent / "data" / "unsupported_properties.yaml"


@dataclass
class Unjudged:
    """A transform that leaves out what cannot be judged, and counts in `left_out` what it left out, by place and
    reason.
    """

    properties: dict[str, dict[str, str]]
    """Reason by property path, by type token."""

    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def load(cls, file: Path = FILE) -> Unjudged:
        return cls(yaml.safe_load(file.read_text()) or {})

    def __call__(self, token: str, name: str, properties: dict[str, Any]) -> dict[str, Any] | None:
        changed = properties
        for text, reason in self.properties.get(token, {}).items():
            path = path_of(text)
            if _holds(changed, path):
                changed = with_value(changed, path, None)
                self.left_out[f"{token}.{text}", reason] += 1
        return changed if changed is not properties else None


def _holds(node: Any, path: list[str | int]) -> bool:
    for step in path:
        if isinstance(step, int):
            if not isinstance(node, list | tuple) or step >= len(node):
                return False
        elif not isinstance(node, dict) or node.get(step) is None:
            return False
        node = node[step]
    return True
