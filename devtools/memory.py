"""Memory that the engine, the program and the plugins need, and what to say where they don't get it."""

from __future__ import annotations

import resource
from typing import Final

from devtools.disk import MEGABYTE

MIN_ADDRESS_SPACE: Final = 2000 * MEGABYTE
"""Bytes of address space for each process, by `ulimit -v`: with 1,950 MB a preview of prod goes through; with 1,465 MB
the program can't start its threads, and with 880 MB the engine waits for it without end."""

SIGNS: Final = ("out of memory", "cannot allocate memory", "can't start new thread", "memoryerror")
"""How the engine, its plugins and Python tell that they get no memory, in lower case."""

SHORT: Final = "the machine may be short of memory: free some, then run it again"


def too_small() -> str:
    """Why there is no point in beginning under this limit (`ulimit -v`); nothing where there is room enough."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY or limit >= MIN_ADDRESS_SPACE:
        return ""
    return (
        f"memory: a process has to get at least {MIN_ADDRESS_SPACE // MEGABYTE} MB of address space "
        f"(got {limit // MEGABYTE}); raise the limit (ulimit -v), then run it again: nothing has been changed"
    )
