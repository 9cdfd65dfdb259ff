"""The whole program of this tree, recorded with a stack's own settings or with changed ones."""

from __future__ import annotations

import functools
import json
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devtools.paths import REPO_ROOT
from devtools.recording.recorded import Recorded
from devtools.recording.recorder import record
from devtools.rehearsal.fake_outputs import ACCOUNT_ID
from settings import stack_file
from settings.stack_file import as_text
from specs.shop import Shop


def stack_values(stack: str, folder: Path | None = None) -> dict[str, Any]:
    """Settings of a stack's file in `folder`, by default where `stack_file` looks, project defaults included."""
    return stack_file.values(stack, folder)


def stack_configuration(stack: str, folder: Path | None = None) -> dict[str, str]:
    """The same as the program receives it."""
    return {key: as_text(value) for key, value in stack_values(stack, folder).items()}


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
    return run_values(
        stack, stack_values(stack) | dict(changes or {}), preview=preview, account_id=account_id, zones=zones
    )


def run_values(
    stack: str,
    values: Mapping[str, object],
    *,
    preview: bool = False,
    account_id: str = ACCOUNT_ID,
    zones: Mapping[str, str] | None = None,
) -> Recorded:
    """`__main__.py` as `stack` with all settings as `values`; None omits a setting."""
    given = {key: value for key, value in values.items() if value is not None}
    return record(
        lambda: runpy.run_path(str(REPO_ROOT / "__main__.py"), run_name="__main__"),
        stack=stack,
        region=str(given.get("aws:region") or Shop.model_fields["region"].default),
        config={key: as_text(value) for key, value in given.items()},
        account_id=account_id,
        zones=zones,
        preview=preview,
    )


def recorded(stack: str, folder: Path | None = None) -> Recorded:
    """The stack as its own file has it; run once for all tests of a process."""
    return recorded_values(stack, stack_values(stack, folder))


def recorded_values(stack: str, values: Mapping[str, object]) -> Recorded:
    """The stack with these settings; run once for all tests of a process."""
    return _recorded(stack, json.dumps(values, default=str))


@functools.cache
def _recorded(stack: str, values: str) -> Recorded:
    return run_values(stack, json.loads(values))
