"""What a workload's settings say that it needs, as inputs and outputs of its component: its rights are held to that.

Outputs because the engine shows no component's inputs to rules on the whole stack.
"""

from __future__ import annotations

from typing import Any

from components.stores.registry import KINDS, Stores
from specs.services import Service
from specs.workloads import Workload


def declared(spec: Workload, stores: Stores) -> dict[str, Any]:
    """The services that it calls, and its uses of stores by kind, name and access."""
    uses = [
        {"kind": kind.spec.name, "store": use.store, "access": use.access}
        for kind in KINDS
        for use, _ in stores.used_by(spec, kind)
    ]
    return {"calls": list(spec.calls) if isinstance(spec, Service) else [], "uses": uses}
