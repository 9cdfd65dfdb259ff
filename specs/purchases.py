"""Whether what is bought for a term is what the stack runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from specs.cost import Purchases
from specs.data import KINDS, Data
from specs.stores.databases import Provisioned


def check(purchases: Purchases, data: Data) -> None:
    """Raises ValueError for a reservation of more instances or nodes than the stack has of that type and engine."""
    running = Counter({usage.type: usage.amount for kind in KINDS for usage in kind.standing(kind.of(data))})
    for database in data.databases:  # readers that are there under load may be reserved too
        if database.reader_scaling is not None and isinstance(database.capacity, Provisioned):
            running[f"{database.capacity.instance_class} {database.engine}"] += (
                database.reader_scaling.max - database.readers
            )
    bought: Counter[str] = Counter()
    for setting, count, type_ in _bought(purchases):
        bought[type_] += count
        if bought[type_] > running[type_]:
            raise ValueError(
                f"cost.purchases.{setting}: nobody pays years for what does not run (got {bought[type_]} of {type_}, "
                f"the stack has {running[type_]:g}); lower count or remove it"
            )


def _bought(purchases: Purchases) -> Iterator[tuple[str, int, str]]:
    for one in purchases.databases:
        yield f"databases[{one.name}]", one.count, f"{one.instance_class} {one.engine}"
    for one in purchases.caches:
        yield f"caches[{one.name}]", one.count, f"{one.node_type} {one.engine}"
