"""What the tree, its program and its plan say by themselves of a stack before an event."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from devtools.recording.recorded import Recorded
from devtools.recording.state import exported
from policy.pack.__main__ import CONFIG, WAIVERS
from policy.pack.configuration import load as load_configuration
from policy.pack.judge import Judge
from policy.pack.registry import BY_NAME, RULES
from policy.pack.stacks import parse
from policy.pack.verdict import PolicyReport, judge_stack
from policy.pack.waivers import Waiver, Waivers
from policy.pack.waivers import load as load_waivers
from sale.capacity_check import links, stress
from sale.check.latency import every_tier
from sale.measurements import Footing, footings
from sale.plan import Plan
from settings import stack_file
from specs.sale import SaleEvent
from specs.shop import Shop


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that a certificate says without asking anybody."""

    stack: str
    event: str
    today: date
    ends: date
    """Day on which the event is over."""
    revision: str
    """Of git; empty where there is none."""
    changed: tuple[str, ...]
    """Files that differ from it."""
    settings_digest: str
    graph_digest: str
    resources: int
    rules: int
    blocking: tuple[str, ...]
    advised: tuple[str, ...]
    undecided: int
    waivers: tuple[Waiver, ...]
    links: int
    short: tuple[str, ...]
    tightest: str
    weakest_setting: str
    stress: str
    holds_to: float
    headroom: float
    footings: tuple[Footing, ...]
    max_age_days: int
    faults: tuple[str, ...]
    """Scenarios that are played in the stack before an event."""
    stores: tuple[str, ...]
    """Stores with backups."""
    freeze_start: str | None


def facts(plan: Plan, event: SaleEvent, recorded: Recorded, root: Path) -> Facts:
    """The facts of a stack, as its program was recorded in `root`."""
    shop = plan.shop
    today = datetime.fromtimestamp(plan.now, tz=UTC).date()
    state = exported(recorded, shop.stack)
    waivers, report = _judged(state, shop, today)
    tiers = every_tier(plan, event)
    found, tried = links(plan, event, tiers=tiers), stress(plan, event, tiers)
    short = [one for one in found if one.falls_short]
    tightest = min(found, key=lambda one: one.margin)
    freeze = next((one for one in plan.freezes if one.name == event.name and one.start < event.start), None)
    revision, changed = _git(root)
    return Facts(
        stack=shop.stack,
        event=event.name,
        today=today,
        ends=event.over.date(),
        revision=revision,
        changed=changed,
        settings_digest=settings_digest(shop.stack),
        graph_digest=f"sha256:{hashlib.sha256(_canonical(_graph(recorded))).hexdigest()}",
        resources=len(recorded.resources),
        rules=len(report.rules),
        blocking=tuple(f"{one.rule.name} on {one.urn.rpartition('::')[2]}" for one in report.violations if one.blocks),
        advised=tuple(one.rule.name for one in report.violations if not one.blocks),
        undecided=len(report.undecided),
        waivers=tuple(one for one in waivers.active if one.concerns(shop.stack)),
        links=len(found),
        short=tuple(one.name for one in short),
        tightest=f"{tightest.name} by {tightest.margin:.0%}",
        weakest_setting=(short or [tightest])[0].raised_by,
        stress=tried.headline,
        holds_to=tried.holds_to,
        headroom=plan.headroom,
        footings=tuple(footings(shop, event, plan.now)),
        max_age_days=shop.load_test.max_age_days,
        faults=tuple(_faults(shop)),
        stores=tuple(store.name for store in (*shop.data.databases, *shop.data.tables)),
        freeze_start=None if freeze is None else freeze.start.isoformat(),
    )


def settings_digest(stack: str) -> str:
    """Of the stack's file, byte for byte."""
    return f"sha256:{hashlib.sha256(stack_file.path(stack).read_bytes()).hexdigest()}"


def _judged(state: dict[str, Any], shop: Shop, today: date) -> tuple[Waivers, PolicyReport]:
    """The policy pack's verdict, with the waivers that are in force on that day."""
    stack = parse(json.dumps(state))
    configuration = load_configuration(CONFIG, stack.name, BY_NAME, production=stack.production)
    waivers = load_waivers(WAIVERS, BY_NAME, today)
    judge = Judge(waivers=waivers, configuration=configuration)
    return waivers, judge_stack(stack, RULES, judge, configuration.entries())


def _graph(recorded: Recorded) -> list[dict[str, Any]]:
    """What is registered, by URN; of resources with secrets, the names of their inputs alone."""
    told = (
        {
            "urn": one.urn,
            "inputs": one.inputs if not one.secrets else sorted(one.inputs),
            "after": sorted(one.dependencies),
        }
        for one in recorded.resources
    )
    return sorted(told, key=lambda one: str(one["urn"]))


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()


def _faults(shop: Shop) -> list[str]:
    """Scenarios of the simulation that can be played in this stack."""
    there = {
        "az-lost": len(shop.network.zones) > 1,
        "slow-dependency": any(service.calls for service in shop.services),
        "cold-cache": bool(shop.data.caches),
        "database-failover": bool(shop.data.databases),
        "spot-reclaimed": any(service.capacity.spot_weight for service in shop.services),
    }
    return [name for name, can in there.items() if can]


def _git(root: Path) -> tuple[str, tuple[str, ...]]:
    """The revision, and files that differ from it."""

    def said(*arguments: str) -> str:
        result = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
        return result.stdout if result.returncode == 0 else ""

    changed = tuple(line[3:] for line in said("status", "--porcelain").splitlines())
    return said("rev-parse", "HEAD").strip(), changed


def revision(root: Path) -> str:
    """The revision of the tree; empty where git knows none."""
    return _git(root)[0]
