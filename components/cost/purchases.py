"""Reservations and Savings Plans that the settings name in full. AWS never takes one back.

The price and terms of an offering are looked up before it is bought, and compared with those in the settings. A
purchase stays when its entry or the stack is removed, until it expires.
"""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.base import Component
from specs.cost import SECONDS_A_YEAR, CacheReservation, DatabaseReservation, Purchases, Reservation, SavingsPlan

# Prices are in cents; sums of many instances may differ from the settings by rounding.
ROUNDING_USD: Final = 0.01


def build(tier: Component, purchases: Purchases) -> list[str]:
    """Buys the named offerings, and returns their names. Raises pulumi.RunError for terms that differ from AWS's."""
    for database in purchases.databases:
        _database(tier, database)
    for cache in purchases.caches:
        _cache(tier, cache)
    for plan in purchases.savings_plans:
        _plan(tier, plan)
    entries = (*purchases.databases, *purchases.caches, *purchases.savings_plans)
    return [entry.name for entry in entries]


def _database(tier: Component, entry: DatabaseReservation) -> None:
    offer = aws.rds.get_reserved_instance_offering(
        db_instance_class=entry.instance_class,
        duration=entry.term_years * SECONDS_A_YEAR,
        multi_az=False,  # Aurora's instances are reserved one by one
        offering_type=entry.payment,
        product_description=entry.engine,
    )
    _compare(f"cost.purchases.databases[{entry.name}]", entry, offer.offering_id, offer.fixed_price)
    name = tier.site.named(entry.name)
    aws.rds.ReservedInstance(
        tier.child("reserved", "database", entry.name),
        offering_id=entry.offering_id,
        reservation_id=name,
        instance_count=entry.count,
        tags=tier.tags("internal", name),
        opts=tier.opts(retain_on_delete=True),
    )


def _cache(tier: Component, entry: CacheReservation) -> None:
    offer = aws.elasticache.get_reserved_cache_node_offering(
        cache_node_type=entry.node_type,
        duration=f"P{entry.term_years}Y",
        offering_type=entry.payment,
        product_description=entry.engine,
    )
    _compare(f"cost.purchases.caches[{entry.name}]", entry, offer.offering_id, offer.fixed_price)
    name = tier.site.named(entry.name)
    aws.elasticache.ReservedCacheNode(
        tier.child("reserved", "cache", entry.name),
        reserved_cache_nodes_offering_id=entry.offering_id,
        cache_node_count=entry.count,
        tags=tier.tags("internal", name),
        opts=tier.opts(retain_on_delete=True),
    )


def _plan(tier: Component, entry: SavingsPlan) -> None:
    found = aws.savingsplans.get_offerings(
        currencies=["USD"],
        durations=[entry.term_years * SECONDS_A_YEAR],
        payment_options=[entry.payment],
        plan_types=[entry.type],
    )
    if entry.offering_id not in {offer.offering_id for offer in found.offerings}:
        raise pulumi.RunError(
            f"saleday:cost.purchases.savingsPlans[{entry.name}].offeringId: AWS offers no {entry.type} plan of "
            f"{entry.term_years} year(s), {entry.payment}, under this id (got {entry.offering_id}); correct it"
        )
    aws.savingsplans.SavingsPlan(
        tier.child("savings-plan", entry.name),
        savings_plan_offering_id=entry.offering_id,
        commitment=f"{entry.hourly_usd:.3f}",
        upfront_payment_amount=None if entry.payment == "No Upfront" else f"{entry.upfront_usd:.2f}",
        tags=tier.tags("internal", tier.site.named(entry.name)),
        opts=tier.opts(retain_on_delete=True),
    )


def _compare(setting: str, entry: Reservation, offering_id: str, fixed_price: float) -> None:
    """Reject an offering that differs from the settings in terms or price."""
    if offering_id != entry.offering_id:
        raise pulumi.RunError(
            f"saleday:{setting}.offeringId: what the entry describes is AWS's offering {offering_id} "
            f"(got {entry.offering_id}); correct the id or the terms"
        )
    due = fixed_price * entry.count
    if abs(due - entry.upfront_usd) > ROUNDING_USD * entry.count:
        raise pulumi.RunError(
            f"saleday:{setting}.upfrontUsd: AWS takes {due:.2f} USD at once for {entry.count} "
            f"(got {entry.upfront_usd:.2f}); repeat the price or leave the entry out"
        )
