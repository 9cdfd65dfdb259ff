"""What a step of the plan costs an hour, from the dated prices in `data/rates.json`. What has none is not priced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

_TABLE: Final = Path(__file__).with_name("data") / "rates.json"
NOT_PRICED: Final = "not priced"


def price(name: str, region: str) -> float | None:
    """USD in a region; None where no price could be sourced for it."""
    found = json.loads(_TABLE.read_text(encoding="utf-8"))["prices"].get(name, {}).get(region)
    return None if found is None else float(found["value"])


def task_hour(region: str, cpu: int, memory: int) -> float | None:
    """USD an hour of one Fargate task on ARM; `cpu` in units, `memory` in MiB."""
    per_vcpu, per_gb = price("fargateArmVcpuHour", region), price("fargateArmGbHour", region)
    if per_vcpu is None or per_gb is None:
        return None
    return per_vcpu * cpu / 1024 + per_gb * memory / 1024


def shown(usd: float | None) -> str:
    """A change of cost as the timeline shows it."""
    return NOT_PRICED if usd is None else f"{usd:+,.2f} USD/h"
