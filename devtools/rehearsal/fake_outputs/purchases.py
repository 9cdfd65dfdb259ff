"""Answers to data sources of reservations and Savings Plans."""

from __future__ import annotations

import itertools
from typing import Any, Final

from devtools.rehearsal.fake_outputs.account_region import AccountRegion
from devtools.rehearsal.fake_outputs.function import Arguments, Function, invoked

# Upfront price of a year, in USD, by payment option: made up, and the same for every class and engine.
_UPFRONT_A_YEAR: Final = {"No Upfront": 0.0, "Partial Upfront": 500.0, "All Upfront": 1000.0}
_SECONDS_A_YEAR: Final = 31_536_000


def _offering(arguments: Arguments, place: AccountRegion, *, years: int) -> dict[str, Any]:
    """The one offering of AWS's price list that has these terms."""
    terms = "|".join(f"{name}={value}" for name, value in sorted(arguments.items()) if value is not None)
    price = _UPFRONT_A_YEAR.get(str(arguments.get("offeringType")), 0.0) * years
    offering = invoked(arguments, place, terms).uuid()
    return {"id": offering, "offeringId": offering, "fixedPrice": price}


def _reserved_instance(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    years = int(arguments.get("duration") or _SECONDS_A_YEAR) // _SECONDS_A_YEAR
    return _offering(arguments, place, years=years) | {"currencyCode": "USD"}


def _reserved_node(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    return _offering(arguments, place, years=int(str(arguments.get("duration") or "P1Y").strip("PY")))


def _savings_plans(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
    """One offering for every combination of the requested values."""
    asked = itertools.product(
        arguments.get("planTypes") or ["Compute"],
        arguments.get("paymentOptions") or ["No Upfront"],
        arguments.get("durations") or [_SECONDS_A_YEAR],
    )
    offerings = [
        {
            "offeringId": invoked(arguments, place, f"{plan}|{payment}|{int(seconds)}").uuid(),
            "planType": plan,
            "paymentOption": payment,
            "durationSeconds": int(seconds),
            "currency": "USD",
        }
        for plan, payment, seconds in asked
    ]
    return {"id": place.region, "offerings": offerings}


FUNCTIONS: Final[dict[str, Function]] = {
    "elasticache/getReservedCacheNodeOffering": _reserved_node,
    "rds/getReservedInstanceOffering": _reserved_instance,
    "savingsplans/getOfferings": _savings_plans,
}
