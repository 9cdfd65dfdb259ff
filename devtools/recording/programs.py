"""The whole program of this tree, recorded with a stack's own settings or with changed ones."""

from __future__ import annotations

import functools
import json
import runpy
from collections.abc import Mapping
from typing import Any

import yaml

from devtools.paths import REPO_ROOT
from devtools.recording.recorded import Recorded
from devtools.recording.recorder import record
from devtools.rehearsal.fake_outputs import ACCOUNT_ID


def as_text(value: object) -> str:
    """A value as the engine hands it to the program: scalars as text, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def stack_values(stack: str) -> dict[str, Any]:
    """The configuration of a stack's file, project defaults included, as values."""
    project = yaml.safe_load((REPO_ROOT / "Pulumi.yaml").read_text())["config"]
    defaults = {
        key if ":" in key else f"saleday:{key}": declared.get("value", declared.get("default"))
        for key, declared in project.items()
        if "value" in declared or "default" in declared
    }
    return defaults | yaml.safe_load((REPO_ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]


def stack_configuration(stack: str) -> dict[str, str]:
    """The same as the program receives it."""
    return {key: as_text(value) for key, value in stack_values(stack).items()}


def run(
    stack: str,
    changes: Mapping[str, object] | None = None,
    *,
    preview: bool = False,
    account_id: str = ACCOUNT_ID,
    zones: Mapping[str, str] | None = None,
) -> Recorded:
    """`__main__.py` as `stack`; `changes` replace whole settings (full keys, None removes).

    With `preview` every computed output is unknown, as before the stack exists; `zones` as in `record`.
    """
    values = {key: value for key, value in (stack_values(stack) | dict(changes or {})).items() if value is not None}
    return record(
        lambda: runpy.run_path(str(REPO_ROOT / "__main__.py"), run_name="__main__"),
        stack=stack,
        region=str(values["aws:region"]),
        config={key: as_text(value) for key, value in values.items()},
        account_id=account_id,
        zones=zones,
        preview=preview,
    )


@functools.cache
def recorded(stack: str) -> Recorded:
    """The stack as its own file has it; run once for all tests of a process."""
    return run(stack)
