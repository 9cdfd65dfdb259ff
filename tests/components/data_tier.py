"""A data tier to test: built from a few settings, recorded, its handles resolved."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import pulumi

from components.data import DataTier, DataTierArgs
from components.handles import KeyHandle, KeyRing, NetworkHandle
from components.site import Site
from components.stores.registry import KINDS
from devtools.recording.recorded import Recorded, Resource
from devtools.recording.recorder import record
from specs.account import Account
from specs.data import Data
from specs.observability import OperatingHours

ACCOUNT = "123456789012"
REGION = "ap-south-1"
ZONES = ("ap-south-1a", "ap-south-1b", "ap-south-1c")
HOURS = OperatingHours(start="08:30", stop="20:15", days="MON-FRI", time_zone="Asia/Kolkata")
DATA_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/data"
LOGS_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/logs"
ROTATES = "cron(0 0 ? * WED#2 *)"

# One store of each kind, each as plain as the settings allow.
SMALL: Mapping[str, Any] = {
    "databases": [{"name": "catalog", "engine": "aurora-mysql", "databaseName": "catalogdb"}],
    "tables": [{"name": "carts", "hashKey": {"name": "id"}}],
    "caches": [{"name": "sessions"}],
    "queues": [{"name": "orders"}],
}


@dataclasses.dataclass(frozen=True)
class Built:
    """What was registered, and the handles with every output resolved."""

    recorded: Recorded
    handles: Mapping[str, Mapping[str, Any]]
    """`<kind>.<name>` to the fields of the handle, for example `databases.catalog`."""

    def of(self, token: str) -> list[Resource]:
        """Resources of `aws:<token>`, in the order of their names."""
        return sorted(self.recorded.of(f"aws:{token}"), key=lambda resource: resource.name)

    def one(self, token: str, name: str | None = None) -> Resource:
        found = [resource for resource in self.of(token) if name is None or resource.name == name]
        assert len(found) == 1, f"exactly one {token}, found {[resource.name for resource in found]}"
        return found[0]


def site(production: bool = False, zones: tuple[str, ...] = ZONES) -> Site:
    return Site(
        project="saleday",
        stack="prod" if production else "dev",
        region=REGION,
        account_id=ACCOUNT,
        owner="platform@shop.example",
        cost_centre="42",
        production=production,
        zones=zones,
    )


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
                site=site(production, zones),
                network=_network(zones),
                keys=keys(),
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
                _resolve(handle, handles.setdefault(f"{kind.spec.field}.{name}", {}))
        _resolve(tier.logs, handles.setdefault("logs", {}))

    return Built(record(program, preview=preview), handles)


@functools.cache
def small(production: bool = False) -> Built:
    """The small tier, built once for all tests that only look at it."""
    return build(production=production)


def _resolve(handle: Any, into: dict[str, Any]) -> None:
    for item in dataclasses.fields(handle):
        value = getattr(handle, item.name)
        if isinstance(value, pulumi.Output):
            value.apply(functools.partial(into.__setitem__, item.name))
        else:
            into[item.name] = value


def _network(zones: tuple[str, ...]) -> NetworkHandle:
    known = pulumi.Output.from_input
    return NetworkHandle(
        vpc_id=known("vpc-1"),
        cidr="10.0.0.0/16",
        public_subnet_ids=[known(f"public-{zone}") for zone in zones],
        app_subnet_ids=[known(f"app-{zone}") for zone in zones],
        data_subnet_ids=[known(f"data-{zone}") for zone in zones],
        app_cidrs=("10.0.0.0/19",),
        endpoints_security_group_id=known("sg-endpoints"),
        s3_prefix_list_id=known("pl-s3"),
        dynamodb_prefix_list_id=known("pl-dynamodb"),
    )


def keys() -> KeyRing:
    def key(arn: str) -> KeyHandle:
        domain = arn.rpartition("/")[2]
        return KeyHandle(
            key_id=pulumi.Output.from_input(domain),
            arn=pulumi.Output.from_input(arn),
            alias_name=f"alias/saleday-dev-{domain}",
        )

    return KeyRing(data=key(DATA_KEY), logs=key(LOGS_KEY), edge=key(f"{LOGS_KEY}-edge"), delivery=key(f"{DATA_KEY}-d"))
