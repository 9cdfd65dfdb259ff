"""The sale day of a stack: calls at their times, quota requests, and the links that the policy pack proves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from aws_facts import quotas
from components import iam
from components.base import Component
from components.handles import EdgeHandle, KeyRing
from components.key_use import decrypt_schedules
from components.monitoring import counts
from components.sale.calls import LOAD_BALANCER, Call, calls
from components.site import Site
from sale.capacity_check import links
from sale.link import Link
from sale.measurements import doubts
from sale.plan import Plan

# A call that fails is tried again for an hour: what it raises is meant to stand an hour ahead, and what it lowers costs
# only money until somebody has read the alarm.
MAX_RETRY: Final = 3600  # seconds
RETRIES: Final = 20
_PERIOD: Final = 300  # seconds
_SOON: Final = 900  # seconds within which a deployment and a schedule may meet


@dataclass(frozen=True, kw_only=True)
class SaleDayArgs:
    site: Site
    keys: KeyRing
    plan: Plan
    """Plan of the settings' events; empty where there is none."""
    edge: EdgeHandle
    """Edge whose load balancer gets reserved capacity."""
    alert_topic_arn: pulumi.Output[str]
    after: Sequence[pulumi.Resource] = ()
    """Resources that exist before a call changes them."""


class SaleDay(Component):
    """Parts of a plan that no other tier deploys: schedules, quota requests, published links.

    Outputs `events` and `links` tell the policy pack's rule `sale-capacity` what the events ask of each resource, and
    `granted` tells `account-limits` which quotas AWS has raised.
    """

    tier = "sale"
    kind = "SaleDay"

    schedule_names: tuple[str, ...]

    def __init__(self, name: str, args: SaleDayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        self._args = args
        wanted = calls(args.plan, args.site, args.edge.load_balancer_name)
        if wanted:
            self._schedules(wanted)
        self._quotas(args.plan.quotas)
        self._tell(args.plan)
        self.schedule_names = tuple(call.name for call in wanted)
        found = links(args.plan)
        for link in found:
            if link.by_support and link.falls_short:
                self._advise(link)
        self.register_outputs(
            {
                "events": [event.name for event in args.plan.events],
                "granted": dict(args.plan.shop.quotas.granted),
                "links": [link.published() for link in found if not link.local],
            }
        )

    def _advise(self, link: Link) -> None:
        pulumi.log.warn(
            f"{link.name}: {link.required:,.0f} {link.unit} wanted for the sale, {link.provided:,.0f} there; ask AWS "
            f"Support for them, then set {link.setting}",
            self,
        )

    def _tell(self, plan: Plan) -> None:
        """Says when a change is due while a deployment may still run (what it declares was in force at its start), and
        which numbers nobody can vouch for."""
        change = plan.next_change()
        if change is not None and change.timestamp() - plan.now <= _SOON:
            pulumi.log.warn(
                f"saleday:saleEvents: capacity changes at {change.isoformat(timespec='minutes')}, perhaps in the midst "
                "of this deployment; run pulumi up again after it",
                self,
            )
        for event in plan.events:
            doubt = doubts(plan.shop, event, plan.now)
            if doubt is not None:
                pulumi.log.warn(f"saleday:saleEvents: {doubt}", self)

    def _schedules(self, wanted: Sequence[Call]) -> None:
        site, args = self.site, self._args
        group_name = site.named("sale")
        group = aws.scheduler.ScheduleGroup(
            self.child("schedules"), name=group_name, tags=self.tags(name=group_name), opts=self.opts()
        )
        role = self._role(group_name, wanted)
        for call in wanted:
            aws.scheduler.Schedule(
                self.child(call.name),
                name=f"sale-{call.name}",
                group_name=group.name,
                description=f"{call.api} for the sale",
                schedule_expression=call.when.expression,
                schedule_expression_timezone=call.when.time_zone,
                flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
                action_after_completion="NONE",  # what is done stays to be seen, and known to the stack
                # A deployment that comes too late leaves out what is past, in whatever order AWS would make it up.
                state="DISABLED" if call.when.is_past else "ENABLED",
                kms_key_arn=args.keys.data.arn,
                target=aws.scheduler.ScheduleTargetArgs(
                    arn=f"arn:aws:scheduler:::aws-sdk:{call.api}",
                    role_arn=role.arn,
                    input=self._input(call.parameters),
                    retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                        maximum_event_age_in_seconds=MAX_RETRY, maximum_retry_attempts=RETRIES
                    ),
                ),
                opts=self.opts(parent=group, depends_on=args.after, ignore_changes=_kept(call)),
            )
        self._alarm(group_name)

    def _input(self, parameters: Mapping[str, Any]) -> str | pulumi.Output[str]:
        if LOAD_BALANCER not in parameters:
            return json.dumps(parameters, sort_keys=True)
        return self._args.edge.load_balancer_arn.apply(
            lambda arn: json.dumps({**parameters, LOAD_BALANCER: arn}, sort_keys=True)
        )

    def _role(self, group_name: str, wanted: Sequence[Call]) -> aws.iam.Role:
        """The role of the calls: these actions on these resources, and their own encrypted input."""
        site = self.site
        role = aws.iam.Role(
            self.child("schedules"),
            name=group_name,
            description="Changes stores and the load balancer at the times of the sale's plan",
            assume_role_policy=iam.trust(
                "scheduler.amazonaws.com",
                account_id=site.account_id,
                source_arn=site.arn("scheduler", f"schedule-group/{group_name}"),
            ),
            tags=self.tags(name=group_name),
            opts=self.opts(),
        )
        resources: dict[str, set[str]] = {}
        for call in wanted:
            resources.setdefault(call.action, set()).add(call.resource)
        aws.iam.RolePolicy(
            self.child("schedules"),
            name="change-capacity",
            role=role.name,
            policy=iam.document(
                *(
                    iam.statement(action.partition(":")[2], [action], sorted(arns))
                    for action, arns in sorted(resources.items())
                ),
                decrypt_schedules(site, self._args.keys.data, group_name),
            ),
            opts=self.opts(parent=role),
        )
        return role

    def _alarm(self, group_name: str) -> None:
        failed = counts.Count(
            namespace="AWS/Scheduler",
            metric="TargetErrorCount",
            dimensions={"ScheduleGroup": group_name},
            period=_PERIOD,
        )
        counts.alarm(
            self,
            "calls-failing",
            name=self.site.named("sale", "calls-failing"),
            description=(
                "A change of capacity for the sale failed: what it should have raised is not there. "
                "Runbook: docs/sale-day.md#when-a-change-fails"
            ),
            count=failed,
            topic_arn=self._args.alert_topic_arn,
        )

    def _quotas(self, wanted: Mapping[str, float]) -> None:
        """Requests for what the account lacks, of the quotas that Service Quotas takes requests for.

        What AWS has applied by now is looked up: asked for less, the provider fails, and asked again for what is there,
        AWS refuses. A request that has been granted stays as it is, so that nothing changes with the grant.
        """
        if not self._args.plan.shop.quotas.request:
            return
        for name, value in wanted.items():
            quota = quotas.QUOTAS[name]
            if not quota.requestable or quota.service is None or quota.code is None:
                continue
            applied = aws.servicequotas.get_service_quota(service_code=quota.service, quota_code=quota.code).value
            aws.servicequotas.ServiceQuota(
                self.child("quota", name),
                service_code=quota.service,
                quota_code=quota.code,
                value=max(value, applied),
                opts=self.opts(ignore_changes=["value"] if applied >= value else None),
            )


def _kept(call: Call) -> list[str]:
    """What of a schedule stays as it was made: the state of one that is done, the time of one that moves."""
    if call.moves:
        return ["state", "schedule_expression", "schedule_expression_timezone"]
    return ["state"] if call.when.is_past else []
