"""Stacks that the table is made from: production unchanged, and with single settings changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from devtools.docsgen.architecture import lines
from devtools.docsgen.architecture.graph import Graph
from devtools.recording.programs import recorded, recorded_values, stack_values
from devtools.recording.recorded import Recorded
from devtools.rehearsal.fake_outputs import AccountRegion, invoke

_REGION: Final = "ap-south-1"
_YEAR: Final = 31_536_000  # seconds


def production() -> Graph:
    return Graph.of(recorded("prod").resources)


def by_setting() -> dict[str, Graph]:
    """By the name of a setting: a stack that has it. One stack has most of them."""
    many = Graph.of(with_many_settings().resources)
    together = (
        lines.SHIELD,
        lines.EC2,
        lines.PURCHASES,
        lines.ARCHIVE,
        lines.CODECOMMIT,
        lines.ORGANISATION,
        lines.HOURS,
        lines.MONITOR,
    )
    return dict.fromkeys(together, many) | {lines.EKS: Graph.of(recorded("eks").resources)}


def with_many_settings() -> Recorded:
    """dev with everything that settings can add to one stack."""
    return recorded_values("dev", stack_values("dev") | _many())


def _many() -> dict[str, object]:
    """Settings that go together in one stack."""
    values = stack_values("dev")

    def changed(name: str, **fields: object) -> dict[str, Any]:
        base: Mapping[str, Any] = values.get(f"saleday:{name}") or {}
        return {**base, **fields}

    return {
        "saleday:compute": "ec2",
        "saleday:account": {"costMonitor": "create"},
        "saleday:edge": changed("edge", shieldAdvanced={"commitmentMonths": 12, "monthlyFeeUsd": 3000}),
        "saleday:data": changed("data", media={"archiveAfterDays": 90}, **_reserved(values["saleday:data"])),
        "saleday:cost": changed("cost", purchases=_purchases()),
        "saleday:observability": changed("observability", organizationId="o-example0001"),
        "saleday:gameDay": {"stack": "dev", "approver": "arn:aws:iam::123456789012:role/sre", "practice": True},
        "saleday:delivery": {"codeCommit": {"repository": "shop"}, "services": [{"name": "ui"}]},
    }


def _reserved(data: Mapping[str, Any]) -> dict[str, object]:
    """The stores that the purchases below are for."""
    catalog, *others = data["databases"]
    provisioned = {name: value for name, value in catalog.items() if name != "serverless"}
    return {
        "databases": [provisioned | {"provisioned": {"instanceClass": "db.r7g.large"}}, *others],
        "caches": [{"name": "sessions", "nodes": {"nodeType": "cache.r7g.large"}}],
    }


def _purchases() -> dict[str, object]:
    """One of each, as AWS's price list of a rehearsal has them."""
    terms = {"termYears": 1, "payment": "No Upfront", "upfrontUsd": 0}

    def offering(token: str, **asked: object) -> str:
        return str(invoke(token, {"offeringType": "No Upfront", **asked}, AccountRegion.of(_REGION))["offeringId"])

    database = offering(
        "aws:rds/getReservedInstanceOffering:getReservedInstanceOffering",
        dbInstanceClass="db.r7g.large",
        duration=_YEAR,
        multiAz=False,
        productDescription="aurora-mysql",
    )
    cache = offering(
        "aws:elasticache/getReservedCacheNodeOffering:getReservedCacheNodeOffering",
        cacheNodeType="cache.r7g.large",
        duration="P1Y",
        productDescription="valkey",
    )
    asked = {"planTypes": ["Compute"], "paymentOptions": ["No Upfront"], "durations": [_YEAR]}
    plan = invoke("aws:savingsplans/getOfferings:getOfferings", asked, AccountRegion.of(_REGION))["offerings"][0][
        "offeringId"
    ]
    reserved = terms | {"name": "base", "count": 1}
    return {
        "databases": [reserved | {"offeringId": database, "instanceClass": "db.r7g.large", "engine": "aurora-mysql"}],
        "caches": [reserved | {"offeringId": cache, "nodeType": "cache.r7g.large"}],
        "savingsPlans": [
            terms | {"name": "base", "offeringId": plan, "type": "Compute", "hourlyUsd": 0.5, "totalUsd": 4380}
        ],
    }
