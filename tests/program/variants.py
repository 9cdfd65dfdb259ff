"""The stacks, and those variants that have other kinds of resources, recorded once for all tests of a process."""

from __future__ import annotations

import functools
from typing import Final

from conformance import variants
from rehearsal.bootstrap import TREE
from rehearsal.recording.programs import recorded, run, stack_values
from rehearsal.recording.recorded import Recorded

NAMES: Final = ("dev", "prod", "eks", "ec2", "provisioned-aurora", "sale-event")


@functools.cache
def recorded_variant(name: str) -> Recorded:
    [variant] = variants.named([name], variants.all_variants(TREE))
    if not variant.config:
        return recorded(variant.stack)
    return run(variant.stack, variants.lay_over(stack_values(variant.stack), variant.config))
