"""A data tier to test: built from a few settings, recorded, its handles resolved."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from components.data import DataTier, DataTierArgs
from components.stores.registry import KINDS
from devtools.recording.recorder import record
from specs.account import Account
from specs.data import Data
from specs.observability import OperatingHours
from tests.components import shared

ZONES = ("a", "b", "c")
HOURS = OperatingHours(start="08:30", stop="20:15", days="MON-FRI", time_zone="Asia/Kolkata")
ROTATES = "cron(0 0 ? * WED#2 *)"

# One store of each kind, each as plain as the settings allow.
SMALL: Mapping[str, Any] = {
    "databases": [{"name": "catalog", "engine": "aurora-mysql", "databaseName": "catalogdb"}],
    "tables": [{"name": "carts", "hashKey": {"name": "id"}}],
    "caches": [{"name": "sessions"}],
    "queues": [{"name": "orders"}],
}


@dataclasses.dataclass(frozen=True)
class Built(shared.Built):
    """What was registered, and the handles with every output resolved."""

    handles: Mapping[str, Mapping[str, Any]]
    """`<kind>.<name>` to the fields of the handle, for example `databases.catalog`."""


def build(
    data: Mapping[str, Any] = SMALL,
    *,
    production: bool = False,
    zones: tuple[str, ...] = ZONES,
    cache_users: Mapping[str, tuple[str, ...]] | None = None,
    users: Mapping[str, Mapping[str, Mapping[str, str]]] | None = None,
    account: Mapping[str, str] | None = None,
    hours: OperatingHours | None = None,
    preview: bool = False,
) -> Built:
    """Builds and records a data tier of these settings; with `preview`, what AWS would answer is unknown."""
    of_caches = {"sessions": ("checkout",)} if cache_users is None else cache_users
    handles: dict[str, dict[str, Any]] = {}

    def program() -> None:
        tier = DataTier(
            "data",
            DataTierArgs(
                site=shared.site(production=production, zones=zones),
                network=shared.network(zones),
                keys=shared.keys(),
                data=Data.model_validate(data),
                account=Account.model_validate(account or {}),
                users={"cache": {name: dict.fromkeys(one, "") for name, one in of_caches.items()}} | dict(users or {}),
                operating_hours=hours,
                log_retention_days=90,
                rotation_schedule=ROTATES,
            ),
        )
        for kind in KINDS:
            for name, handle in tier.stores.of(kind).items():
                shared.resolve(handle, handles.setdefault(f"{kind.spec.field}.{name}", {}))
        shared.resolve(tier.logs, handles.setdefault("logs", {}))

    return Built(record(program, preview=preview), handles)


@functools.cache
def small(production: bool = False) -> Built:
    """The small tier, built once for all tests that only look at it."""
    return build(production=production)
