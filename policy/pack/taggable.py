"""Resource types that support tags."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parents[1] / "data" / "taggable.json"


@cache
def taggable() -> frozenset[str]:
    """Tokens of the types with a `tags` property in the AWS provider's schema."""
    return frozenset(json.loads(_DATA.read_text(encoding="utf-8"))["tokens"])
