"""Every stack and every variant of it, recorded once for all tests of a process."""

from __future__ import annotations

import functools
from typing import Final

from conformance import variants
from rehearsal.bootstrap import TREE
from rehearsal.recording.programs import run, stack_values
from rehearsal.recording.recorded import Recorded

_VARIANTS: Final = {variant.name: variant for variant in variants.all_variants(TREE)}
NAMES: Final = tuple(_VARIANTS)


@functools.cache
def recorded_variant(name: str) -> Recorded:
    variant = _VARIANTS[name]
    return run(variant.stack, variants.lay_over(stack_values(variant.stack), variant.config))
