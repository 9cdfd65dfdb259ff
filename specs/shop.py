"""The whole shop of one stack: every spec together, and the rules that hold between them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Final, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from aws_facts import quotas, regions
from specs import (
    addresses,
    admission_rules,
    between_services,
    compute_kinds,
    elsewhere,
    game_days,
    pointers,
    production,
    purchases,
    rotation,
)
from specs.account import Account
from specs.base import Spec
from specs.compute import ComputeKind, Instances, Kubernetes
from specs.compute_kinds import FARGATE, Compute
from specs.cost import Cost
from specs.data import KINDS, Data
from specs.delivery import Delivery, Freeze
from specs.edge import Edge
from specs.errors import told_together
from specs.events import OrderEvents
from specs.forms import Form
from specs.identity import Identity
from specs.jobs import Job
from specs.load_test import LoadTest
from specs.names import meant
from specs.network import Network
from specs.observability import Observability, OperatingHours
from specs.prices import OwnPrices
from specs.sale import Quotas, SaleEvent, UsualDemand
from specs.security import Security
from specs.services import Service

# Characters that every AWS service accepts in a tag's value (Tagging best practices), at most 256 of them. Letters are
# those of any script.
TagValue = Annotated[
    str,
    Field(max_length=256),
    Form(
        "a tag's value: letters, digits, spaces and . : / = + @ - _, nothing blank, not aws:",
        "platform@shop.in",
        r"(?![aA][wW][sS]:)(?:[^\W]|[.:/=+@-])(?:(?:[^\W]|[ .:/=+@-])*(?:[^\W]|[.:/=+@-]))?",
        letters="any",
    ),
]

MAX_EVENTS: Final = 60  # more than one a week for a year: as many as are planned in some minutes
# `<project>-<stack>`: with a hyphen and a service's name (15 at most) it has to fit a target group's 32 characters.
MAX_PREFIX: Final = 16
_PREFIX: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class Shop(Spec):
    """Settings of one stack, complete and consistent."""

    project: str
    """Name of the Pulumi project; start of every physical name."""
    stack: str
    """Name of the stack; second part of every physical name."""
    region: str = "ap-south-1"
    """AWS region of everything but the edge; set as `aws:region`."""
    owner: TagValue
    """Who answers for the stack: value of the `Owner` tag."""
    cost_centre: TagValue
    """Who pays for it: value of the `CostCentre` tag."""
    production: bool = False
    """Real customers: deletion protection, final snapshots, several zones."""
    network: Network = Network()
    """The VPC."""
    edge: Edge = Edge()
    """The way in."""
    compute: ComputeKind = "fargate"
    """Default compute for services that don't set one."""
    services: Annotated[tuple[Service, ...], Field(min_length=1)]
    """One entry for each microservice, at least one."""
    jobs: tuple[Job, ...] = ()
    """One entry for each batch job. Default: none."""
    instances: Instances = Instances()
    """The instances under services with `compute: ec2`."""
    kubernetes: Kubernetes = Kubernetes()
    """The cluster under services with `compute: eks`."""
    data: Data = Data()
    """The stores."""
    events: OrderEvents | None = None
    """Orders as events. Default: none; what a service announces, services work off."""
    observability: Observability = Observability()
    """Logs, traces, trails and alarms."""
    account: Account = Account()
    """Things that the account has once: which of them this stack makes."""
    security: Security = Security()
    """Detection, incident response, roles for people, patches."""
    delivery: Delivery = Delivery()
    """Pipelines, freezes and the program's own workflows."""
    game_day: game_days.GameDay | None = None
    """Faults made on purpose. Default: none; nothing of it is deployed."""
    cost: Cost = Cost()
    """Budget, anomalies, cleanup and purchases."""
    operating_hours: OperatingHours | None = None
    """Hours when a stack that is not production is on. Default: always."""
    sale_events: Annotated[tuple[SaleEvent, ...], Field(max_length=MAX_EVENTS)] = ()
    """Sales to prepare for; those that overlap add up. Default: none."""
    usual_demand: UsualDemand = UsualDemand()
    """What customers ask for between events."""
    load_test: LoadTest = LoadTest()
    """Load tests: how much they may send, and as whom."""
    quotas: Quotas = Quotas()
    """What AWS allows this account."""
    prices: OwnPrices = Field(default_factory=dict)
    """What this account pays, in USD, by the names in `aws_facts/data/prices.json`, for example `acuHour: 0.13`.
    Default: the dated list prices there; what has none is listed as not priced."""

    @property
    def identity(self) -> Identity:
        """Whose stack this is, where, and what for."""
        return Identity(
            project=self.project,
            stack=self.stack,
            region=self.region,
            owner=self.owner,
            cost_centre=self.cost_centre,
            production=self.production,
        )

    @property
    def zone_names(self) -> tuple[str, ...]:
        return tuple(f"{self.region}{letter}" for letter in self.network.zones)

    @property
    def max_tasks(self) -> int:
        """Tasks of all services at their maximum, and one of each job."""
        return sum(service.scaling.max for service in self.services) + len(self.jobs)

    @property
    def most_addresses(self) -> int:
        """Addresses that tasks, and instances under them, take at their maximum."""
        instances = (kind.max_instances(services, self.instances) for kind, services in self.by_compute.items())
        return self.max_tasks + sum(instances)

    @property
    def compute_kinds(self) -> frozenset[ComputeKind]:
        """What the services run on; jobs are on Fargate."""
        kinds = {service.runs_on.name for service in self.services}
        return frozenset(kinds | {FARGATE.name} if self.jobs else kinds)

    @property
    def by_compute(self) -> dict[Compute, list[Service]]:
        """The services by what they run on."""
        kinds = compute_kinds.KINDS.values()
        return {kind: [service for service in self.services if service.runs_on is kind] for kind in kinds}

    @property
    def has_instances(self) -> bool:
        """Whether services run on instances of the stack's own."""
        return any(service.runs_on.has_instances for service in self.services)

    @property
    def reserves_concurrency(self) -> bool:
        """Whether the account is known to have places to reserve for order events."""
        return self.events is not None and self.quotas.leaves(self.events.concurrency)

    @property
    def address_plan(self) -> addresses.AddressPlan:
        return addresses.plan(self.network, self.most_addresses)

    @property
    def names(self) -> dict[str, str]:
        """By setting: the names that physical names are made from."""
        lists = {
            "services": self.services,
            "jobs": self.jobs,
            "events.subscribers": self.events.subscribers if self.events else (),
            "saleEvents": self.sale_events,
        }
        stores = {kind.setting(store): store.name for kind in KINDS for store in kind.of(self.data)}
        return {f"{setting}[{one.name}]": one.name for setting, named in lists.items() for one in named} | stores

    @property
    def delivered(self) -> frozenset[str]:
        """Services that a pipeline deploys."""
        return frozenset(one.name for one in self.delivery.services)

    @property
    def freezes(self) -> tuple[Freeze, ...]:
        """When nothing is deployed, in the order of their starts: as the settings say, and around each sale event."""
        sales = (
            Freeze(name=event.name, start=event.start - timedelta(hours=event.freeze_hours), end=event.over)
            for event in self.sale_events
        )
        return tuple(sorted((*self.delivery.freezes, *sales), key=lambda freeze: freeze.start))

    @property
    def rotation_schedule(self) -> str:
        """When the databases' passwords rotate, for Secrets Manager. Raises ValueError where they never could."""
        return rotation.expression(
            self.data.rotation,
            quiet_hour=self.data.backups.hour,
            freezes=self.freezes,
            hours=self.operating_hours,
        )

    @property
    def commitments(self) -> tuple[str, ...]:
        """What could be committed to for what always runs, one line each; nothing is bought by it."""
        from specs import baseline  # which itself reads a shop

        return baseline.advice(self)

    @property
    def store_users(self) -> dict[str, dict[str, dict[str, str]]]:
        """By kind and store: the services and jobs that use it, each with its access; "" where a kind knows one."""
        workloads = (*self.services, *self.jobs)
        return {
            kind.name: {
                store.name: {
                    one.name: kind.access(one.uses, store.name)
                    for one in workloads
                    if store.name in kind.used_by(one.uses)
                }
                for store in kind.of(self.data)
            }
            for kind in KINDS
        }

    @field_validator("services")
    @classmethod
    def _computes_where_the_stack_does(cls, services: tuple[Service, ...], info: ValidationInfo) -> tuple[Service, ...]:
        default = info.data.get("compute")
        return tuple(one if one.compute else one.model_copy(update={"compute": default}) for one in services)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Every rule between settings, all faults at once; those that look names up only where the names are there."""
        told_together((self._names_fit, self._region_is_known, self._names_are_unique, self._names_exist))
        told_together(
            (
                self._production_is_safe,
                self._instances_have_a_way_out,
                self._account_fits,
                self._nobody_blocks_the_shop,
                self._stores_have_their_zones,
                self._workloads_reach_what_they_name,
                self._order_events_fit,
                self._services_fit_together,
                self._region_has_quotas,
                self._tasks_fit,
                self._passwords_can_rotate,
            )
        )
        return self

    def _names_fit(self) -> None:
        prefix = f"{self.project}-{self.stack}"
        if not _PREFIX.fullmatch(prefix) or len(prefix) > MAX_PREFIX:
            raise ValueError(
                f"stack: project and stack start every physical name: lower-case letters, digits and hyphens, together "
                f"at most {MAX_PREFIX} characters (got {prefix}); choose a shorter or plainer stack name"
            )

    def _region_is_known(self) -> None:
        letters = regions.ZONES.get(self.region)
        if letters is None:
            raise ValueError(
                f"aws:region: the plan does not know this region (got {self.region or 'nothing'}); "
                f"{meant(self.region, regions.ZONES, 'use one of ' + ', '.join(regions.ZONES))}"
            )
        for zone in self.network.zones:
            if zone not in letters:
                raise ValueError(
                    f"network.zones: {self.region} has the zones {', '.join(letters)} (got {zone}); choose among them"
                )

    def _production_is_safe(self) -> None:
        production.check(self)

    def _instances_have_a_way_out(self) -> None:
        # The relay of Service Connect on an instance speaks to an API of ECS for which AWS offers no endpoint.
        if self.has_instances and self.network.nat == "none":
            raise ValueError(
                "network.nat: instances need NAT, as Service Connect's relay has no endpoint in a VPC (got none with "
                "compute ec2); set single or perZone, or compute fargate"
            )

    def _account_fits(self) -> None:
        self.account.check(self.cost.anomalies)
        purchases.check(self.cost.purchases, self.data)

    def _nobody_blocks_the_shop(self) -> None:
        for cidr in self.edge.blocked_cidrs:
            if cidr.version == 4 and cidr.overlaps(self.network.cidr):
                raise ValueError(
                    f"edge.blockedCidrs: a range outside the stack's VPC (got {cidr}, {self.network.cidr}); remove it"
                )

    def _stores_have_their_zones(self) -> None:
        zones = self.network.zones
        for kind in KINDS:
            if kind.of(self.data) and len(zones) < kind.min_zones:
                raise ValueError(
                    f"network.zones: a {kind.name} needs subnets in {kind.min_zones} zones (got {len(zones)}: "
                    f"{', '.join(zones)}); add a zone or remove {kind.place}"
                )

    def _names_are_unique(self) -> None:
        lists: dict[str, Iterable[str]] = {
            # A job's name is part of the same physical names as a service's.
            "services": (service.name for service in self.services),
            "jobs": (one.name for one in (*self.jobs, *self.services) if self.jobs),
            **{kind.place: (store.name for store in kind.of(self.data)) for kind in KINDS},
            "saleEvents": (event.name for event in self.sale_events),
            "delivery.services": (one.name for one in self.delivery.services),
            "delivery.freezes": (freeze.name for freeze in self.freezes),
        }
        for setting, names in lists.items():
            pointers.refuse_twice(setting, "name", names)
        pointers.refuse_twice(
            "services", "publicPaths", (path for service in self.services for path in service.public_paths)
        )

    def _names_exist(self) -> None:
        known = self._known_names()
        for delivered in self.delivery.services:
            pointers.require("delivery.services", "service", delivered.name, known)
        for service in self.services:
            where = f"services[{service.name}]"
            for callee in service.calls:
                pointers.require(f"{where}.calls", "service", callee, known)
            pointers.check_workload(service, where, known, service.calls)
        for job in self.jobs:
            pointers.check_workload(job, f"jobs[{job.name}]", known, ())
        for event in self.sale_events:
            for name in event.mix:
                pointers.require(f"saleEvents[{event.name}].mix", "service", name, known)
            for product in event.hot_products:
                if product.table is not None:
                    pointers.require(f"saleEvents[{event.name}].hotProducts", "table", product.table, known)

    def _workloads_reach_what_they_name(self) -> None:
        for kind, workloads in (("services", self.services), ("jobs", self.jobs)):
            for one in workloads:
                elsewhere.refuse_other_region(f"{kind}[{one.name}]", one, self.region)

    def _order_events_fit(self) -> None:
        if self.events is not None:
            receivers = [
                service.name
                for service in self.services
                if service.uses.queues.get(self.events.queue, "send") != "send"
            ]
            self.events.check(self.data.queues, self.data.tables, receivers)

    def _services_fit_together(self) -> None:
        between_services.check_listener(self.services)
        between_services.check_calls(self.services)
        between_services.check_shifted_paths(self.services)
        between_services.check_sales(self.edge, self.sale_events, self.usual_demand, self.services)
        admission_rules.check_admission(self.edge, self.sale_events, self.services)
        game_days.check(self.game_day, self.stack, self.network.zones, self.services, self.data)

    def _region_has_quotas(self) -> None:
        if self.sale_events and self.region not in quotas.REGIONS:
            raise ValueError(
                f"saleEvents: there is no quota data for this region (got {self.region}, known: "
                f"{', '.join(quotas.REGIONS)}); add it to aws_facts/data/quotas.json, with its source"
            )

    def _tasks_fit(self) -> None:
        try:
            addresses.plan(self.network, self.most_addresses)
        except ValueError as error:
            setting = "network.cidr" if self.network.subnets is None else "network"
            raise ValueError(f"{setting}: {error}") from None

    def _passwords_can_rotate(self) -> None:
        if self.data.databases:
            try:
                _ = self.rotation_schedule
            except ValueError as error:
                raise ValueError(f"data.rotation: {error}") from None

    def _known_names(self) -> dict[str, set[str]]:
        return {
            "service": {service.name for service in self.services},
            **{kind.name: {store.name for store in kind.of(self.data)} for kind in KINDS},
        }
