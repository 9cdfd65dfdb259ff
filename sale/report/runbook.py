"""The day as a runbook: minute by minute who does what, how one sees that it worked, and what to do if not.

Made from the plan's timeline. What AWS does by itself is watched; every check and remedy is a command of the AWS CLI
with the stack's own names, so that nobody has to look one up at night.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from aws_facts import quotas
from sale.plan import Plan
from sale.timeline import WITH_A_DEPLOYMENT, Step, timeline
from specs.sale import SaleEvent
from specs.services import Service
from specs.stores.databases import Serverless

MINUTE: Final = 60.0
GO_OR_NOT: Final = 30 * MINUTE  # before the opening: time for one remedy, and for calling it off
LOOKS: Final = (5, 15, 60)  # minutes after the opening
REVIEW_DAYS: Final = 14  # CloudWatch keeps minutes for 15
ON_CALL: Final = "on call"
LEAD: Final = "head of operations"
BY_ITSELF: Final = "AWS by itself, on call watches"
DEPLOYER: Final = "whoever deploys"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the runbook."""

    at: float
    """Seconds since the epoch."""
    who: str
    what: str
    sees: str
    """How one sees that it worked."""
    checks: tuple[str, ...] = ()
    """Commands that show it."""
    otherwise: str
    """What to do if not."""
    remedies: tuple[str, ...] = ()
    """Commands that do it."""


def runbook(plan: Plan, event: SaleEvent, worst: Callable[[float], str] = lambda _: "") -> tuple[Entry, ...]:
    """The entries of an event, in the order of their times.

    `worst` says what the simulation expects at a time, for the looks after the opening.
    """
    writer = _Writer(plan, event)
    entries = [*writer.steps(), *writer.watch(worst)]
    return tuple(sorted(entries, key=lambda entry: entry.at))


@dataclass(frozen=True)
class _Writer:
    plan: Plan
    event: SaleEvent

    def steps(self) -> Iterator[Entry]:
        """The timeline; what happens at one time by one hand is one entry."""
        steps = timeline(self.plan, self.event)
        for (at, _, _), group in groupby(sorted(steps, key=_hand), key=_hand):
            together = list(group)
            yield self._entry(at, together)

    def watch(self, worst: Callable[[float], str]) -> Iterator[Entry]:
        """What people look at besides."""
        opening, slo = self.event.start.timestamp(), self.event.slo
        alarms = f"aws cloudwatch describe-alarms --state-value ALARM --alarm-name-prefix {self._named('')}"
        yield Entry(
            at=opening - GO_OR_NOT,
            who=LEAD,
            what="go, or not: everything that is scheduled stands",
            sees="no alarm rings, and every check above has been made",
            checks=(f"{alarms} --query 'MetricAlarms[].AlarmName'",),
            otherwise="make the call that failed by hand, or pulumi up; if a link stays short, postpone the opening",
        )
        yield Entry(
            at=opening,
            who=LEAD,
            what=f"{self.event.name} opens",
            sees=(
                f"requests rise to {self.plan.peak.requests:,.0f}/s within {self.event.shape.spike_seconds:g} s; "
                f"orders to {self.plan.peak.orders:,.0f}/s"
            ),
            otherwise="no rise: CloudFront and DNS first, then the WAF's blocked requests",
        )
        for minutes in LOOKS:
            at = opening + minutes * MINUTE
            expected = worst(at)
            yield Entry(
                at=at,
                who=ON_CALL,
                what=f"look: {minutes} minutes after the opening",
                sees=(
                    f"{slo.availability_percent:g} % answered, p99 below {slo.latency_p99:,} ms, orders done within "
                    f"{slo.drain_minutes:g} min{'; expected: ' + expected if expected else ''}"
                ),
                checks=(f"{alarms} --query 'MetricAlarms[].[AlarmName,StateReason]'",),
                otherwise="find the scenario that looks like it under If it goes wrong, and do what it says",
            )
        yield Entry(
            at=self.event.end.timestamp(),
            who=LEAD,
            what=f"{self.event.name} ends",
            sees="demand falls; capacity follows in steps that keep at least half",
            otherwise="a sale that goes on longer: move end and pulumi up before the first step down",
        )
        yield Entry(
            at=self.event.over.timestamp() + REVIEW_DAYS * 24 * 60 * MINUTE,
            who=DEPLOYER,
            what="the last day for a review minute by minute: CloudWatch forgets them a day later",
            sees="a diff of the settings for the next sale",
            checks=(f"make sale-review STACK={self.plan.shop.stack} EVENT={self.event.name} FROM=account",),
            otherwise="ask for credentials that may read CloudWatch, or export with QUERIES=1",
        )

    def _named(self, name: str) -> str:
        return f"{self.plan.shop.project}-{self.plan.shop.stack}-{name}"

    @property
    def _cluster(self) -> str:
        return f"{self.plan.shop.project}-{self.plan.shop.stack}"

    def _entry(self, at: float, steps: Sequence[Step]) -> Entry:
        first = steps[0]
        resource = first.resource.partition(" ")[0]
        kind = {
            "service": self._tasks,
            "database": self._readers if first.what == "fewest readers" else self._capacity,
            "table": self._table,
            "cache": self._cache,
            "load": self._balancer,
            "quota": self._quota,
            "deployments": self._freeze,
        }.get(resource, self._deployed)
        return kind(at, steps)

    def _tasks(self, at: float, steps: Sequence[Step]) -> Entry:
        names = [step.resource.partition(" ")[2] for step in steps]
        counts = [round(_amount(step.after)) for step in steps]
        lead = max(step.lead for step in steps)
        on_ecs = [name for name in names if self._service(name).runs_on.runs_tasks]
        services = " ".join(map(self._named, on_ecs))
        running = f"aws ecs describe-services --cluster {self._cluster} --services {services}"
        checks = [f"{running} --query 'services[].[serviceName,runningCount]'"]
        remedies = [
            "aws application-autoscaling register-scalable-target --service-namespace ecs --scalable-dimension "
            f"ecs:service:DesiredCount --resource-id service/{self._cluster}/{self._named(name)} --min-capacity {count}"
            for name, count in zip(names, counts, strict=True)
            if name in on_ecs
        ]
        return Entry(
            at=at,
            who=BY_ITSELF,
            what=f"fewest tasks: {_moves(steps)}",
            sees=f"as many tasks run {max(1.0, lead / MINUTE):.0f} min later, at the latest"
            if _up(steps)
            else "no alarm",
            checks=tuple(checks) if on_ecs else (),
            otherwise=_late(steps) or "set the minimum by hand; pods: pulumi up",
            remedies=tuple(remedies) if _up(steps) else (),
        )

    def _capacity(self, at: float, steps: Sequence[Step]) -> Entry:
        checks, remedies = [], []
        for step in steps:
            name = step.resource.partition(" ")[2]
            database = next(one for one in self.plan.shop.data.databases if one.name == name)
            most = database.capacity.max_acu if isinstance(database.capacity, Serverless) else 0
            identifier = f"--db-cluster-identifier {self._named(name)}"
            checks.append(
                f"aws rds describe-db-clusters {identifier} "
                "--query 'DBClusters[0].ServerlessV2ScalingConfiguration.MinCapacity'"
            )
            remedies.append(
                f"aws rds modify-db-cluster {identifier} --serverless-v2-scaling-configuration "
                f"MinCapacity={_amount(step.after):g},MaxCapacity={most:g} --apply-immediately"
            )
        return self._scheduled(at, steps, "fewest ACU", checks, remedies)

    def _readers(self, at: float, steps: Sequence[Step]) -> Entry:
        remedies = [
            "aws application-autoscaling register-scalable-target --service-namespace rds --scalable-dimension "
            f"rds:cluster:ReadReplicaCount --resource-id cluster:{self._named(step.resource.partition(' ')[2])} "
            f"--min-capacity {_amount(step.after):g}"
            for step in steps
        ]
        checks = [
            f"aws rds describe-db-clusters --db-cluster-identifier {self._named(step.resource.partition(' ')[2])} "
            "--query 'DBClusters[0].DBClusterMembers[].DBInstanceIdentifier'"
            for step in steps
        ]
        return self._scheduled(at, steps, "fewest readers", checks, remedies)

    def _table(self, at: float, steps: Sequence[Step]) -> Entry:
        checks, remedies = [], []
        for step in steps:
            name = step.resource.partition(" ")[2]
            called = f"--table-name {self._named(name)}"
            warm = self.plan.warm.get(name)
            if step.what == "warm throughput" and warm is not None:
                change = f"--warm-throughput ReadUnitsPerSecond={warm.reads},WriteUnitsPerSecond={warm.writes}"
            else:
                field = "MaxReadRequestUnits" if step.what == "most reads" else "MaxWriteRequestUnits"
                change = f"--on-demand-throughput {field}={_amount(step.after):g}"
            checks.append(f"aws dynamodb describe-table {called} --query 'Table.[WarmThroughput,OnDemandThroughput]'")
            remedies.append(f"aws dynamodb update-table {called} {change}")
        return self._scheduled(at, steps, steps[0].what, checks, remedies)

    def _cache(self, at: float, steps: Sequence[Step]) -> Entry:
        checks, remedies = [], []
        for step in steps:
            name = self._named(step.resource.partition(" ")[2])
            if step.what == "fewest ECPU":
                called = f"--serverless-cache-name {name}"
                asked = "--query 'ServerlessCaches[0].CacheUsageLimits'"
                checks.append(f"aws elasticache describe-serverless-caches {called} {asked}")
                limit = f"--cache-usage-limits ECPUPerSecond={{Minimum={_amount(step.after):g}}}"
                remedies.append(f"aws elasticache modify-serverless-cache {called} {limit}")
            else:
                called, verb = f"--replication-group-id {name}", "increase" if _up([step]) else "decrease"
                asked = "--query 'ReplicationGroups[0].MemberClusters'"
                checks.append(f"aws elasticache describe-replication-groups {called} {asked}")
                count = f"--new-replica-count {_amount(step.after):g} --apply-immediately"
                remedies.append(f"aws elasticache {verb}-replica-count {called} {count}")
        return self._scheduled(at, steps, steps[0].what, checks, remedies)

    def _balancer(self, at: float, steps: Sequence[Step]) -> Entry:
        arn = f"--load-balancer-arn <{self._named('shop')}>"
        checks = [f"aws elbv2 describe-capacity-reservation {arn} --query CapacityReservationState"]
        change = f"--minimum-load-balancer-capacity CapacityUnits={_amount(steps[-1].after):g}"
        return self._scheduled(
            at, steps, "reserved LCU", checks, [f"aws elbv2 modify-capacity-reservation {arn} {change}"]
        )

    def _scheduled(
        self, at: float, steps: Sequence[Step], what: str, checks: Sequence[str], remedies: Sequence[str]
    ) -> Entry:
        return Entry(
            at=at,
            who=BY_ITSELF,
            what=f"{what}: {_moves(steps)}",
            sees=f"the check says so within a few minutes; {self._named('sale-calls-failing')} stays silent",
            checks=tuple(checks),
            otherwise=_late(steps) or "make the call by hand, or pulumi up",
            remedies=tuple(remedies),
        )

    def _quota(self, at: float, steps: Sequence[Step]) -> Entry:
        checks = []
        for step in steps:
            quota = quotas.QUOTAS[step.resource.partition(" ")[2]]
            if quota.code:
                service = f"--service-code {quota.service} --quota-code {quota.code}"
                checks.append(f"aws service-quotas get-service-quota {service} --query Quota.Value")
        by_program = steps[0].how.startswith("quota request")
        return Entry(
            at=at,
            who=DEPLOYER if by_program else LEAD,
            what=f"{'pulumi up requests' if by_program else 'a case with AWS Support for'} quotas: {_moves(steps)}",
            sees="the quota's value is the one asked for; AWS takes days, up to two weeks",
            checks=tuple(checks),
            otherwise=_late(steps) or "ask AWS Support; then note what was granted in quotas.granted",
        )

    def _freeze(self, at: float, steps: Sequence[Step]) -> Entry:
        frozen = steps[0].after == "frozen"
        return Entry(
            at=at,
            who=DEPLOYER,
            what="nothing is deployed from here on" if frozen else "deployments are open again",
            sees="the pipeline refuses a release" if frozen else "the next release goes through",
            otherwise="tell everybody who may deploy by hand"
            if frozen
            else "remove the event, or give it its next date",
        )

    def _deployed(self, at: float, steps: Sequence[Step]) -> Entry:
        return Entry(
            at=at,
            who=DEPLOYER,
            what=f"{WITH_A_DEPLOYMENT}: {_moves(steps)}",
            sees="a second preview changes nothing",
            checks=(f"pulumi preview -s {self.plan.shop.stack} --policy-pack policy",),
            otherwise=_late(steps) or "read what the policy pack says, mend it, and run it again",
        )

    def _service(self, name: str) -> Service:
        return next(one for one in self.plan.shop.services if one.name == name)


def _hand(step: Step) -> tuple[float, str, str]:
    """What happens at one time by one hand: one entry."""
    kind = step.resource.partition(" ")[0]
    if step.how == WITH_A_DEPLOYMENT:
        return step.at, "", step.how
    return step.at, kind, step.how if kind == "quota" else step.how + step.what


def _moves(steps: Sequence[Step]) -> str:
    return "; ".join(f"{_short(step)} {step.before} → {step.after}" for step in steps)


def _short(step: Step) -> str:
    kind, _, name = step.resource.partition(" ")
    return name if kind in ("service", "database", "table", "cache", "quota") and name else step.resource


def _late(steps: Sequence[Step]) -> str:
    return "; ".join(dict.fromkeys(step.late for step in steps if step.late))


def _up(steps: Sequence[Step]) -> bool:
    return any(_amount(step.after) > _amount(step.before) for step in steps)


def _amount(shown: str) -> float:
    """The number that a step shows with its unit."""
    return float(shown.split()[0].replace(",", ""))
