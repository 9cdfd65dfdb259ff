"""What a step of the plan costs an hour, by the dated prices of `aws_facts.prices`. What has none is not priced."""

from __future__ import annotations

from typing import Final

from aws_facts.prices import Prices

NOT_PRICED: Final = "not priced"


def price(name: str, region: str) -> float | None:
    """USD in a region; None where no price could be sourced for it."""
    found = Prices(region=region).find(name)
    return None if found is None else found.value


def task_hour(region: str, cpu: int, memory: int) -> float | None:
    """USD an hour of one Fargate task on ARM; `cpu` in units, `memory` in MiB."""
    return Prices(region=region).task_hour(cpu, memory)


def shown(usd: float | None) -> str:
    """A change of cost as the timeline shows it."""
    return NOT_PRICED if usd is None else f"{usd:+,.2f} USD/h"
