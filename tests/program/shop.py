"""The whole program, run on recorded mocks with a stack's own settings or changed ones."""

from __future__ import annotations

import functools
import runpy
from collections.abc import Mapping

from tests.configuration import ROOT, as_text, stack_values
from tests.mocks import Recorded, record


def run(stack: str, changes: Mapping[str, object] | None = None, *, preview: bool = False) -> Recorded:
    """`__main__.py` as `stack`; `changes` replace whole settings (full keys, None removes).

    With `preview` every computed output is unknown, as before the stack exists.
    """
    values = {key: value for key, value in (stack_values(stack) | dict(changes or {})).items() if value is not None}
    return record(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
        stack=stack,
        region=str(values["aws:region"]),
        config={key: as_text(value) for key, value in values.items()},
        preview=preview,
    )


@functools.cache
def recorded(stack: str) -> Recorded:
    """The stack as its own file has it; run once for all tests of a process."""
    return run(stack)
