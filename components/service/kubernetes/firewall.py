"""Security group of the nodes and its rules; between pods of the cluster, network policies decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.handles import EdgeHandle, NetworkHandle
from components.service.firewall import gateways
from components.stores.registry import Stores
from specs.services import Service

HTTPS: Final = 443
KUBELET: Final = 10250


class NodeFirewall:
    """The one group of all nodes, whose addresses pods share: Auto Mode knows no groups for single pods."""

    def __init__(
        self,
        tier: Component,
        network: NetworkHandle,
        services: Sequence[Service],
        stores: Stores,
        edge: EdgeHandle,
        control_plane_group_id: pulumi.Output[str],
    ) -> None:
        self._tier = tier
        physical = tier.site.named("nodes")
        self._group = aws.ec2.SecurityGroup(
            tier.child("nodes"),
            name=physical,
            description="Nodes of the EKS cluster and their pods: load balancer in, stores and AWS out",
            vpc_id=network.vpc_id,
            tags=tier.tags("internal", physical),
            opts=tier.opts(),
        )
        self.group_id = self._group.id
        self.rules: list[pulumi.Resource] = []
        self._leave("endpoints", HTTPS, referenced_security_group_id=network.endpoints_security_group_id)
        self._leave("s3", HTTPS, prefix_list_id=network.s3_prefix_list_id)
        # GuardDuty makes the endpoint that its agent reports through by itself, in a group that nobody else knows.
        self._leave("guardduty", HTTPS, cidr_ipv4=network.cidr)
        for name, prefix_list in gateways(network, services).items():
            self._leave(name, HTTPS, prefix_list_id=prefix_list)
        self._pair("nodes", self.group_id, "control-plane", control_plane_group_id, HTTPS)
        self._pair("control-plane", control_plane_group_id, "nodes", self.group_id, KUBELET)
        for port in sorted({service.port for service in services}):
            self._pair("nodes", self.group_id, "nodes", self.group_id, port)
        for port in sorted({service.port for service in services if service.is_public}):
            self._pair("load-balancer", edge.load_balancer_security_group_id, "nodes", self.group_id, port)
        for kind, name, one in stores.listeners(services):
            self._pair("nodes", self.group_id, f"{kind}-{name}", one.security_group_id, one.port, one.last_port)

    def _leave(self, target: str, port: int, **where: pulumi.Input[str]) -> None:
        tier = self._tier
        self.rules.append(
            aws.vpc.SecurityGroupEgressRule(
                tier.child("nodes", "to", "aws", target),
                security_group_id=self.group_id,
                description=f"nodes to AWS: {target}",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                tags=tier.tags("internal"),
                opts=tier.opts(parent=self._group),
                **where,
            )
        )

    def _pair(
        self,
        source: str,
        source_group: pulumi.Output[str],
        target: str,
        target_group: pulumi.Output[str],
        port: int,
        last_port: int | None = None,
    ) -> None:
        """Let `source` connect to `target`: out of the one group, into the other."""
        tier = self._tier
        common: dict[str, Any] = {
            "description": f"{source} to {target}",
            "ip_protocol": "tcp",
            "from_port": port,
            "to_port": last_port or port,
            "tags": tier.tags("internal"),
        }
        self.rules.append(
            aws.vpc.SecurityGroupIngressRule(
                tier.child(target, "from", source, str(port)),
                security_group_id=target_group,
                referenced_security_group_id=source_group,
                opts=tier.opts(parent=self._group),
                **common,
            )
        )
        if source != "control-plane":  # EKS lets its own group out to everywhere
            self.rules.append(
                aws.vpc.SecurityGroupEgressRule(
                    tier.child(source, "to", target, str(port)),
                    security_group_id=source_group,
                    referenced_security_group_id=target_group,
                    opts=tier.opts(parent=self._group),
                    **common,
                )
            )
