"""What the stack costs, watched and kept down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.base import Tier
from components.cost import budgets, cleanup, purchases
from components.handles import KeyRing
from components.site import Site
from specs import cost as specs


@dataclass(frozen=True, kw_only=True)
class CostArgs:
    site: Site
    keys: KeyRing
    cost: specs.Cost
    advice: Sequence[str]
    """What could be committed to, from the stack's own baseline."""
    owns_account: bool
    """Whether this stack settles what an account has only once."""
    alert_topic_arn: pulumi.Output[str]
    log_retention_days: int
    edge_provider: pulumi.ProviderResource
    """AWS provider in us-east-1, the only place where Cost Optimization Hub is reached."""


class Cost(Tier):
    """Watches spending and cleans up. Buys nothing that the settings do not name in full."""

    tier = "cost"
    kind = "Cost"

    advice: Sequence[str]
    """What the settings could commit to, one line each; nothing of it is bought."""

    def __init__(self, name: str, args: CostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        cost = args.cost
        bought = purchases.build(self, cost.purchases)
        if cost.budget is not None:
            budgets.build(self, cost.budget, args.alert_topic_arn)
        if cost.anomalies is not None:
            budgets.watch_anomalies(self, cost.anomalies, args.alert_topic_arn, owns_account=args.owns_account)
        if cost.cleanup is not None:
            cleanup.build(self, args.keys, cost.cleanup, args.alert_topic_arn, args.log_retention_days)
        if args.owns_account:
            _enrol(self, args.edge_provider)
        self.advice = args.advice
        self.register_outputs({"purchases": bought, "advice": list(args.advice)})


def _enrol(tier: Tier, us_east_1: pulumi.ProviderResource) -> None:
    """Free advice of AWS's: right sizes from what instances, tasks and databases really use, and what it would save.

    The account stays enrolled when the stack is destroyed only if somebody enrols it again.
    """
    optimizer = aws.computeoptimizer.EnrollmentStatus(tier.child("right-sizing"), status="Active", opts=tier.opts())
    # It gathers what Compute Optimizer finds, so it comes second.
    hub = aws.costoptimizationhub.EnrollmentStatus(
        tier.child("savings"), opts=tier.opts(provider=us_east_1, depends_on=[optimizer])
    )
    aws.costoptimizationhub.Preferences(
        tier.child("savings"),
        savings_estimation_mode="AfterDiscounts",  # what the account would really save, purchases counted
        opts=tier.opts(parent=hub, provider=us_east_1),
    )
