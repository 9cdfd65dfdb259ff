"""Contract of a kind of store on the side of the settings: what checks, references, firewalls and forecasts ask of it.

A kind is listed once, in `specs.data.KINDS`; its counterpart that knows AWS's resources is in `components.stores`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

CommitmentKind = Literal["fargateVcpu", "fargateGib", "ec2Instance", "databaseInstance", "databaseAcu", "cacheNode"]
"""Capacity that AWS sells commitments for."""


class Named(Protocol):
    """Settings of one store."""

    @property
    def name(self) -> str: ...


S = TypeVar("S", bound=Named)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Capacity that a kind's stores hold at their minimum."""

    kind: CommitmentKind
    type: str
    """Instance class or node type and engine; the engine for ACUs."""
    amount: float
    """ACU, instances or nodes."""
    stops: bool = True
    """Whether operating hours stop it."""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One line of a resource's monthly bill."""

    service: str
    """The AWS service, as its bill names it."""
    what: str
    quantity: float
    item: str
    """Name of the price in `aws_facts/data/prices.json`; without one there, the line is listed as not priced."""
    unit: str
    times: float = 1.0
    """Factor on the price."""


Charges = Callable[[Mapping[str, Any]], Iterator[Charge]]
"""Charges of a resource by its inputs."""


@dataclass(frozen=True, kw_only=True)
class Fleet(Generic[S]):
    """Nodes of one type that share a store's load, and where the resource says how many there are."""

    token: str
    """Pulumi type of the resource."""
    name_path: str
    """Input with its physical name."""
    count_path: str
    type_path: str
    node_type: Callable[[S], str]
    count: Callable[[S, int], int]
    """Nodes of a store, by the number of the stack's zones."""
    per_node: Callable[[str], float]
    """Requests of the load that a node of a type serves in a second, at its target of use."""
    target: float
    """Share of a node's peak that it is planned to be used to."""
    seconds: float
    """Seconds that a node works for one of them."""
    queue: int
    """Requests that wait at a node before it turns more away."""
    setting: str
    """Below the store's own setting: what makes it larger."""


@dataclass(frozen=True, kw_only=True)
class Load(Generic[S]):
    """Load of customers' requests on a store."""

    what: str
    """Unit of the load, in the plural: `statements`."""
    per_request: str
    """Field of `measured` with how many of them a request takes."""
    fleet: Fleet[S] | None = None
    """Nodes that serve it. Default: the sale's check knows the kind by itself."""


def _no_standing(_: Sequence[Any]) -> Iterator[Standing]:
    yield from ()


@dataclass(frozen=True, kw_only=True)
class StoreKind(Generic[S]):
    """One kind of store."""

    name: str
    """In references (`${database.…}`) and messages."""
    field: str
    """Of `uses`, and of `data` unless `settings_field` differs."""
    attributes: frozenset[str]
    """What a variable may reference."""
    secret_attributes: frozenset[str] = frozenset()
    """What a secret variable may reference."""
    settings_field: str = ""
    """Field of `data`. Default: `field`."""
    ports: Callable[[S], tuple[int, ...]] = lambda _: ()
    """Ports that a store in the data subnets listens on. Default: it has no address there."""
    min_zones: int = 1
    """Fewest zones that AWS makes such a store in."""
    in_every_zone: Callable[[S], str | None] = lambda _: None
    """What a store has in every zone and some zones lack, by its key in `aws_facts.zones`."""
    load: Load[S] | None = None
    """Load of requests on it. Default: no forecast counts it alike for all services."""
    standing: Callable[[Sequence[S]], Iterator[Standing]] = _no_standing
    """Capacity of all its stores at their minimum, for commitments."""
    charges: Mapping[str, Charges] = field(default_factory=dict)
    """By type (`elasticache.ReplicationGroup`): what a resource costs a month by its inputs alone."""

    def of(self, data: Any) -> tuple[S, ...]:
        """The stores of this kind in `data`."""
        found = getattr(data, self.settings_field or self.field)
        return found if isinstance(found, tuple) else (found,)

    def used_by(self, uses: Any) -> tuple[str, ...]:
        """Names of the stores of this kind in a workload's `uses`."""
        return tuple(getattr(uses, self.field))

    def access(self, uses: Any, store: str) -> str:
        """Access of a workload to a store that it uses; empty where the kind knows one alone."""
        given = getattr(uses, self.field)
        return given[store] if isinstance(given, Mapping) else ""

    def setting(self, store: S) -> str:
        """Setting of one store: `data.databases[orders]`, or `data.media` where there is one alone."""
        return f"data.{self.settings_field}" if self.settings_field else f"data.{self.field}[{store.name}]"

    @property
    def place(self) -> str:
        """Setting that stores of this kind are added under."""
        return f"data.{self.settings_field or self.field}"
