"""The VPC: three tiers of subnets over the zones, fenced by NACLs, joined to AWS by endpoints, watched by flow logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

from components import iam
from components.base import Component
from components.handles import KeyHandle, NetworkHandle
from components.network import endpoints, nacl
from components.site import Site
from specs.addresses import AddressPlan
from specs.compute import ComputeKind
from specs.compute_kinds import FARGATE
from specs.network import NatStrategy, Network

FLOW_LOG_INTERVAL: Final = 60  # seconds; the shorter of the two that AWS offers, as a sale is over in minutes

_NAT: Final[dict[NatStrategy, awsx.ec2.NatGatewayStrategy]] = {
    "perZone": awsx.ec2.NatGatewayStrategy.ONE_PER_AZ,
    "single": awsx.ec2.NatGatewayStrategy.SINGLE,
    "none": awsx.ec2.NatGatewayStrategy.NONE,
}


@dataclass(frozen=True, kw_only=True)
class VpcArgs:
    site: Site
    network: Network
    plan: AddressPlan
    store_ports: Sequence[int]
    """Ports that the stores in the data subnets listen on."""
    takes_customers: bool
    """Whether customers reach a load balancer in the public subnets, rather than through CloudFront's VPC origin."""
    logs_key: KeyHandle
    compute: frozenset[ComputeKind] = frozenset({FARGATE.name})
    """Compute kinds of the services: instances need endpoints that Fargate tasks do not."""


class Vpc(Component):
    """The network of one stack. The skeleton is `awsx.ec2.Vpc`; the fences around it are plain `aws` resources."""

    tier = "network"
    kind = "Vpc"

    handle: NetworkHandle

    def __init__(self, name: str, args: VpcArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        plan, zones = args.plan, len(args.site.zones)
        net = self._skeleton(args)
        subnet_ids = {
            "public": net.public_subnet_ids,
            "app": net.private_subnet_ids,
            "data": net.isolated_subnet_ids,
        }
        aws.ec2.DefaultSecurityGroup(
            self.child("default"),
            vpc_id=net.vpc_id,
            ingress=[],
            egress=[],
            tags=self.tags(name=args.site.named("default-closed")),
            opts=self.opts(parent=net),
        )
        tables = {
            "public": nacl.public_tier(plan.vpc, takes_customers=args.takes_customers),
            "app": nacl.app_tier(plan.vpc, takes_origin_traffic=not args.takes_customers),
            "data": nacl.data_tier(plan.app, plan.data, args.store_ports),
        }
        for tier, rules in tables.items():
            self._fence(tier, net, subnet_ids[tier], rules)
        self._flow_logs(args, net)
        gateways = self._gateway_endpoints(args, net)
        self.handle = NetworkHandle(
            vpc_id=net.vpc_id,
            cidr=str(plan.vpc),
            public_subnet_ids=_each(subnet_ids["public"], zones),
            app_subnet_ids=_each(subnet_ids["app"], zones),
            data_subnet_ids=_each(subnet_ids["data"], zones),
            app_cidrs=tuple(map(str, plan.app)),
            endpoints_security_group_id=self._interface_endpoints(args, net, subnet_ids["app"]),
            s3_prefix_list_id=gateways["s3"].prefix_list_id,
            dynamodb_prefix_list_id=gateways["dynamodb"].prefix_list_id,
        )
        self.register_outputs({"vpcId": net.vpc_id, **{f"{tier}SubnetIds": ids for tier, ids in subnet_ids.items()}})

    def _skeleton(self, args: VpcArgs) -> awsx.ec2.Vpc:
        subnet_types = {
            "public": awsx.ec2.SubnetType.PUBLIC,
            "app": awsx.ec2.SubnetType.PRIVATE,
            "data": awsx.ec2.SubnetType.ISOLATED,
        }
        return awsx.ec2.Vpc(
            self._prefix,
            cidr_block=str(args.plan.vpc),
            availability_zone_names=list(args.site.zones),
            enable_dns_hostnames=True,
            enable_dns_support=True,
            nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(strategy=_NAT[args.network.nat]),
            # AUTO is the one strategy that keeps the plan's own blocks and allows room between them.
            subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
            subnet_specs=[
                awsx.ec2.SubnetSpecArgs(
                    type=subnet_type, name=tier, cidr_blocks=[str(cidr) for cidr in getattr(args.plan, tier)]
                )
                for tier, subnet_type in subnet_types.items()
            ],
            tags=self.tags(),
            opts=self.opts(transforms=[_no_public_addresses]),
        )

    def _fence(
        self, tier: str, net: awsx.ec2.Vpc, subnet_ids: pulumi.Output[Sequence[str]], rules: Sequence[nacl.Rule]
    ) -> None:
        acl = aws.ec2.NetworkAcl(
            self.child(tier),
            vpc_id=net.vpc_id,
            subnet_ids=subnet_ids,
            tags=self.tags(name=self.site.named(tier)),
            opts=self.opts(),
        )
        for number, rule in nacl.numbered(rules):
            aws.ec2.NetworkAclRule(
                self.child(tier, "out" if rule.egress else "in", str(number)),
                network_acl_id=acl.id,
                rule_number=number,
                egress=rule.egress,
                protocol="tcp",
                rule_action="allow",
                cidr_block=str(rule.cidr),
                from_port=rule.first_port,
                to_port=rule.last_port,
                # AWS takes no second rule of a number, so the old one goes first.
                opts=self.opts(parent=acl, delete_before_replace=True),
            )

    def _flow_logs(self, args: VpcArgs, net: awsx.ec2.Vpc) -> None:
        site, physical = args.site, args.site.named("flow")
        group_name = f"/{site.project}/{site.stack}/vpc-flow"
        group = aws.cloudwatch.LogGroup(
            self.child("flow"),
            name=group_name,
            retention_in_days=args.network.flow_log_retention_days,
            kms_key_id=args.logs_key.arn,
            tags=self.tags("confidential", physical),
            opts=self.opts(),
        )
        role = aws.iam.Role(
            self.child("flow"),
            name=physical,
            description="Lets VPC flow logs write to their log group",
            assume_role_policy=iam.trust(
                "vpc-flow-logs.amazonaws.com",
                account_id=site.account_id,
                source_arn=site.arn("ec2", "vpc-flow-log/*"),
            ),
            tags=self.tags(name=physical),
            opts=self.opts(),
        )
        write = aws.iam.RolePolicy(
            self.child("flow"),
            name="write-flow-logs",
            role=role.name,
            policy=iam.document(
                iam.statement(
                    "WriteFlowLogs",
                    ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    [site.arn("logs", f"log-group:{group_name}:*")],
                ),
                # Takes no resource narrower than all groups of the account.
                iam.statement("FindLogGroup", ["logs:DescribeLogGroups"], [site.arn("logs", "log-group:*")]),
            ),
            opts=self.opts(parent=role),
        )
        aws.ec2.FlowLog(
            self.child("flow"),
            vpc_id=net.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=FLOW_LOG_INTERVAL,
            tags=self.tags("confidential", physical),
            opts=self.opts(depends_on=[write]),
        )

    def _gateway_endpoints(self, args: VpcArgs, net: awsx.ec2.Vpc) -> dict[str, aws.ec2.VpcEndpoint]:
        # apply flattens the inner output, which its type does not say.
        route_tables = cast("pulumi.Output[Sequence[str]]", net.route_tables.apply(_ids))
        return {
            service: aws.ec2.VpcEndpoint(
                self.child(service),
                vpc_id=net.vpc_id,
                vpc_endpoint_type="Gateway",
                service_name=f"com.amazonaws.{self.site.region}.{service}",
                route_table_ids=route_tables,
                policy=endpoints.policy(self.site, service, actions, args.compute),
                tags=self.tags(name=self.site.named(service)),
                opts=self.opts(),
            )
            for service, actions in endpoints.GATEWAY_ACTIONS.items()
        }

    def _interface_endpoints(
        self, args: VpcArgs, net: awsx.ec2.Vpc, app_subnet_ids: pulumi.Output[Sequence[str]]
    ) -> pulumi.Output[str]:
        """Interface endpoints in the app subnets; returns their security group's id."""
        group = aws.ec2.SecurityGroup(
            self.child("endpoints"),
            name=args.site.named("endpoints"),
            description="Interface endpoints: HTTPS from the app subnets",
            vpc_id=net.vpc_id,
            tags=self.tags(name=args.site.named("endpoints")),
            opts=self.opts(),
        )
        for zone, cidr in zip(args.site.zones, args.plan.app, strict=True):
            aws.vpc.SecurityGroupIngressRule(
                self.child("endpoints", "from", zone),
                security_group_id=group.id,
                description=f"HTTPS from the app subnet of {zone}",
                cidr_ipv4=str(cidr),
                ip_protocol="tcp",
                from_port=nacl.HTTPS,
                to_port=nacl.HTTPS,
                tags=self.tags(),
                opts=self.opts(parent=group),
            )
        first_only = args.network.endpoints == "firstZone"
        subnet_ids = app_subnet_ids.apply(lambda ids: list(ids)[:1]) if first_only else app_subnet_ids
        for service, actions in endpoints.interface_actions(args.compute).items():
            aws.ec2.VpcEndpoint(
                self.child(service.replace(".", "-")),
                vpc_id=net.vpc_id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{args.site.region}.{service}",
                subnet_ids=subnet_ids,
                security_group_ids=[group.id],
                private_dns_enabled=True,
                policy=endpoints.policy(args.site, service, actions),
                tags=self.tags(name=args.site.named(service.replace(".", "-"))),
                opts=self.opts(),
            )
        return group.id


def _no_public_addresses(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """awsx assigns public addresses in public subnets and has no argument against it; none are needed."""
    if args.type_ != "aws:ec2/subnet:Subnet":
        return None
    return pulumi.ResourceTransformResult(props={**args.props, "mapPublicIpOnLaunch": False}, opts=args.opts)


def _ids(tables: Sequence[aws.ec2.RouteTable]) -> pulumi.Output[list[str]]:
    return pulumi.Output.all(*(table.id for table in tables))


def _each(ids: pulumi.Output[Sequence[str]], count: int) -> list[pulumi.Output[str]]:
    """A list of known length, from an output whose length is unknown."""
    return [ids.apply(lambda known, position=position: known[position]) for position in range(count)]
