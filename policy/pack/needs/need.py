"""A need, what it asks for, and the verdict on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from ..grants import IdentityGrants
from ..places import NetworkEndpoint
from ..resource import Resource

Context = Mapping[str, tuple[str, ...] | None]
"""Condition keys of a request, lower case: the values; None where AWS doesn't send the key. Others aren't known."""


class State(Enum):
    MET = "met"
    BROKEN = "broken"
    UNKNOWN = "not known yet"


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that lets a request or a connection through: an action of a statement, a rule, a route, an endpoint.

    `holder` is the URN of the resource it is written in, `item` what tells it from the holder's others.
    """

    holder: str
    item: str = ""


@dataclass(frozen=True, kw_only=True)
class Hop:
    """The hop that a need breaks at, and what mends it."""

    place: str
    """The resource, as `aws.kms.Key keys-data`."""
    urn: str
    says: str
    mend: str

    def __str__(self) -> str:
        return f"{self.says} ({self.place})" if self.place else self.says


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`ways` are the gates that a need passes, or may pass, one set for each hop: any of a set is enough for it."""

    state: State
    ways: tuple[frozenset[Gate], ...] = ()
    hop: Hop | None = None
    unknown: str = ""
    """Place of the value that isn't known yet."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One API call. The caller is an identity of the graph, an AWS service, or a role of AWS's own account."""

    action: str
    arn: str
    """The resource; `*` for actions that know none; empty where its ARN isn't known yet."""
    target: Resource | None = None
    """The resource if it is this program's."""
    caller: IdentityGrants | None = None
    service: str = ""
    """Service principal of a call that a service makes by itself; of the service's own account with `foreign`."""
    foreign: bool = False
    context: Context = field(default_factory=dict)
    origin: NetworkEndpoint | None = None
    """Where the call comes from if it has to leave a network of this program."""
    endpoints: tuple[str, ...] = ()
    """Endpoint services that the call goes to, where the action alone doesn't tell."""
    trust: bool = False
    """Whether it is a service that takes `target`, a role, on."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Packets of `origin` to a port of `target`, and their answers; without an origin, of CloudFront's VPC origins."""

    origin: NetworkEndpoint | None
    target: NetworkEndpoint
    port: int
    protocol: str = "tcp"


@dataclass(frozen=True, kw_only=True)
class Need:
    """`subject` has to be able to do what `asks` says. Any of the `asks` is enough."""

    subject: Resource
    what: str
    """The purpose, as in `to pull its image`."""
    line: str
    """Id of the table's line."""
    source: str
    asks: Request | Connection
    optional: bool = False
    """Whether it may go unmet: a right that the source grants and that not everyone uses."""
