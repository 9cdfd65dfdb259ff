"""The stacks, and those variants that have other kinds of resources, recorded once for all tests of a process."""

from __future__ import annotations

from typing import Final

from devtools.conformance import recordings, variants
from devtools.recording.recorded import Recorded

NAMES: Final = ("dev", "prod", "eks", "ec2", "provisioned-aurora", "sale-event")


def recorded_variant(name: str) -> Recorded:
    [variant] = variants.named([name], variants.examples_and_overlays())
    return recordings.record(variant)
