"""The waiting room in `make sale-play`: a crowd with and without it, waits and chances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from functions.admission_rate import PROPAGATION
from sale.admission.registration import CROWD, granted, needed
from sale.charges import Bill
from sale.simulation.crowd import Held
from sale.simulation.gate import BOTS, IDENTITIES, NO_SHOW
from sale.simulation.registering import seconds_to_register
from sale.simulation.waits import Wait, Waits
from sale.text_report import columns
from specs.admission import Admission, EventAdmission

_HEADER = ("waiting room", "worst 5 min", "placed", "p99", "orders", "of what is carried", "most waiting", "promise")


def render(
    found: Sequence[Held], room: Admission, multiple: float, waiting: Bill, given: Mapping[str, float]
) -> Iterator[str]:
    """The crowd's lines. `waiting`: a million customers who wait for half an hour; `given`: quotas by then."""
    yield (
        f"a crowd of x{multiple:g} the forecast: {PROPAGATION:g} s until the edge knows, {NO_SHOW:.0%} of the called "
        f"do not come at once, {BOTS:.0%} bots with {IDENTITIES} places each"
    )
    yield from columns(_HEADER, [_row(one) for one in found])
    own = next(one.waits for one in found if one.name == "own")
    assert own is not None
    yield ""
    yield from _waits(own, room)
    unknown = f", and about {waiting.about:,.0f} of what has no price in the region" if waiting.about else ""
    limits = granted(needed(), given)
    played = seconds_to_register(CROWD, limits)
    yield (
        f"a million customers have their places in {limits.seconds(CROWD):,.0f} s by the limits, "
        f"{f'{played} s' if played else 'more than ten minutes'} as clients try again: {limits.writes:,.0f} writes/s, "
        f"{limits.counters} counters, {limits.environments:,.0f} environments"
    )
    yield f"a million customers who wait half an hour cost {waiting.usd:,.0f} USD{unknown}"


def _row(one: Held) -> tuple[str, ...]:
    worst = one.verdict.windows[0]
    return (
        one.title,
        f"{worst.availability:.3%}",
        f"{worst.placed:.3%}",
        f"{worst.latency * 1000:,.0f} ms",
        f"{one.orders:,}",
        f"{one.of_carried:.1%}",
        f"{one.waits.most_waiting:,}" if one.waits else "-",
        one.verdict.broken or "kept",
    )


def _waits(own: Waits, room: Admission) -> Iterator[str]:
    yield f"who came before the opening waits {_wait(own.before)} from it on"
    yield f"who came in the hour after it waits {_wait(own.after)}"
    yield f"{own.came + own.late:,} of {own.arrived:,} places were used, {own.gone:,} customers turned away"
    order = "fifo" if not isinstance(room, EventAdmission) else room.order
    early = own.early.lottery if order == "lottery" else own.early.fifo
    bots = own.bots.lottery if order == "lottery" else own.bots.fifo
    yield (
        f"order {order}: of the first tenth of the places, the first tenth who came hold {early:.0%} and bots "
        f"{bots:.1%} (fifo: {own.early.fifo:.0%} and {own.bots.fifo:.0%}; with one place each by lottery, bots "
        f"{own.lonely_bots:.1%})"
    )


def _wait(wait: Wait) -> str:
    return f"{clock(wait.median)} (median), {clock(wait.p90)} (9 of 10), {clock(wait.longest)} (longest)"


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
