"""Contract of a kind of store on the side of AWS's resources: how it is built, used and watched.

Services, firewalls, alarms and dashboards loop over `components.stores.registry.KINDS` and know no kind by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import pulumi

from components import iam
from components.base import Component
from components.handles import BucketHandle, NetworkHandle
from components.monitoring.values import Alarm
from components.monitoring.widgets import Row
from components.site import Site
from components.stores.args import DataTierArgs
from specs.observability import Observability
from specs.stores.contract import StoreKind

# Known text stays text, so that whatever holds only known values is known at preview.
Value = str | pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class Use:
    """One service's or job's use of one store."""

    workload: str
    store: str
    """Name in the settings."""
    access: str
    """Of `uses`; empty where the kind knows one access alone."""


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Security group and ports on which a store takes connections."""

    security_group_id: pulumi.Output[str]
    """Admits nobody until a rule is added."""
    port: int
    last_port: int
    """The same as `port`, or the end of a range."""


@dataclass(frozen=True, kw_only=True)
class Store:
    """Handle of a store, as the other tiers see it. What a kind does not have keeps the default here."""

    connect_arn: pulumi.Output[str] | None = None
    """Resource of the kind's `connect` action; None where nobody signs in by IAM."""
    secret_arn: pulumi.Output[str] | None = None
    """Secret that `secret_attributes` are keys of."""

    def statements(self, use: Use) -> list[iam.Statement]:
        """IAM statements for the workload's role. Default: none."""
        return []

    def encrypts(self, use: Use) -> bool:
        """Whether the use has the workload encrypt with the data key, beside decrypting."""
        return False

    @property
    def listener(self) -> Listener | None:
        """Default: it has no address in the network."""
        return None

    def references(self) -> Mapping[str, Value]:
        """Values of `${kind.name.attribute}`, by attribute."""
        return {}

    def secret_statement(self, site: Site) -> iam.Statement:
        """Reading `secret_arn`."""
        raise ValueError("a store of this kind has no secret")


H = TypeVar("H", bound=Store)


@dataclass(frozen=True, kw_only=True)
class Built(Generic[H]):
    """Stores of one kind, as they were built."""

    handles: Mapping[str, H]
    """By the names of the settings."""
    backed_up: Sequence[pulumi.Output[str]] = ()
    """ARNs that AWS Backup copies."""


@dataclass(frozen=True, kw_only=True)
class Connect:
    """Signing in by IAM, on resources that AWS names."""

    action: str
    bounds: Callable[[Site], list[iam.Statement]]
    """The most that any workload of the stack may sign in to."""


def _no_bounds(_: Site) -> list[iam.Statement]:
    return []


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[H]):
    """One kind of store."""

    spec: StoreKind[Any]
    build: Callable[[Component, DataTierArgs, BucketHandle], Built[H]]
    """Makes all stores of the kind; the bucket takes access logs."""
    endpoints: tuple[str, Callable[[H], pulumi.Output[str]]] | None = None
    """Output of the tier with the addresses of the stores, by name. Default: none."""
    actions: frozenset[str] = frozenset()
    """All actions of `Store.statements` on resources that the stack's prefix names."""
    bounds: Callable[[Site], list[iam.Statement]] = _no_bounds
    """The most that any workload may do, beside `actions`."""
    connect: Connect | None = None
    """Default: nobody signs in by IAM."""
    key_service: str = ""
    """AWS service by way of which workloads use the data key. Default: they need no key."""
    gateway: tuple[str, Callable[[NetworkHandle], pulumi.Output[str]]] | None = None
    """Gateway endpoint and its prefix list. Default: interface endpoints, or the store's own address."""
    alarms: Callable[[H, Observability], list[Alarm]] = lambda _, __: []
    title: str = ""
    """Heading on the dashboard."""
    row: Callable[[Sequence[H]], Row] = lambda _: ()
    """Graphs of all stores of the kind."""
    physical_names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By type: the argument with its physical name, which is unique in an account and region, and what it names."""
    is_worked_off: bool = False
    """Whether services work a backlog off it, whose alarms and graphs belong to the service too."""
