"""Which resource types take tags."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parents[1] / "data" / "taggable.json"


@cache
def taggable() -> frozenset[str]:
    """Tokens of the types that have a `tags` property, as the AWS provider's schema says."""
    return frozenset(json.loads(_DATA.read_text(encoding="utf-8"))["tokens"])
