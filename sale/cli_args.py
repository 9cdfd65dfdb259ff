"""Arguments of the sale commands: a stack, one of its events, and the time to plan from."""

from __future__ import annotations

from datetime import datetime

from sale.plan import Plan, compile_plan, upcoming
from settings.stack_file import BadInput, read
from specs.sale import SaleEvent
from specs.shop import Shop


def deployed_at(given: datetime | None, shop: Shop, now: datetime) -> datetime | None:
    """When the events first came into the stack, as it was given: nothing that was due before has been done.

    Default: with the deployment that is made at `now`, and in time (None) where an event is on by then. Raises
    BadInput.
    """
    if given is None:
        return now if all(now < event.start for event in upcoming(shop, now)) else None
    if given > now:
        raise BadInput(
            f"DEPLOYED: has to be no later than NOW, {now.isoformat()} (got {given.isoformat()}); correct one of them"
        )
    return given


def known_event(shop: Shop, name: str, now: datetime) -> str:
    """An event's name as it was typed. Raises BadInput for an unknown one, and for one that is over."""
    known = [one.name for one in shop.sale_events]
    if name not in known:
        raise BadInput(f"EVENT: no event has this name (got {name}); use one of {', '.join(known) or 'none yet'}")
    if name not in [one.name for one in upcoming(shop, now)]:
        raise BadInput(f"EVENT: this event is over (got {name}); give it its next date")
    return name


def no_event(stack: str) -> BadInput:
    """Error for a stack without an event to come."""
    return BadInput(f"EVENT: the stack has no event to come (got {stack}); add one under saleday:saleEvents")


def plan_of(stack: str, event: str, now: datetime, deployed: datetime | None = None) -> tuple[Plan, SaleEvent]:
    """The plan of a stack's events, and the one to look at: the next where none is asked for.

    `deployed` is when the events first came into the stack, see `deployed_at`. Raises BadInput for an unknown stack or
    event, for one that is over, and for a stack without any.
    """
    shop = read(stack)
    to_come = sorted(upcoming(shop, now), key=lambda one: one.start.timestamp())
    name = known_event(shop, event, now) if event else None
    if not to_come:
        raise no_event(stack)
    found = next(one for one in to_come if name in (None, one.name))
    return compile_plan(shop, now, deployed_at(deployed, shop, now)), found
