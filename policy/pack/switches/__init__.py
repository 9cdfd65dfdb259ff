"""The switches that the pack judges, by what they protect.

Names, values and defaults are those of the AWS provider's reference of 2026-10; where it names no default, of the
service's API reference.
"""

from __future__ import annotations

from collections.abc import Iterable

from . import at_rest, exposure, in_transit
from .deletion import DELETION
from .public_blocks import PUBLIC_BLOCKS
from .recorders import RECORDERS
from .safeguards import SAFEGUARDS
from .services import of_services
from .switch import Switch, wrongly_set

AT_REST = (*at_rest.AT_REST, *of_services("at rest"))
IN_TRANSIT = (*in_transit.IN_TRANSIT, *of_services("in transit"))
EXPOSURE = (*exposure.EXPOSURE, *of_services("exposure"))
PRIVILEGES = of_services("privileges")
LOGS = of_services("logs")
ALL = (*AT_REST, *IN_TRANSIT, *EXPOSURE, *PUBLIC_BLOCKS, *RECORDERS, *SAFEGUARDS, *DELETION, *PRIVILEGES, *LOGS)


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
    "LOGS",
    "PRIVILEGES",
    "PUBLIC_BLOCKS",
    "RECORDERS",
    "SAFEGUARDS",
    "Switch",
    "by_token",
    "wrongly_set",
)
