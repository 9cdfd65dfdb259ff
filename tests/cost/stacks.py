"""What prices the shipped stacks: their recorded resources, their forecast and the prices of their region."""

from __future__ import annotations

from datetime import UTC, datetime

from aws_facts.prices import Prices
from cost.bill import Context
from cost.graph import Node
from cost.use import usual
from devtools.recording import programs as program
from devtools.rehearsal.events import short_type
from sale.plan import compile_plan
from settings.stack_file import read

NOW = datetime(2030, 10, 1, tzinfo=UTC)


def context(stack: str, **own: float) -> Context:
    """A stack as it is recorded; `own` are prices in the settings."""
    settings = read(stack)
    settings = settings.model_copy(update={"prices": {**settings.prices, **own}})
    plan = compile_plan(settings, NOW)
    graph = [
        Node(
            type=short_type(one.token),
            name=one.name,
            tier=(one.inputs.get("tags") or {}).get("Tier", ""),
            inputs=one.inputs,
        )
        for one in program.recorded(stack).resources
        if one.custom and not one.token.startswith("pulumi:")
    ]
    prices = Prices(region=settings.region, own=settings.prices)
    return Context(shop=settings, plan=plan, usual=usual(settings, plan), prices=prices, nodes=graph)
