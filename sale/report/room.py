"""The waiting room on the report: a crowd with and without it, its waits and its chances, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from functions.admission_rate import PROPAGATION
from sale.report.curves import Cut
from sale.simulation.crowd import MULTIPLE, Held
from sale.simulation.gate import BOTS, IDENTITIES, NO_SHOW
from sale.simulation.waits import Fairness, Wait, Waits, minutes_of
from sale.simulation.window import Window
from specs.sale import SaleEvent


def room(event: SaleEvent, found: Sequence[Held], span: Window) -> dict[str, Any] | None:
    """What the crowd met; None where the event has no room."""
    own = next((one for one in found if one.name == "own"), None)
    if own is None or own.waits is None:
        return None
    cut = Cut.of(event, span)
    waiting, inside = minutes_of(own.result.gate)
    return {
        "multiple": MULTIPLE,
        "order": event.admission.order if event.admission else "fifo",
        "propagation": PROPAGATION,
        "noShow": NO_SHOW,
        "bots": BOTS,
        "identities": IDENTITIES,
        "rooms": [_row(one) for one in found],
        "waits": _waits(own.waits),
        "curves": {"waiting": cut.curve(waiting.astype(float), 60), "inside": cut.curve(inside.astype(float), 60)},
    }


def _row(one: Held) -> dict[str, Any]:
    worst = one.verdict.windows[0]
    return {
        "name": one.name,
        "title": one.title,
        "kept": one.verdict.kept,
        "broken": one.verdict.broken,
        "answered": worst.availability,
        "placed": worst.placed,
        "p99Ms": worst.latency * 1000,
        "orders": one.orders,
        "ofCarried": one.of_carried,
        "mostWaiting": one.waits.most_waiting if one.waits else None,
    }


def _waits(own: Waits) -> dict[str, Any]:
    return {
        "places": own.arrived,
        "used": own.came + own.late,
        "turnedAway": own.gone,
        "before": _wait(own.before),
        "after": _wait(own.after),
        "early": _fairness(own.early),
        "bots": _fairness(own.bots),
        "lonelyBots": own.lonely_bots,
    }


def _wait(wait: Wait) -> dict[str, float]:
    return {"median": wait.median, "p90": wait.p90, "longest": wait.longest}


def _fairness(chance: Fairness) -> dict[str, float]:
    return {"fifo": chance.fifo, "lottery": chance.lottery}
