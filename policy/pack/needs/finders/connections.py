"""Connections: callers of services, clients of stores, load balancers to their targets, proxies to their clusters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ...graph import Graph
from ...groups import GROUPS
from ...places import Layer, NetworkEndpoint, spans
from ...reach import Reach
from ...resource import Resource
from ...tokens import (
    CACHE_CLUSTER,
    ECS_SERVICE,
    LAMBDA,
    LOAD_BALANCER,
    RDS_CLUSTER,
    RDS_CLUSTER_INSTANCE,
    RDS_INSTANCE,
    RDS_PROXY,
    REPLICATION_GROUP,
    SERVERLESS_CACHE,
    TARGET_GROUP,
)
from ...topology import SUBNETS, VpcNetwork
from ...values import Block, UndecidedError
from ..lines import Line
from .finder import Occurrence, declared, finder
from .properties import meant
from .tasks import Task, environment, tasks

PROXY_ENDPOINT = "aws:rds/proxyEndpoint:ProxyEndpoint"
DETECTOR_FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"
PROXY_TARGET = "aws:rds/proxyTarget:ProxyTarget"
# Outputs of a store or balancer by which clients name it.
_HOSTS = {
    RDS_CLUSTER: ("endpoint", "readerEndpoint"),
    RDS_CLUSTER_INSTANCE: ("endpoint",),
    RDS_INSTANCE: ("address", "endpoint"),
    RDS_PROXY: ("endpoint",),
    PROXY_ENDPOINT: ("endpoint",),
    REPLICATION_GROUP: ("primaryEndpointAddress", "readerEndpointAddress", "configurationEndpointAddress"),
    CACHE_CLUSTER: ("clusterAddress", "configurationEndpoint"),
    "aws:docdb/cluster:Cluster": ("endpoint", "readerEndpoint"),
    "aws:neptune/cluster:Cluster": ("endpoint", "readerEndpoint"),
    "aws:redshift/cluster:Cluster": ("dnsName", "endpoint"),
    "aws:opensearch/domain:Domain": ("endpoint",),
    LOAD_BALANCER: ("dnsName",),
}
_HOST = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?:[^/@\s]*@)?(?P<host>[\w-]+(?:\.[\w-]+)*)(?::(?P<port>\d{1,5}))?",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class _Alias:
    """Where a Service Connect name leads: the service and the container's port."""

    service: Resource
    port: int


@finder("service-call")
def service_calls(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Calls of one service to another by its Service Connect name, as a container's variables say them."""
    aliases = graph.derived(_aliases)
    for task in graph.derived(tasks):
        namespace = _namespace(task.starter)
        for host, port, _ in _hosts(task):
            alias = aliases.get((namespace, host, port)) if namespace and port else None
            if alias is not None and alias.service is not task.starter:
                yield from _between(graph, task.origin, _place(graph, alias.service), alias.port, task.starter, host)


@finder("declared-call")
def declared_calls(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Calls that a service of this shop declares, by the names of its components."""
    services = {it.name: it for it in graph.of(ECS_SERVICE)}
    aliases = graph.derived(_aliases)
    for component in graph.of(*line.of):
        prefix = component.name.removesuffix(component.name.rpartition("-")[2])
        caller = services.get(f"{component.name}-service")
        for name in declared(component, "calls"):
            callee = services.get(f"{prefix}{name}-service")
            if caller is None or callee is None:
                continue
            ports = {alias.port for alias in aliases.values() if alias.service is callee}
            for port in sorted(ports):
                yield from _between(graph, _place(graph, caller), _place(graph, callee), port, caller, str(name))


@finder("store-client")
def store_clients(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Clients of stores and balancers, which their variables name by host."""
    known = graph.derived(_known_hosts)
    for task in graph.derived(tasks):
        for host, port, _ in _hosts(task):
            if host in known:
                yield from _client(graph, task.origin, known[host], port, task.starter)
    for function in graph.of(LAMBDA):
        variables = function.raw("environment.variables") if function.present("environment") else None
        for value in variables.values() if isinstance(variables, dict) else ():
            for host, port, _ in _split(value):
                if host in known:
                    yield from _client(graph, _lambda_place(graph, function), known[host], port, function)


def _client(
    graph: Graph, origin: NetworkEndpoint | None, store: Resource, port: int, subject: Resource
) -> Iterator[Occurrence]:
    place = _place(graph, _placed(graph, store))
    # A port, or a serverless cache's two.
    narrow = [span for span in (place.spans if place else ()) if span[1] - span[0] <= 1]
    for one in (port,) if port else sorted({number for span in narrow for number in span}):
        yield from _between(graph, origin, place, one, subject, store.name)


@finder("declared-store")
def declared_stores(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Stores with an address that a workload of this shop declares to use."""
    services = {it.name: it for it in graph.of(ECS_SERVICE)}
    starters = {task.definition.name: task.starter for task in graph.derived(tasks)}
    for component in graph.of(*line.of):
        starter = services.get(f"{component.name}-service") or starters.get(f"{component.name}-task")
        for use in declared(component, "uses"):
            if not isinstance(use, dict) or use.get("kind") != line.where.get("kind") or starter is None:
                continue
            for store in (
                it for it in graph.of(*line.types) if it.name == f"data-{line.where.get('as')}-{use.get('store')}"
            ):
                yield from _client(graph, _place(graph, starter), store, 0, starter)


@finder("balancer-target")
def balancer_targets(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Load balancers to the containers that answer for them."""
    reach = graph.derived(Reach)
    for service in meant(graph, line):
        try:
            blocks = service.blocks("loadBalancers")
        except UndecidedError:
            continue
        for block in blocks:
            port = block.data.get("containerPort")
            for group in _groups(graph, service, block):
                for balancer in reach.balancers_of(group):
                    if isinstance(port, (int, float)) and balancer.data.get("loadBalancerType") != "network":
                        yield from _between(
                            graph, _place(graph, balancer), _place(graph, service), int(port), balancer, service.name
                        )


def _groups(graph: Graph, service: Resource, block: Block) -> list[Resource]:
    value = block.data.get("targetGroupArn")
    if isinstance(value, str):
        return graph.named(value, TARGET_GROUP)
    return graph.targets(service, "loadBalancers.targetGroupArn", TARGET_GROUP)


@finder("proxy-cluster")
def proxy_clusters(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """RDS proxies to the clusters and instances behind them."""
    for link in graph.of(PROXY_TARGET):
        for proxy in graph.targets(link, "dbProxyName", RDS_PROXY):
            stores = graph.targets(link, "dbClusterIdentifier", RDS_CLUSTER)
            stores += graph.targets(link, "dbInstanceIdentifier", RDS_INSTANCE)
            for store in stores:
                for span in spans(graph, store):
                    if span[0] == span[1]:
                        yield from _between(
                            graph, _place(graph, proxy), _place(graph, store), span[0], proxy, store.name
                        )


def _between(
    graph: Graph,
    origin: NetworkEndpoint | None,
    destination: NetworkEndpoint | None,
    port: int,
    subject: Resource,
    name: str,
) -> Iterator[Occurrence]:
    if origin is not None and destination is not None:
        yield Occurrence(subject=subject, origin=origin, destination=destination, port=port, words={"there": name})


def _place(graph: Graph, resource: Resource) -> NetworkEndpoint | None:
    try:
        return graph.derived(Reach).place(resource)
    except UndecidedError:
        return None


def _placed(graph: Graph, store: Resource) -> Resource:
    """The resource with the address of a store: an instance of a cluster has none of its own."""
    clusters = graph.targets(store, "clusterIdentifier", RDS_CLUSTER) if store.token == RDS_CLUSTER_INSTANCE else []
    return clusters[0] if clusters else store


def _lambda_place(graph: Graph, function: Resource) -> NetworkEndpoint | None:
    """The addresses of a function in a network; None without any."""
    subnets = graph.targets(function, "vpcConfig.subnetIds", *SUBNETS)
    groups = graph.targets(function, "vpcConfig.securityGroupIds", *GROUPS)
    if not subnets:
        return None
    return NetworkEndpoint(resource=function, tier=Layer.APP, subnets=tuple(subnets), groups=tuple(groups))


def _known_hosts(graph: Graph) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for token, names in _HOSTS.items():
        for it in graph.of(token):
            for name in names:
                value = it.outputs.get(name)
                if isinstance(value, str) and "." in value:
                    found[value.partition(":")[0].lower()] = it
    for it in graph.of(SERVERLESS_CACHE):
        for item in it.outputs.get("endpoints") or ():
            if isinstance(item, dict) and isinstance(item.get("address"), str):
                found[item["address"].lower()] = it
    return found


def _aliases(graph: Graph) -> dict[tuple[str, str, int], _Alias]:
    found: dict[tuple[str, str, int], _Alias] = {}
    for task in graph.derived(tasks):
        namespace = _namespace(task.starter)
        if not namespace or task.starter.token != ECS_SERVICE:
            continue
        ports = _named_ports(task)
        for item in _listed(task.starter.raw("serviceConnectConfiguration.services")):
            port = ports.get(str(item.get("portName")))
            for alias in _listed(item.get("clientAlias")):
                name, number = alias.get("dnsName") or item.get("discoveryName"), alias.get("port")
                if port and isinstance(name, str) and isinstance(number, (int, float)):
                    found[(namespace, name.lower(), int(number))] = _Alias(task.starter, port)
    return found


def _named_ports(task: Task) -> dict[str, int]:
    return {
        str(mapping.get("name")): int(mapping["containerPort"])
        for container in task.containers
        for mapping in _listed(container.data.get("portMappings"))
        if isinstance(mapping.get("containerPort"), (int, float))
    }


def _namespace(service: Resource) -> str:
    """The namespace in which a service finds others; empty without Service Connect."""
    connect = service.data.get("serviceConnectConfiguration")
    if not isinstance(connect, dict) or connect.get("enabled") is False:
        return ""
    value = connect.get("namespace")
    return value if isinstance(value, str) else "the cluster's"


def _listed(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _hosts(task: Task) -> Iterator[tuple[str, int, str]]:
    for _, value in environment(task):
        yield from _split(value)


def _split(value: object) -> Iterator[tuple[str, int, str]]:
    """Hosts in a variable with their ports: 0 where none is said."""
    for part in re.split(r"[\s,;]+", value) if isinstance(value, str) and len(value) < _MAX_VALUE else ():
        match = _HOST.match(part.removeprefix("jdbc:"))
        if match:
            port = int(match["port"]) if match["port"] else _PORTS.get((match["scheme"] or "").lower(), 0)
            yield match["host"].lower(), port, match["scheme"] or ""


# Longer values are documents, not addresses.
_MAX_VALUE = 1000


@finder("vpc-origin")
def vpc_origins(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Load balancers that CloudFront reaches in the network."""
    for subject in meant(graph, line):
        config = "vpcOriginEndpointConfig"
        plain = subject.raw(f"{config}.originProtocolPolicy") == "http-only"
        port = subject.raw(f"{config}.{'httpPort' if plain else 'httpsPort'}")
        for balancer in graph.targets(subject, f"{config}.arn", LOAD_BALANCER):
            place = _place(graph, balancer)
            if place is not None and isinstance(port, (int, float)):
                words = {"there": balancer.name}
                yield Occurrence(subject=subject, destination=place, port=int(port), words=words)


@finder("guardduty-agent")
def guardduty_agents(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Tasks on Fargate with GuardDuty's agent, which sends to an endpoint that GuardDuty makes beside them."""
    if not any(map(_watches_fargate, graph.of(DETECTOR_FEATURE))):
        return
    for task in graph.derived(tasks):
        if task.on_fargate and task.origin is not None and task.origin.subnets:
            endpoint = replace(task.origin, groups=(), has_groups=False)
            yield Occurrence(subject=task.starter, origin=task.origin, destination=endpoint, port=443)


def _watches_fargate(feature: Resource) -> bool:
    return feature.data.get("status") == "ENABLED" and any(
        item.get("name") == "ECS_FARGATE_AGENT_MANAGEMENT" and item.get("status") == "ENABLED"
        for item in _listed(feature.data.get("additionalConfigurations"))
    )


@finder("nat-way")
def nat_ways(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Subnets that are routed to a NAT gateway, as what is to have a way out."""
    network = graph.derived(VpcNetwork)
    for subnet in graph.of(*SUBNETS):
        if any(route.target == "natGatewayId" and route.leads_out for route in network.routes(subnet)):
            place = NetworkEndpoint(resource=subnet, tier=Layer.APP, subnets=(subnet,), groups=(), has_groups=False)
            yield Occurrence(subject=subnet, origin=place, arn="*")
