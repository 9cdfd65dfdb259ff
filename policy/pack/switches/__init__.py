"""The switches that the pack judges, by what they protect.

Names, values and defaults are those of the AWS provider's reference of 2026-10; where it names no default, of the
service's API reference.
"""

from __future__ import annotations

from collections.abc import Iterable

from .at_rest import AT_REST
from .deletion import DELETION
from .exposure import EXPOSURE
from .in_transit import IN_TRANSIT
from .public_blocks import PUBLIC_BLOCKS
from .recorders import RECORDERS
from .safeguards import SAFEGUARDS
from .switch import Switch, wrongly_set

ALL = (*AT_REST, *IN_TRANSIT, *EXPOSURE, *PUBLIC_BLOCKS, *RECORDERS, *SAFEGUARDS, *DELETION)


def by_token(switches: Iterable[Switch]) -> dict[str, tuple[Switch, ...]]:
    found: dict[str, tuple[Switch, ...]] = {}
    for switch in switches:
        found[switch.token] = (*found.get(switch.token, ()), switch)
    return found


__all__ = (
    "ALL",
    "AT_REST",
    "DELETION",
    "EXPOSURE",
    "IN_TRANSIT",
    "PUBLIC_BLOCKS",
    "RECORDERS",
    "SAFEGUARDS",
    "Switch",
    "by_token",
    "wrongly_set",
)
