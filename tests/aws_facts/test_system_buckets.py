"""Buckets of AWS's own: named for every region that a stack may be in."""

from __future__ import annotations

import re

import pytest

from aws_facts import system_buckets
from aws_facts.regions import ZONES

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@pytest.mark.parametrize("region", ZONES)
def test_every_region_has_its_buckets(region: str) -> None:
    buckets = [system_buckets.image_layers(region), *system_buckets.of_instances(region)]
    assert len(set(buckets)) == len(buckets)
    for bucket in buckets:
        assert BUCKET.fullmatch(bucket), bucket
        assert region in bucket, "a gateway endpoint reaches buckets of its own region"


def test_buckets_with_a_suffix_of_their_region_are_named_with_it() -> None:
    assert "patch-baseline-snapshot-me-south-1-uduvl7q8" in system_buckets.of_instances("me-south-1")
    assert "patch-baseline-snapshot-ap-south-1" in system_buckets.of_instances("ap-south-1")
