"""The table of quotas: dated, sourced, graded; and what a region or a name that it lacks leads to."""

from __future__ import annotations

import re

import pytest

from aws_facts import quotas
from specs.regions import ZONES
from tests.sale.events import sale, shop


def test_every_quota_has_a_unit_a_source_and_a_grade() -> None:
    assert re.fullmatch(r"\d{4}-\d{2}", quotas.DATE)
    for quota in quotas.QUOTAS.values():
        assert quota.grade in {"A", "R", "S"}, quota.name
        assert quota.source, quota.name
        assert quota.unit, quota.name
        assert (quota.code is None) == (quota.service is None), quota.name
        assert quota.code is None or re.fullmatch(r"L-[0-9A-F]{8}", quota.code), quota.name


def test_the_regions_of_the_table_are_regions() -> None:
    assert set(quotas.REGIONS) <= set(ZONES)


def test_a_region_without_quota_data_is_refused_in_one_line() -> None:
    with pytest.raises(
        ValueError, match=r"^saleday:saleEvents: there is no quota data for this region \(got af-south-1"
    ):
        shop(sale(), **{"aws:region": "af-south-1"})
    shop(**{"aws:region": "af-south-1"})  # without an event nothing needs it


def test_a_quota_that_nobody_knows_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"quotas\.granted: no quota has this name \(got fargateVpcu\)"):
        shop(quotas={"granted": {"fargateVpcu": 5}})
