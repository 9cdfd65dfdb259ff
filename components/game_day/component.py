"""Experiments of FIS on the stack, who may start them, and when nobody may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.game_day.experiments import Step, Targets, Tasks, experiments, statements
from components.game_day.lever import make_lever
from components.game_day.starter import STARTER, make_starter
from components.handles import EdgeHandle, KeyRing, NetworkHandle, ServiceHandle
from components.site import Site
from components.stores.caches import CACHES
from components.stores.databases import DATABASES
from components.stores.registry import Stores
from sale.plan import Plan
from specs import game_days as specs

MAX_STOP_CONDITIONS: Final = 5  # of one experiment template (FIS user guide, "Quotas")
LOG_SCHEMA: Final = 2  # version of FIS's log records


@dataclass(frozen=True, kw_only=True)
class GameDayArgs:
    site: Site
    keys: KeyRing
    plan: Plan
    """Whose shop says what a game day may do; without that nothing is made. Nothing is started in its freezes."""
    services: Mapping[str, ServiceHandle]
    """Whose tasks are stopped."""
    cluster_name: str
    budget_alarms: Mapping[str, str]
    """By service: the alarm that ends an experiment."""
    stores: Stores
    network: NetworkHandle
    edge: EdgeHandle
    log_retention_days: int
    after: Sequence[pulumi.Resource] = ()
    """What has to be there first: the alarms."""


class GameDay(Component):
    """One experiment template a fault, and a role that starts them outside freezes and sales."""

    tier = "game-day"
    kind = "GameDay"

    templates: Mapping[specs.Fault, aws.fis.ExperimentTemplate]

    def __init__(self, name: str, args: GameDayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        self._args = args
        self.templates = {}
        self._now = datetime.fromtimestamp(args.plan.now, UTC)
        shop = args.plan.shop
        if shop.game_day is not None:
            coming = [one for one in args.plan.shop.freezes if one.end > self._now]
            self._targets = _targets(args, shop.game_day)
            fitting = specs.faults(shop.game_day, shop.network.zones, shop.services, shop.data)
            wanted = experiments(fitting, args.site, self._targets)
            role, may = self._role([step for steps in wanted.values() for step in steps])
            logs = self._logs()
            self.templates = {
                fault: self._template(fault, steps, role, logs, [may, *args.after]) for fault, steps in wanted.items()
            }
            make_starter(self, shop.game_day, coming)
            make_lever(self, args.keys.data, coming, self._now)
            if shop.game_day.practice:
                self._practice()
        self.register_outputs({"experiments": {fault: one.id for fault, one in self.templates.items()}})

    @property
    def stop_alarms(self) -> list[str]:
        """Names of the alarms that end an experiment: error budgets of the services that customers reach."""
        services, alarms = self._args.services, self._args.budget_alarms
        reached = [one.name for one in services.values() if one.target_group_arn_suffix is not None]
        return [alarms[name] for name in reached if name in alarms][:MAX_STOP_CONDITIONS]

    def _template(
        self,
        fault: specs.Fault,
        steps: Sequence[Step],
        role: aws.iam.Role,
        logs: aws.cloudwatch.LogGroup,
        after: Sequence[pulumi.Resource],
    ) -> aws.fis.ExperimentTemplate:
        name = self.site.named(STARTER, fault)
        return aws.fis.ExperimentTemplate(
            self.child(fault),
            description=f"{self.site.prefix}: {fault}",
            role_arn=role.arn,
            actions=[_action(step) for step in steps],
            targets=[_target(step) for step in steps],
            stop_conditions=[
                aws.fis.ExperimentTemplateStopConditionArgs(
                    source="aws:cloudwatch:alarm", value=self.site.arn("cloudwatch", f"alarm:{alarm}")
                )
                for alarm in self.stop_alarms
            ],
            # A target that matches nothing fails the experiment instead of being passed over.
            experiment_options=aws.fis.ExperimentTemplateExperimentOptionsArgs(
                account_targeting="single-account", empty_target_resolution_mode="fail"
            ),
            log_configuration=aws.fis.ExperimentTemplateLogConfigurationArgs(
                log_schema_version=LOG_SCHEMA,
                cloudwatch_logs_configuration=aws.fis.ExperimentTemplateLogConfigurationCloudwatchLogsConfigurationArgs(
                    log_group_arn=logs.arn.apply(lambda arn: f"{arn}:*")
                ),
            ),
            tags=self.tags(name=name),
            opts=self.opts(depends_on=after),
        )

    def _role(self, steps: Sequence[Step]) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        site = self.site
        name = site.named("fis")
        role = aws.iam.Role(
            self.child("fis"),
            name=name,
            description="Makes the faults of game days, on this stack alone",
            assume_role_policy=iam.trust(
                "fis.amazonaws.com", account_id=site.account_id, source_arn=site.arn("fis", "experiment/*")
            ),
            tags=self.tags(name=name),
            opts=self.opts(),
        )
        may = aws.iam.RolePolicy(
            self.child("fis"),
            name="make-faults",
            role=role.name,
            policy=iam.document(
                *statements(site, self._targets, steps),
                # For logs to CloudWatch; these actions know no resources (FIS user guide, "Experiment logging").
                iam.statement(
                    "DeliverLogs",
                    [
                        "logs:CreateLogDelivery",
                        "logs:DescribeLogGroups",
                        "logs:DescribeResourcePolicies",
                        "logs:PutResourcePolicy",
                    ],
                    ["*"],
                ),
            ),
            opts=self.opts(parent=role),
        )
        return role, may

    def _logs(self) -> aws.cloudwatch.LogGroup:
        # A group of this prefix needs no policy of its own, of which an account has ten.
        name = f"/aws/vendedlogs/fis/{self.site.prefix}"
        return aws.cloudwatch.LogGroup(
            self.child("logs"),
            name=name,
            retention_in_days=self._args.log_retention_days,
            kms_key_id=self._args.keys.logs.arn,
            tags=self.tags(name=name),
            opts=self.opts(),
        )

    def _practice(self) -> None:
        dates = specs.blocked_dates(self._args.plan.shop.freezes, self._now)
        if len(dates) > specs.MAX_BLOCKED_DATES:
            pulumi.log.warn(
                f"gameDay.practice: ARC blocks {specs.MAX_BLOCKED_DATES} dates at most (got {len(dates)} of freezes "
                "and sales); no practice run is set up until fewer are ahead",
                self,
            )
            return
        aws.arczonalshift.ZonalAutoshiftConfiguration(
            self.child("practice"),
            resource_arn=self._args.edge.load_balancer_arn,
            zonal_autoshift_status="ENABLED",
            blocked_dates=dates,
            outcome_alarms=[
                aws.arczonalshift.ZonalAutoshiftConfigurationOutcomeAlarmArgs(
                    type="CLOUDWATCH", alarm_identifier=self.site.arn("cloudwatch", f"alarm:{alarm}")
                )
                for alarm in self.stop_alarms
            ],
            opts=self.opts(depends_on=self._args.after),
        )


def _targets(args: GameDayArgs, game_day: specs.GameDay) -> Targets:
    shop, network = args.plan.shop, args.network
    databases = {name: one.cluster_identifier for name, one in args.stores.of(DATABASES).items()}
    on_nodes = {cache.name for cache in shop.data.caches if cache.serverless is None}
    lost = shop.network.zones.index(game_day.zone or shop.network.zones[-1])
    layers = (network.public_subnet_ids, network.app_subnet_ids, network.data_subnet_ids)
    return Targets(
        cluster_name=args.cluster_name,
        tasks=[
            Tasks(
                service=spec.name,
                service_name=args.services[spec.name].service_name,
                min_tasks=spec.scaling.min,
                on_spot=specs.takes_spot_tasks(spec),
            )
            for spec in shop.services
            if specs.takes_tasks(spec)
        ],
        databases=databases,
        orders_database=specs.orders_database(shop.services, shop.data),
        caches={name: one.physical_name for name, one in args.stores.of(CACHES).items() if name in on_nodes},
        subnet_ids=[layer[lost] for layer in layers if len(layer) > lost],
        zone=args.site.zones[lost],
        minutes=game_day.minutes,
    )


def _action(step: Step) -> aws.fis.ExperimentTemplateActionArgs:
    return aws.fis.ExperimentTemplateActionArgs(
        name=step.name,
        action_id=step.action,
        target=aws.fis.ExperimentTemplateActionTargetArgs(key=step.takes, value=step.name),
        parameters=[
            aws.fis.ExperimentTemplateActionParameterArgs(key=key, value=value)
            for key, value in sorted(step.parameters.items())
        ],
    )


def _target(step: Step) -> aws.fis.ExperimentTemplateTargetArgs:
    return aws.fis.ExperimentTemplateTargetArgs(
        name=step.name,
        resource_type=step.resource_type,
        selection_mode=step.selection,
        resource_arns=list(step.resource_arns) or None,
        parameters=dict(step.target_parameters) or None,
        filters=[
            aws.fis.ExperimentTemplateTargetFilterArgs(path=path, values=list(values))
            for path, values in sorted(step.filters.items())
        ]
        or None,
    )
