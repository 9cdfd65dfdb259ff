"""Monitoring and reduction of the stack's cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.cost import budgets, cleanup, purchases
from components.handles import KeyRing
from components.site import Site
from specs import cost as specs
from specs.account import Account


@dataclass(frozen=True, kw_only=True)
class CostArgs:
    site: Site
    keys: KeyRing
    cost: specs.Cost
    advice: Sequence[str]
    """Possible commitments, from the stack's own baseline."""
    account: Account
    """Singletons of the account that this stack creates."""
    alert_topic_arn: pulumi.Output[str]
    log_retention_days: int


class Cost(Component):
    """Monitors spending and cleans up. Buys only what the settings name in full."""

    tier = "cost"
    kind = "Cost"

    advice: Sequence[str]
    """Possible commitments, one line each; none is bought."""

    def __init__(self, name: str, args: CostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        cost = args.cost
        bought = purchases.build(self, cost.purchases)
        if cost.budget is not None:
            budgets.build(self, cost.budget, args.alert_topic_arn)
        if cost.anomalies is not None:
            budgets.watch_anomalies(self, cost.anomalies, args.alert_topic_arn, args.account.cost_monitor)
        if cost.cleanup is not None:
            cleanup.build(self, args.keys, cost.cleanup, args.alert_topic_arn, args.log_retention_days)
        if args.account.right_sizing == "create":
            # Free advice of AWS's: right sizes from what instances, tasks and databases really use.
            aws.computeoptimizer.EnrollmentStatus(self.child("right-sizing"), status="Active", opts=self.opts())
        self.advice = args.advice
        self.register_outputs({"purchases": bought, "advice": list(args.advice)})
