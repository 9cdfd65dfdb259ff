"""`sale-plan`: at how many times the forecast a sale breaks, every link, and what happens when."""

from __future__ import annotations

from datetime import datetime

from sale.capacity_check import links
from sale.check.latency import every_tier
from sale.cli_args import plan_of
from sale.text_report import render
from saleday import shared
from saleday.shared import OK, UNMET, command
from settings.stack_file import BadInput


@command("sale-plan", BadInput)
@shared.stack
@shared.event
@shared.now
@shared.deployed
def sale_plan(stack: str, event: str, now: datetime, deployed: datetime | None) -> int:
    """At how many times the forecast a sale breaks, every link, and what happens when.

    With an event, what concerns its span, of the demand of all events.
    """
    plan, chosen = plan_of(stack, event, now, deployed)
    view = chosen if event else None
    print(render(plan, view))
    return UNMET if any(link.falls_short for link in links(plan, view, tiers=every_tier(plan, view))) else OK
