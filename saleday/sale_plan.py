"""`sale-plan`: what happens when, and the margin of every link."""

from __future__ import annotations

from datetime import datetime

from sale.capacity_check import links
from sale.cli_args import known_event, no_event
from sale.plan import compile_plan
from sale.text_report import render
from saleday import shared
from saleday.shared import OK, UNMET, command
from settings.stack_file import BadInput, read


@command("sale-plan", BadInput)
@shared.stack
@shared.event
@shared.now
def sale_plan(stack: str, event: str, now: datetime) -> int:
    """What happens when for an event, and the margin of every link; all events where none is named."""
    shop = read(stack)
    if event:
        known_event(shop, event, now)
    plan = compile_plan(shop, now)
    if not plan.events:
        raise no_event(stack)
    print(render(plan))
    return UNMET if any(link.short for link in links(plan)) else OK
