"""A stack for the documentation: its resources by type, with descriptions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

Inputs = Mapping[str, Any]


class Resource(Protocol):
    """A recorded registration."""

    @property
    def token(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def inputs(self) -> Inputs: ...

    @property
    def outputs(self) -> Inputs: ...


def short(token: str) -> str:
    """`ec2.Vpc` for `aws:ec2/vpc:Vpc`, `data.DataTier` for `saleday:data:DataTier`."""
    _, module, kind = token.split(":")
    return f"{module.partition('/')[0]}.{kind}"


_ROUND: Final = (10, 20, 50, 100, 200)


def amount(number: int) -> str:
    """A number for the page: exact while small, else rounded, so that further alarms don't outdate the page."""
    below = [step for step in _ROUND if step < number]
    return f"over {below[-1]}" if below else str(number)


@dataclass(frozen=True)
class Graph:
    """The resources of one stack."""

    resources: tuple[Resource, ...]

    @classmethod
    def of(cls, resources: Iterable[Resource]) -> Graph:
        return cls(tuple(one for one in resources if one.token.startswith(("aws:", "saleday:"))))

    def find(self, kind: str, where: Callable[[Inputs], bool] | None = None) -> list[Resource]:
        """Resources of a type, by its short name."""
        return [one for one in self.resources if short(one.token) == kind and (where is None or where(one.inputs))]

    def components(self) -> list[Resource]:
        """The stack's own components."""
        return [one for one in self.resources if one.token.startswith("saleday:")]

    def values(self, kind: str, name: str) -> Iterator[Any]:
        """One property of every resource of a type, in the order of the resources' names."""
        for one in sorted(self.find(kind), key=lambda resource: resource.name):
            if name in one.inputs:
                yield one.inputs[name]
