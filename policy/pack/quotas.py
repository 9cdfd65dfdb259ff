"""AWS quotas from the pack's own copy of a dated table: value, how to raise it, and source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parents[1] / "data" / "quotas.json"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One quota of an account. `least` is what an account has that is new to AWS, else the default."""

    name: str
    title: str
    unit: str
    value: float
    least: float
    adjustable: bool
    service: str | None
    code: str | None

    @property
    def remedy(self) -> str:
        """How to have the quota raised, and the setting that records it."""
        if not self.adjustable:
            return "AWS doesn't raise it"
        where = f"{self.service} {self.code}" if self.code else "AWS Support"
        return f"once AWS has raised it ({where}), set quotas.granted.{self.name}"


@cache
def table() -> Mapping[str, Quota]:
    """All quotas by their names."""
    data = json.loads(_DATA.read_text(encoding="utf-8"))
    return {
        name: Quota(
            name=name,
            title=fields["title"].partition(";")[0],
            unit=fields["unit"],
            value=fields["value"],
            least=fields.get("newAccount", fields["value"]),
            adjustable=fields["adjustable"],
            service=fields.get("service"),
            code=fields.get("code"),
        )
        for name, fields in data["quotas"].items()
    }
