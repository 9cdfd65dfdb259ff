"""The table of quotas: dated, sourced, graded; and what a region or a name that it lacks leads to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.servicequotas.resources.default_quotas.vpc import VPC_DEFAULT_QUOTAS

from aws_facts import instances, quotas
from aws_facts.regions import ZONES
from tests.each import for_each
from tests.sale.events import sale, shop


def test_every_quota_has_a_unit_a_source_and_a_grade() -> None:
    assert re.fullmatch(r"\d{4}-\d{2}", quotas.DATE)
    for quota in quotas.QUOTAS.values():
        assert quota.grade in {"A", "R", "S"}, quota.name
        assert quota.source, quota.name
        assert quota.unit, quota.name
        assert quota.code is None or quota.service is not None, quota.name
        assert quota.code is None or re.fullmatch(r"L-[0-9A-F]{8}", quota.code), quota.name


ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("data").joinpath("service_quotas.tsv").read_text().splitlines()
    if not line.startswith("#")
]
PUBLISHED = {(service, code): (name, float(value), raised == "yes") for service, code, name, value, raised in ROWS}
"""What AWS itself says of a quota, by service and code: its name, default and whether it is raised."""
# Units that AWS's name leaves out: kilobytes are bytes in the table.
KILOBYTES = {"bucketPolicySize", "functionPolicySize", "functionVariables", "taskDefinitionSize"}
# Titles that say more about a quota than its name does.
LONGER = {"albReservedLcu", "albReservedLcuEach", "fargateVcpu", "identityProviders"}


@for_each(quotas.BY_CODE.values(), lambda quota: quota.name)
def test_a_code_is_that_of_the_quota_and_has_its_default(quota: quotas.Quota) -> None:
    name, default, adjustable = PUBLISHED[quota.service or "", quota.code or ""]
    assert quota.value == default * (1024 if quota.name in KILOBYTES else 1)
    assert quota.adjustable == adjustable
    short = re.split(" and direction|[,;]", quota.title)[0]
    assert quota.name in LONGER or name.lower().startswith(short.lower()), f"{quota.title} is none of {name}"


def test_no_code_stands_for_two_quotas() -> None:
    coded = [quota for quota in quotas.QUOTAS.values() if quota.code]
    assert len(coded) == len(quotas.BY_CODE)


def test_motos_quotas_of_networks_have_the_same_codes_and_names() -> None:
    known = {str(one["QuotaCode"]): one["QuotaName"] for one in VPC_DEFAULT_QUOTAS}
    compared = [quota for quota in quotas.QUOTAS.values() if quota.service == "vpc" and quota.code in known]
    assert len(compared) >= 15
    for quota in compared:
        short = quota.title.partition(" and direction")[0]
        assert str(known[quota.code or ""]).startswith(short), quota.name


def test_a_new_account_has_less_of_some() -> None:
    concurrency = quotas.QUOTAS["lambdaConcurrency"]
    assert (concurrency.value, concurrency.least) == (1000, 10)
    assert quotas.value("lambdaConcurrency", {}) == 10, "what is not known to be granted is not counted on"
    assert quotas.value("lambdaConcurrency", {"lambdaConcurrency": 1000}) == 1000


def test_what_aws_raises_for_nobody_or_by_a_case_is_not_requested() -> None:
    assert quotas.QUOTAS["fargateVcpu"].requestable
    assert not quotas.QUOTAS["tasksPerService"].requestable, "AWS doesn't raise it"
    assert not quotas.QUOTAS["albReservedLcu"].requestable, "AWS Support asks what for"
    assert not quotas.QUOTAS["cloudfrontRequests"].requestable, "Service Quotas does not know it"


def test_vcpu_of_an_instance_type_is_what_ec2_says() -> None:
    known = {name: one["VCpuInfo"]["DefaultVCpus"] for name, one in INSTANCE_TYPES.items() if ".metal" not in name}
    other = {name for name, vcpu in known.items() if instances.vcpu(name) not in (vcpu, None)}
    assert {name for name in other if not name.startswith(("hpc", "p", "f", "g", "u", "vt", "x"))} == set()
    assert instances.vcpu("m7g.xlarge") == 4
    assert instances.vcpu("nonsense") is None


def test_the_regions_of_the_table_are_regions() -> None:
    assert set(quotas.REGIONS) <= set(ZONES)


def test_a_region_without_quota_data_is_refused_in_one_line() -> None:
    with pytest.raises(
        ValueError, match=r"^saleday:saleEvents: there is no quota data for this region \(got af-south-1"
    ):
        shop(sale(), **{"aws:region": "af-south-1"})
    shop(**{"aws:region": "af-south-1"})  # without an event nothing needs it


def test_a_quota_that_nobody_knows_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"quotas\.granted: no quota has this name \(got fargateVpcu\); did you mean"):
        shop(quotas={"granted": {"fargateVpcu": 5}})
