"""Settings of a stack's cost: budget, anomalies, cleanup, and purchases that are named in full."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from specs.base import Name, RoleName, Spec
from specs.forms import Distinct, Form, NoFraction
from specs.stores.caches import NodeType
from specs.stores.databases import InstanceClass

HOURS_A_YEAR: Final = 8_760  # of 365 days: a term of one year has 31,536,000 seconds
SECONDS_A_YEAR: Final = HOURS_A_YEAR * 3_600

OfferingId = Annotated[
    str,
    Form(
        "the id of an offering",
        "12345678-1234-1234-1234-123456789012",
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    ),
]
Payment = Literal["No Upfront", "Partial Upfront", "All Upfront"]
MAX_USD: Final = 100_000_000
BudgetPercent = Annotated[float, Field(gt=0, le=1000), NoFraction()]


class BudgetAction(Spec):
    """What AWS does by itself when the budget is used up: it denies roles to start anything new that costs money.

    Running services are left alone: the shop stays up, deployments that add to it fail.
    """

    roles: Annotated[tuple[RoleName, ...], Field(min_length=1, max_length=100), Distinct()]
    """Names of the account's roles that are denied, for example developers and pipelines."""
    at_percent: BudgetPercent = 100
    """Percent of the budget, really spent."""
    approval: Literal["manual", "automatic"] = "manual"
    """Whether somebody has to approve it in the console first."""


class Budget(Spec):
    """A monthly budget of the whole account, in USD."""

    monthly_usd: Annotated[float, Field(ge=1, le=MAX_USD)]
    """Limit of a calendar month."""
    alert_percents: Annotated[tuple[BudgetPercent, ...], Field(min_length=1, max_length=4), Distinct()] = (
        50,
        80,
        100,
    )
    """Shares of the limit, really spent, at which the alert topic is told."""
    forecast_percent: BudgetPercent | None = 100
    """Share of the limit, forecast for the month, at which it is told; `null` for never."""
    action: BudgetAction | None = None
    """What AWS does when it is used up. Default: nothing, it tells."""


class Anomalies(Spec):
    """Alerts on spending that is unusual for a service."""

    impact_usd: Annotated[float, Field(ge=0.01, le=MAX_USD)] = 50
    """What an anomaly has to cost, in all, to be told."""
    monitor_arn: (
        Annotated[
            str,
            Form(
                "the ARN of a cost monitor",
                "arn:aws:ce::123456789012:anomalymonitor/12345678-1234-1234-1234-123456789012",
                r"arn:aws:ce::[0-9]{12}:anomalymonitor/[0-9a-f-]{36}",
            ),
        ]
        | None
    ) = None
    """The account's monitor of services, where `account.costMonitor` is `adopt`. Default: none, and alerts only where
    the stack makes the monitor (`create`)."""


class Cleanup(Spec):
    """EBS volumes that nothing is attached to and snapshots that nothing uses, found every day."""

    armed: bool = False
    """Whether they are deleted after the grace period. Until then the function says what it would do and changes
    nothing."""
    grace_days: Annotated[int, Field(ge=1, le=365)] = 14
    """Days from the first time that a thing is seen unused to its deletion."""
    snapshot_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """Age in days from which a snapshot that no image and no launch template uses counts as unused."""
    keep_tag: Annotated[
        str,
        Form(
            "a tag's key of at most 128 letters, digits and _ . : / + -, a letter first, not aws:",
            "Keep",
            r"(?![aA][wW][sS]:)[A-Za-z][A-Za-z0-9_.:/+-]{0,127}",
        ),
    ] = "Keep"
    """Key of the tag that keeps a volume or snapshot, whatever its value."""
    scope: Literal["stack", "account"] = "stack"
    """Whether only what carries the stack's own tags is looked at, or everything in the account and region."""
    hour: Annotated[int, Field(ge=0, le=23)] = 3
    """Hour of the daily run, UTC."""


class Reservation(Spec):
    """What every reservation repeats, so that nothing is bought by a slip."""

    name: Name
    """End of the reservation's name. An entry is a purchase: changed, it buys again; removed, it ends nothing."""
    offering_id: OfferingId
    """Id of AWS's offering. It is looked up, and refused unless it is what the other fields say."""
    count: Annotated[int, Field(ge=1, le=1000)]
    """Instances or nodes."""
    term_years: Literal[1, 3]
    """Years that it binds the account for."""
    payment: Payment
    """How it is paid."""
    upfront_usd: Annotated[float, Field(ge=0, le=MAX_USD)]
    """USD due at once for all of them; 0 with No Upfront."""

    @model_validator(mode="after")
    def _upfront_fits_the_payment(self) -> Reservation:
        if (self.payment == "No Upfront") != (self.upfront_usd == 0):
            raise ValueError(
                f"upfrontUsd must be 0 with No Upfront and above 0 otherwise (got {self.upfront_usd:g} with "
                f"{self.payment}); repeat the price of the offering, times count"
            )
        return self


class DatabaseReservation(Reservation):
    """Reserved Aurora instances. Serverless capacity is covered by a Savings Plan of the type Database instead."""

    instance_class: InstanceClass
    """For example `db.r7g.large`."""
    engine: Literal["aurora-mysql", "aurora-postgresql"]
    """Engine of the instances."""


class CacheReservation(Reservation):
    """Reserved cache nodes."""

    node_type: NodeType
    """For example `cache.r7g.large`."""
    engine: Literal["valkey", "redis"] = "valkey"
    """Engine of the nodes."""


class SavingsPlan(Spec):
    """A Savings Plan: a commitment to spend so much in every hour of its term, used or not."""

    name: Name
    """What the stack calls it. An entry is a purchase: changed, it buys again; removed, it ends nothing."""
    offering_id: OfferingId
    """Id of AWS's offering. It is looked up, and refused unless it is what the other fields say."""
    type: Literal["Compute", "EC2Instance", "Database"]
    """What it covers: Fargate, Lambda and EC2; one family of instances in one region; databases."""
    hourly_usd: Annotated[float, Field(ge=0.001, le=5000)]
    """USD of every hour."""
    term_years: Literal[1, 3]
    """Years that it binds the account for."""
    payment: Payment
    """How it is paid."""
    upfront_usd: Annotated[float, Field(ge=0, le=MAX_USD)]
    """USD due at once; 0 with No Upfront."""
    total_usd: Annotated[float, Field(gt=0, le=10 * MAX_USD)]
    """USD of the whole term: `hourlyUsd` times 8,760 hours times `termYears`."""

    @model_validator(mode="after")
    def _sums_are_repeated(self) -> SavingsPlan:
        total = self.hourly_usd * HOURS_A_YEAR * self.term_years
        if abs(total - self.total_usd) > 1:
            raise ValueError(
                f"totalUsd must repeat what the plan binds to, {total:.2f} (got {self.total_usd:.2f}); correct it"
            )
        least, most = {"No Upfront": (0.0, 0.0), "Partial Upfront": (total / 2, total), "All Upfront": (total, total)}[
            self.payment
        ]
        if not least - 1 <= self.upfront_usd <= most + 1:
            wanted = f"{least:.2f}" if least == most else f"{least:.2f} to {most:.2f}"
            raise ValueError(
                f"upfrontUsd must be {wanted} with {self.payment} (got {self.upfront_usd:.2f}); correct it"
            )
        return self


class Purchases(Spec):
    """What is bought for a term. Nothing is, unless an entry names it in full."""

    databases: tuple[DatabaseReservation, ...] = ()
    """Reserved Aurora instances."""
    caches: tuple[CacheReservation, ...] = ()
    """Reserved cache nodes."""
    savings_plans: tuple[SavingsPlan, ...] = ()
    """Savings Plans."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Purchases:
        for kind, entries in (
            ("databases", self.databases), ("caches", self.caches), ("savingsPlans", self.savings_plans)
        ):  # fmt: skip
            names = [entry.name for entry in entries]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise ValueError(f"{kind} must have distinct names (got {twice} twice); rename or remove one")
        return self


class Cost(Spec):
    """What the stack may cost, and what keeps it from costing more than it has to."""

    budget: Budget | None = None
    """Monthly budget with its alerts. Default: none."""
    anomalies: Anomalies | None = Anomalies()
    """Alerts on unusual spending; `null` for none."""
    cleanup: Cleanup | None = Cleanup()
    """Unused volumes and snapshots; `null` to leave them."""
    purchases: Purchases = Purchases()
    """Reservations and Savings Plans."""
