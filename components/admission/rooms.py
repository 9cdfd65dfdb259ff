"""The rooms of a plan: what the gate, the API and the controller are told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from components.admission.gate import NEVER, GatedRoom
from components.site import Site
from functions.admission_rooms import Room
from sale.admission import rates
from sale.plan import Plan
from specs.admission import Admission
from specs.edge import Edge

_MINUTE = 60


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """All rooms of a stack, for the edge and for the functions."""

    gated: Sequence[GatedRoom]
    run: Sequence[Room]
    template: str | None
    """HTML file of the page, relative to the project's folder."""
    log_retention_days: int
    """Of the functions."""


def rooms(plan: Plan) -> Rooms | None:
    """None where no event to come has a room, and the edge has none."""
    found: list[tuple[GatedRoom, Room]] = []
    templates: list[str | None] = []
    edge = plan.prepared.edge
    for event in plan.events:
        admission = event.admission
        if admission is not None:
            start = int((event.start - timedelta(minutes=admission.pre_queue_minutes)).timestamp())
            schedule = rates.schedule(plan, event).document()
            draws = admission.order == "lottery"
            found.append(_both(admission, edge, event.name, schedule, draws, (start, int(event.over.timestamp()))))
            templates.append(admission.template)
    if edge.admission is not None:
        schedule = rates.unannounced(plan).document()
        found.append(_both(edge.admission, edge, "", schedule, False, (0, NEVER)))
        templates.append(edge.admission.template)
    if not found:
        return None
    gated, run = zip(*found, strict=True)
    return Rooms(
        gated=gated, run=run, template=templates[0], log_retention_days=plan.shop.observability.log_retention_days
    )


def backed_up(plan: Plan, site: Site) -> list[str]:
    """ARN of the rooms' table, where there is one."""
    settings = (plan.prepared.edge.admission, *(event.admission for event in plan.events))
    return [site.arn("dynamodb", f"table/{site.named('room')}")] if any(settings) else []


def _both(
    admission: Admission, edge: Edge, name: str, schedule: str, draws: bool, span: tuple[int, int]
) -> tuple[GatedRoom, Room]:
    seconds, fails_open = admission.session_minutes * _MINUTE, admission.on_failure == "open"
    free = (*edge.cache.static, *edge.cache.media) if admission.protects_everything else ()
    gated = GatedRoom(
        name=name, paths=admission.protected_paths, free=free, session_seconds=seconds, fails_open=fails_open,
        start=span[0], end=span[1],
    )  # fmt: skip
    room = Room(
        name=name, first=admission.first, session=seconds, fails_open=fails_open, draws=draws, start=span[0],
        until=span[1], steps=admission.degradation, schedule=schedule,
    )  # fmt: skip
    return gated, room
