"""Security groups of services and jobs, with a rule at either end of each allowed connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.handles import EdgeHandle, NetworkHandle
from components.stores.registry import KINDS, Stores
from specs.jobs import Job
from specs.services import Service
from specs.workloads import Workload

HTTPS: Final = 443


class Firewall:
    """The groups of all services and jobs, and the rules between them, the load balancer, the stores and the VPC's
    endpoints."""

    def __init__(
        self,
        tier: Component,
        network: NetworkHandle,
        services: Sequence[Service],
        stores: Stores,
        edge: EdgeHandle,
        jobs: Sequence[Job] = (),
    ) -> None:
        self._tier = tier
        workloads: Sequence[Workload] = (*services, *jobs)
        self._groups = {one.name: self._group(one, network.vpc_id) for one in workloads}
        self._rules: dict[str, list[pulumi.Resource]] = {one.name: [] for one in workloads}
        ports = {service.name: service.port for service in services}
        for service in services:
            name = service.name
            if service.is_public:
                group_id = edge.load_balancer_security_group_id
                self._open("load-balancer", group_id, name, self.group_id(name), ports[name], "service")
            for callee in sorted(set(service.calls)):
                self._open(name, self.group_id(name), callee, self.group_id(callee), ports[callee], "service")
        for workload in workloads:
            self._to_aws(workload, network)
            self._to_stores(workload, stores)

    def _to_stores(self, workload: Workload, stores: Stores) -> None:
        name = workload.name
        for kind, store, one in stores.listeners([workload]):
            span = one.last_port - one.port + 1
            self._open(name, self.group_id(name), store, one.security_group_id, one.port, kind, span)

    def group_id(self, service: str) -> pulumi.Output[str]:
        """The group that the service's tasks are in."""
        return self._groups[service].id

    def rules(self, service: str) -> list[pulumi.Resource]:
        """The rules that the service's tasks need to start and to work."""
        return self._rules[service]

    def _group(self, service: Workload, vpc_id: pulumi.Output[str]) -> aws.ec2.SecurityGroup:
        tier = self._tier
        physical = tier.site.named(service.name, "tasks")
        return aws.ec2.SecurityGroup(
            tier.child(service.name, "group"),
            name=physical,
            description=f"Tasks of {service.name}: its callers in, what it uses out",
            vpc_id=vpc_id,
            tags=tier.tags("internal", physical),
            opts=tier.opts(),
        )

    def _to_aws(self, service: Workload, network: NetworkHandle) -> None:
        """Out to AWS's own APIs, and never further: image layers are in S3, the rest is behind endpoints."""
        tier, source = self._tier, service.name
        out = {"endpoints": {"referenced_security_group_id": network.endpoints_security_group_id}}
        out["s3"] = {"prefix_list_id": network.s3_prefix_list_id}
        # GuardDuty makes the endpoint that its agent reports through by itself, in a group that nobody else knows.
        out["guardduty"] = {"cidr_ipv4": network.cidr}
        out |= {name: {"prefix_list_id": one} for name, one in gateways(network, [service]).items()}
        for target, where in out.items():
            rule = aws.vpc.SecurityGroupEgressRule(
                tier.child(source, "to", "aws", target),
                security_group_id=self.group_id(source),
                description=f"{source} to AWS: {target}",
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                tags=tier.tags("internal"),
                opts=tier.opts(parent=self._groups[source]),
                **where,
            )
            self._rules[source].append(rule)

    def _open(
        self,
        source: str,
        source_group: pulumi.Output[str],
        target: str,
        target_group: pulumi.Output[str],
        port: int,
        kind: str,
        ports: int = 1,
    ) -> None:
        """Let `source` connect to `target` on `ports` ports from `port` on: out of the one group, into the other."""
        tier = self._tier
        description = f"{source} to {kind} {target}"
        target_is_service = kind == "service"
        leave = aws.vpc.SecurityGroupEgressRule(
            tier.child(source, "to", kind, target),
            security_group_id=source_group,
            referenced_security_group_id=target_group,
            description=description,
            ip_protocol="tcp",
            from_port=port,
            to_port=port + ports - 1,
            tags=tier.tags("internal"),
            opts=tier.opts(parent=self._groups.get(source)),
        )
        enter = aws.vpc.SecurityGroupIngressRule(
            tier.child(kind, target, "from", source),
            security_group_id=target_group,
            referenced_security_group_id=source_group,
            description=description,
            ip_protocol="tcp",
            from_port=port,
            to_port=port + ports - 1,
            tags=tier.tags("internal"),
            opts=tier.opts(parent=self._groups[target] if target_is_service else None),
        )
        if source in self._rules:
            self._rules[source] += [leave, enter]
        if target_is_service:
            self._rules[target] += [leave, enter]


def gateways(network: NetworkHandle, workloads: Sequence[Workload]) -> dict[str, pulumi.Output[str]]:
    """Prefix lists of the gateway endpoints that lead to stores of `workloads`, by endpoint."""
    return {
        kind.gateway[0]: kind.gateway[1](network)
        for kind in KINDS
        if kind.gateway is not None and any(kind.spec.used_by(one.uses) for one in workloads)
    }


def callees_first(services: Sequence[Service]) -> list[Service]:
    """The services in an order that puts each after those it calls, as far as calls do not run in a circle.

    Service Connect tells a task only of endpoints that existed when the task's deployment began.
    """
    by_name: Mapping[str, Service] = {service.name: service for service in services}
    ordered: dict[str, Service] = {}
    visiting: set[str] = set()

    def visit(service: Service) -> None:
        if service.name in ordered or service.name in visiting:
            return
        visiting.add(service.name)
        for callee in service.calls:
            visit(by_name[callee])
        ordered[service.name] = service

    for service in services:
        visit(service)
    return list(ordered.values())
