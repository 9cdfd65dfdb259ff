"""AWS quotas by region, each with its unit, source and grade, from the dated table in `data/quotas.json`.

Grades: A is AWS's own text, R a price list or generated snapshot seen in public data, S secondary. The policy pack,
which stands alone, has a copy of the table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

TABLE: Final = Path(__file__).with_name("data") / "quotas.json"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One quota, as every account has it until AWS raises it."""

    name: str
    value: float
    unit: str
    title: str
    grade: str
    source: str
    adjustable: bool
    """Whether AWS raises it."""
    by_support: bool = False
    """Whether AWS raises it by a case with AWS Support alone."""
    new_account: float | None = None
    """Value for a new account, where lower."""
    service: str | None = None
    """Service Quotas' service code; None where Service Quotas does not know the quota."""
    code: str | None = None
    """Service Quotas' quota code."""

    @property
    def least(self) -> float:
        """Value that every account has."""
        return self.value if self.new_account is None else self.new_account

    @property
    def requestable(self) -> bool:
        """Whether Service Quotas accepts a request for more; else AWS Support does, or it can't be raised."""
        return self.adjustable and self.code is not None and not self.by_support


_FIELDS: Final = {"bySupport": "by_support", "newAccount": "new_account"}


def _quota(name: str, fields: Mapping[str, Any]) -> Quota:
    given = {_FIELDS.get(key, key): value for key, value in fields.items()}
    return Quota(name=name, **given)


_DATA: Final = json.loads(TABLE.read_text(encoding="utf-8"))
DATE: Final[str] = _DATA["date"]
"""Month in which the table was looked up."""
REGIONS: Final[tuple[str, ...]] = tuple(_DATA["regions"])
"""Regions that the table holds for."""
QUOTAS: Final[Mapping[str, Quota]] = {name: _quota(name, fields) for name, fields in _DATA["quotas"].items()}
BY_CODE: Final[Mapping[tuple[str, str], Quota]] = {
    (quota.service, quota.code): quota for quota in QUOTAS.values() if quota.service and quota.code
}
"""The quotas that Service Quotas knows, by its service code and quota code."""


def value(name: str, granted: Mapping[str, float]) -> float:
    """Known quota of an account: the granted value, or that of a new account."""
    return granted.get(name, QUOTAS[name].least)
