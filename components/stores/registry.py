"""The registry of the kinds of stores: a new kind is listed here, and in `specs.data.KINDS`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

from components.stores.buckets import BUCKETS
from components.stores.caches import CACHES
from components.stores.contract import Kind, Listener, Store, Use
from components.stores.databases import DATABASES
from components.stores.queues import QUEUES
from components.stores.search import SEARCH
from components.stores.tables import TABLES
from specs.workloads import Workload

KINDS: Final[tuple[Kind[Any], ...]] = (DATABASES, TABLES, QUEUES, BUCKETS, CACHES, SEARCH)
_BY_NAME: Final = {kind.spec.name: kind for kind in KINDS}

H = TypeVar("H", bound=Store)


class Stores:
    """Everything that keeps data, by kind and by the names of the settings."""

    def __init__(self, **stores: Mapping[str, Store]) -> None:
        """`stores` by the fields of `uses`: `databases`, `tables`, …"""
        self._stores = stores

    def of(self, kind: Kind[H]) -> Mapping[str, H]:
        """All stores of one kind, by name."""
        return cast("Mapping[str, H]", self._stores.get(kind.spec.field, {}))

    def named(self, kind: str, name: str) -> Store:
        """One store, by the kind's name in references."""
        return self.of(_BY_NAME[kind])[name]

    def used_by(self, workload: Workload, kind: Kind[H]) -> Iterator[tuple[Use, H]]:
        """The stores of one kind that a workload uses, by name."""
        for name in sorted(set(kind.spec.used_by(workload.uses))):
            access = kind.spec.access(workload.uses, name)
            yield Use(workload=workload.name, store=name, access=access), self.of(kind)[name]

    def listeners(self, workloads: Sequence[Workload]) -> Iterator[tuple[str, str, Listener]]:
        """Kind, name and listener of each store that one of `workloads` connects to, by kind and name."""
        for kind in KINDS:
            used = {use.store: store for one in workloads for use, store in self.used_by(one, kind)}
            for name, store in sorted(used.items()):
                if store.listener is not None:
                    yield kind.spec.name, name, store.listener
