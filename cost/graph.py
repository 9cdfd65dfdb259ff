"""The resources of a stack, as the real engine registers them in a preview: no account is needed."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtools.paths import REPO_ROOT
from devtools.rehearsal.events import PROVIDER_PREFIX, STACK_TYPE, short_type


class NoGraph(Exception):
    """The preview failed: its last words."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One resource with its inputs; what a preview can't know stands as the engine writes it."""

    type: str
    """As a program writes it: `ecs.Service`."""
    name: str
    tier: str
    inputs: Mapping[str, Any]


def rehearsed(tree: Path, stack: str) -> list[Node]:
    """Preview a stack of the project in `tree` with its own rehearsal, and read what it registered. Raises NoGraph."""
    python = tree / ".venv" / "bin" / "python"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # A revision checked out has a state of its own anyway, and may not know the option.
    apart = tree == REPO_ROOT
    command = [str(python), "-m", "saleday", "preview", "--stack", stack, *(["--purpose", "cost"] if apart else [])]
    done = subprocess.run(
        command, cwd=tree, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise NoGraph((done.stderr.strip() or done.stdout.strip() or "the preview failed").splitlines()[-1])
    events = tree / ".rehearsal" / ("cost" if apart else "up") / stack / "events.jsonl"
    return nodes(events.read_text(encoding="utf-8").splitlines())


def nodes(events: Sequence[str]) -> list[Node]:
    """The resources in an engine's event log, components left out."""
    states: dict[str, Mapping[str, Any]] = {}
    for line in events:
        step = (json.loads(line).get("resourcePreEvent") or {}).get("metadata")
        if (
            step
            and step["op"] != "delete"
            and step["type"] != STACK_TYPE
            and not step["type"].startswith(PROVIDER_PREFIX)
        ):
            states[step["urn"]] = step.get("new") or step.get("old") or {}
    return [
        Node(
            type=short_type(state["type"]),
            name=urn.rpartition("::")[2],
            tier=_tier(urn, states),
            inputs=state.get("inputs") or {},
        )
        for urn, state in states.items()
        if state.get("custom")
    ]


def _tier(urn: str, states: Mapping[str, Mapping[str, Any]]) -> str:
    """The tag of the resource or of what it belongs to, else the component above it."""
    above: str = urn
    while above in states:
        state = states[above]
        tags = (state.get("inputs") or {}).get("tags")
        if isinstance(tags, dict) and isinstance(tags.get("Tier"), str):
            return tags["Tier"]
        package, _, rest = str(state.get("type", "")).partition(":")
        if not state.get("custom") and package == "saleday":
            return rest.partition(":")[0]
        above = str(state.get("parent") or "")
    return "(no tier)"
