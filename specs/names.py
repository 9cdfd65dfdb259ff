"""The name that somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

_ALIKE: Final = 0.72  # of 1: a slip or two of the fingers, not another word with the same end


def meant(given: str, known: Iterable[str], otherwise: str) -> str:
    """The remedy for an unknown name: the one of `known` that is most like it, or `otherwise`."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(given.lower(), by_lower, n=1, cutoff=_ALIKE)
    return f"did you mean {by_lower[close[0]]}?" if close else otherwise
