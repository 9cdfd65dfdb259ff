"""What a command was asked for: a stack, one of its events, and a time to look at them from."""

from __future__ import annotations

from datetime import UTC, datetime

from sale.plan import Plan, compile_plan, upcoming
from sale.stack import BadInput, read
from specs.shop import Shop


def moment(text: str) -> datetime:
    """A time as it was typed; the clock's without one. Raises BadInput."""
    if not text:
        return datetime.now(UTC)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"NOW: a time is written as 2030-10-18T22:00:00+05:30 (got {text}); rewrite it") from None
    if time.tzinfo is None:
        raise BadInput(f"NOW: a time needs a time zone (got {text}); add an offset such as +05:30")
    return time


def plan_of(stack: str, event: str, now: datetime) -> tuple[Shop, Plan, str]:
    """The stack, the plan of one of its events, and that event's name: the next one where none is asked for.

    Raises BadInput for an unknown stack or event, for one that is over, and for a stack without any.
    """
    shop = read(stack, now)
    known = [one.name for one in shop.sale_events]
    if event and event not in known:
        raise BadInput(f"EVENT: no event has this name (got {event}); use one of {', '.join(known) or 'none yet'}")
    to_come = sorted(upcoming(shop, now), key=lambda one: one.start.timestamp())
    names = [one.name for one in to_come]
    if event and event not in names:
        raise BadInput(f"EVENT: this event is over (got {event}); give it its next date")
    if not names:
        raise BadInput(f"EVENT: the stack has no event to come (got {stack}); add one under saleday:saleEvents")
    name = event or names[0]
    return shop, compile_plan(shop, now, name), name
