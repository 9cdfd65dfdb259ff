"""Instances of EC2 under the ECS cluster: two Auto Scaling groups, each a capacity provider.

Two, because a warm pool holds instances on demand only, and Spot has no place for what keeps something: the first group
is on demand with a warm pool, the second adds Spot above an on-demand base and serves stateless services alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi_aws.autoscaling import GroupMixedInstancesPolicyArgs as Mixed
from pulumi_aws.autoscaling import GroupMixedInstancesPolicyInstancesDistributionArgs as Distribution
from pulumi_aws.autoscaling import GroupMixedInstancesPolicyLaunchTemplateArgs as Templates
from pulumi_aws.autoscaling import GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs as Template
from pulumi_aws.autoscaling import GroupMixedInstancesPolicyLaunchTemplateOverrideArgs as Override
from pulumi_aws.ecs import CapacityProviderAutoScalingGroupProviderArgs as GroupProvider
from pulumi_aws.ecs import CapacityProviderAutoScalingGroupProviderManagedScalingArgs as ManagedScaling

from components import iam
from components.base import Component
from components.handles import KeyRing, NetworkHandle
from components.service import instance_scaling
from components.service.launch import launch_template
from components.site import Site
from specs import compute
from specs.observability import OperatingHours

WARMUP: Final = 120  # seconds from launch to a registered instance, in which its metrics do not count
# ECS fills instances up: what keeps room for a surge is the warm pool and the tasks' own targets.
TARGET_CAPACITY: Final = 100  # percent
_DAY: Final = 86_400  # seconds
_HTTPS: Final = 443
# Replace before taking away: a full group stays full.
_MINIMUM_HEALTHY: Final = 100  # percent
_MAXIMUM_HEALTHY: Final = 110  # percent
ON_DEMAND, SPOT = "ondemand", "spot"


@dataclass(frozen=True, kw_only=True)
class InstancesArgs:
    site: Site
    network: NetworkHandle
    keys: KeyRing
    instances: compute.Instances
    cluster: aws.ecs.Cluster
    cluster_name: str
    with_spot: bool
    """Whether a service asks for Spot."""
    alert_topic_arn: pulumi.Output[str]
    operating_hours: OperatingHours | None = None
    is_off: bool = False
    """Whether operating hours have switched the stack off."""


class Instances(Component):
    """The instances that an ECS cluster can place tasks on."""

    tier = "service"
    kind = "Instances"

    providers: list[pulumi.Output[str]]
    """Names of the capacity providers, to be attached to the cluster."""

    def __init__(self, name: str, args: InstancesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        self._args = args
        role, allowed = self._role()
        profile = aws.iam.InstanceProfile(
            self.child("profile"),
            name=args.site.named("instances"),
            role=role.name,
            tags=self.tags("internal"),
            opts=self.opts(parent=role),
        )
        template = launch_template(
            self,
            args.keys,
            cluster_name=args.cluster_name,
            instance_type=args.instances.types[0],
            volume_gb=args.instances.volume_gb,
            profile=profile,
            group_id=self._firewall(),
        )
        names = [ON_DEMAND, *([SPOT] if args.with_spot else [])]
        groups = {kind: self._group(kind, template, allowed) for kind in names}
        self.providers = [self._capacity_provider(kind, group).name for kind, group in groups.items()]
        for kind, group in groups.items():
            instance_scaling.scale(
                self,
                instance_scaling.ScalingArgs(
                    kind=kind,
                    group=group,
                    instances=args.instances,
                    fewest=self._fewest(kind),
                    cluster_name=args.cluster_name,
                    alert_topic_arn=args.alert_topic_arn,
                    operating_hours=args.operating_hours,
                ),
            )
        self.register_outputs({"providerNames": self.providers})

    def _fewest(self, kind: str) -> int:
        instances = self._args.instances
        return instances.spot_base if kind == SPOT else instances.min

    def _group(
        self, kind: str, template: aws.ec2.LaunchTemplate, allowed: Sequence[pulumi.Resource]
    ) -> aws.autoscaling.Group:
        args, instances = self._args, self._args.instances
        is_spot = kind == SPOT
        physical = args.site.named(kind)
        return aws.autoscaling.Group(
            self.child(kind),
            name=physical,
            vpc_zone_identifiers=args.network.app_subnet_ids,
            min_size=0 if args.is_off else self._fewest(kind),
            max_size=instances.max,
            mixed_instances_policy=Mixed(
                launch_template=Templates(
                    launch_template_specification=Template(
                        launch_template_id=template.id,
                        # The number, so that a new version is a change of the group and starts a refresh.
                        version=template.latest_version.apply(str),
                    ),
                    overrides=[Override(instance_type=one) for one in instances.types],
                ),
                instances_distribution=Distribution(
                    on_demand_allocation_strategy="prioritized",
                    on_demand_base_capacity=instances.spot_base if is_spot else 0,
                    on_demand_percentage_above_base_capacity=100 - instances.spot_percent if is_spot else 100,
                    spot_allocation_strategy="price-capacity-optimized",
                ),
            ),
            # A Spot instance at risk is replaced before it is taken back.
            capacity_rebalance=is_spot,
            warm_pool=self._warm_pool() if instances.warm and not is_spot else None,
            # Both are ECS's to decide: it protects every instance that runs a task, and drains one before it goes.
            protect_from_scale_in=True,
            force_delete=not args.site.production,
            force_delete_warm_pool=not args.site.production,
            health_check_type="EC2",
            health_check_grace_period=WARMUP,
            default_instance_warmup=WARMUP,
            max_instance_lifetime=instances.max_age_days * _DAY,
            instance_maintenance_policy=aws.autoscaling.GroupInstanceMaintenancePolicyArgs(
                min_healthy_percentage=_MINIMUM_HEALTHY, max_healthy_percentage=_MAXIMUM_HEALTHY
            ),
            instance_refresh=aws.autoscaling.GroupInstanceRefreshArgs(
                strategy="Rolling",
                preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(
                    min_healthy_percentage=_MINIMUM_HEALTHY,
                    max_healthy_percentage=_MAXIMUM_HEALTHY,
                    instance_warmup=str(WARMUP),
                    scale_in_protected_instances="Refresh",
                    # Auto Scaling can't roll back to an AMI that was found by a parameter.
                    auto_rollback=False,
                ),
            ),
            metrics_granularity="1Minute",
            enabled_metrics=list(instance_scaling.GROUP_METRICS),
            service_linked_role_arn=args.site.iam_arn(f"role/{compute.AUTO_SCALING_ROLE}{args.site.prefix}"),
            wait_for_capacity_timeout="0",  # the first instances register while services are made
            tags=self._group_tags(physical),
            opts=self.opts(depends_on=[args.cluster, *allowed], ignore_changes=["desired_capacity"]),
        )

    def _warm_pool(self) -> aws.autoscaling.GroupWarmPoolArgs:
        return aws.autoscaling.GroupWarmPoolArgs(
            pool_state="Stopped",
            min_size=self._args.instances.warm,
            # Without it the pool would hold all that the group may still grow by.
            max_group_prepared_capacity=max(self._args.instances.min, 1) + self._args.instances.warm,
            # An instance that has run tasks does not come back into the pool.
            instance_reuse_policy=aws.autoscaling.GroupWarmPoolInstanceReusePolicyArgs(reuse_on_scale_in=False),
        )

    def _group_tags(self, physical: str) -> list[aws.autoscaling.GroupTagArgs]:
        # ECS adds the last one itself once the group is a capacity provider; unsaid, it would be taken away again.
        tags = self.tags("confidential", physical) | {"AmazonECSManaged": "true"}
        return [
            aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=True) for key, value in tags.items()
        ]

    def _capacity_provider(self, kind: str, group: aws.autoscaling.Group) -> aws.ecs.CapacityProvider:
        return aws.ecs.CapacityProvider(
            self.child(kind, "provider"),
            name=provider_name(self.site, kind),
            auto_scaling_group_provider=GroupProvider(
                auto_scaling_group_arn=group.arn,
                managed_draining="ENABLED",
                managed_termination_protection="ENABLED",
                managed_scaling=ManagedScaling(
                    status="ENABLED",
                    target_capacity=TARGET_CAPACITY,
                    instance_warmup_period=WARMUP,
                    minimum_scaling_step_size=1,
                    maximum_scaling_step_size=self._args.instances.max,
                ),
            ),
            tags=self.tags("internal", provider_name(self.site, kind)),
            opts=self.opts(parent=group),
        )

    def _firewall(self) -> pulumi.Output[str]:
        """The group of the instances themselves: out by HTTPS for agents, images and logs; nobody in.

        To anywhere, as the relay of Service Connect, which the agent runs in the instance's own network, speaks to
        `ecs-sc.<region>.api.aws` (aws/amazon-ecs-agent, `serviceconnect/manager_linux.go`), for which AWS offers no
        endpoint (ECS developer guide, "Amazon ECS interface VPC endpoints"). Tasks have groups of their own.
        """
        physical = self.site.named("instances")
        group = aws.ec2.SecurityGroup(
            self.child("group"),
            name=physical,
            description="Instances of the ECS cluster: nobody in, HTTPS out; tasks have groups of their own",
            vpc_id=self._args.network.vpc_id,
            tags=self.tags("internal", physical),
            opts=self.opts(),
        )
        aws.vpc.SecurityGroupEgressRule(
            self.child("to", "aws"),
            security_group_id=group.id,
            description="instances to AWS: endpoints, S3, and by NAT what has no endpoint",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            tags=self.tags("internal"),
            opts=self.opts(parent=group),
        )
        return group.id

    def _role(self) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        """Instance role: ECS in this cluster alone, and Systems Manager in place of SSH."""
        site, cluster_name = self.site, self._args.cluster_name
        role = aws.iam.Role(
            self.child("role"),
            name=site.named("instances"),
            description=f"{site.prefix}: agents of the ECS cluster's instances",
            assume_role_policy=iam.trust("ec2.amazonaws.com", account_id=site.account_id, names_source=False),
            tags=self.tags("internal"),
            opts=self.opts(),
        )
        instances = [site.arn("ecs", f"container-instance/{cluster_name}/*")]
        agent = aws.iam.RolePolicy(
            self.child("policy"),
            name="agent",
            role=role.name,
            policy=iam.document(
                iam.statement(
                    "RegisterInCluster",
                    [
                        "ecs:DeregisterContainerInstance",
                        "ecs:RegisterContainerInstance",
                        "ecs:SubmitAttachmentStateChanges",
                        "ecs:SubmitContainerStateChange",
                        "ecs:SubmitTaskStateChange",
                    ],
                    [site.arn("ecs", f"cluster/{cluster_name}")],
                ),
                iam.statement(
                    "WorkInCluster",
                    ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"],
                    instances,
                ),
                # Takes no resource.
                iam.statement("FindEndpoint", ["ecs:DiscoverPollEndpoint"], ["*"]),
            ),
            opts=self.opts(parent=role),
        )
        systems_manager = aws.iam.RolePolicyAttachment(
            self.child("systems-manager"),
            role=role.name,
            policy_arn=site.managed_policy_arn("AmazonSSMManagedInstanceCore"),
            opts=self.opts(parent=role),
        )
        return role, [agent, systems_manager]


def provider_name(site: Site, kind: str) -> str:
    """The capacity provider of a group, known before it exists."""
    return site.named(kind)
