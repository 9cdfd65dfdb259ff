"""Instances under ECS clusters: what their agents, relays and managers need on the host's own network."""

from __future__ import annotations

from collections.abc import Iterator

from ...graph import Graph
from ...places import NetworkEndpoint
from ...reach import Reach
from ...resource import Resource
from ...tokens import AUTO_SCALING_GROUP, ECS_CLUSTER, ECS_SERVICE, INSTANCE_PROFILE, LAUNCH_TEMPLATE, ROLE
from ...values import UndecidedError
from ..facts import Facts
from ..lines import Line
from .finder import Occurrence, finder

PROVIDER = "aws:ecs/capacityProvider:CapacityProvider"
PROVIDERS = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
_TEMPLATES = (
    "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId",
    "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateName",
    "launchTemplate.id",
    "launchTemplate.name",
)


def groups_of(graph: Graph, service: Resource) -> list[Resource]:
    """The Auto Scaling groups that a service's tasks run on, by its capacity providers."""
    names = service.data.get("capacityProviderStrategies")
    providers = [
        provider
        for item in (names if isinstance(names, list) else ())
        if isinstance(item, dict) and isinstance(item.get("capacityProvider"), str)
        for provider in graph.named(item["capacityProvider"], PROVIDER)
    ]
    path = "autoScalingGroupProvider.autoScalingGroupArn"
    return [group for it in providers for group in graph.targets(it, path, AUTO_SCALING_GROUP)]


def places_of(graph: Graph, service: Resource) -> list[NetworkEndpoint]:
    """Where the hosts of a service's tasks are."""
    found = []
    for group in groups_of(graph, service):
        try:
            place = graph.derived(Reach).place(group)
        except UndecidedError:
            place = None
        if place is not None:
            found.append(place)
    return found


@finder("fleet")
def fleets(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Instances of a cluster, by their role and from their network."""
    facts = graph.derived(Facts)
    seen: set[str] = set()
    for service in graph.of(ECS_SERVICE):
        clusters = graph.targets(service, "cluster", ECS_CLUSTER)
        words = {"cluster": facts.name(clusters[0]), "cluster.arn": facts.arn(clusters[0])} if clusters else {}
        for group in groups_of(graph, service):
            place = _place(graph, group)
            if group.urn in seen or place is None or not _with(graph, line):
                continue
            seen.add(group.urn)
            for role in _roles(graph, group):
                yield Occurrence(
                    subject=group, role=role, target=role if line.trust else None, origin=place, words=words
                )


@finder("fleet-relay")
def relays(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Hosts of services with Service Connect, whose relay runs in the host's network."""
    seen: set[str] = set()
    for service in graph.of(ECS_SERVICE):
        if not service.present("serviceConnectConfiguration") or not _is_on(service):
            continue
        for group in groups_of(graph, service):
            if group.urn not in seen and (place := _place(graph, group)) is not None:
                seen.add(group.urn)
                yield Occurrence(subject=group, origin=place, arn="*")


def _is_on(service: Resource) -> bool:
    connect = service.data.get("serviceConnectConfiguration")
    return isinstance(connect, dict) and connect.get("enabled") is True


def _with(graph: Graph, line: Line) -> bool:
    token = line.where.get("with")
    return not isinstance(token, str) or bool(graph.of(token))


def _place(graph: Graph, group: Resource) -> NetworkEndpoint | None:
    try:
        return graph.derived(Reach).place(group)
    except UndecidedError:
        return None


def _roles(graph: Graph, group: Resource) -> list[Resource]:
    templates = [it for path in _TEMPLATES for it in graph.targets(group, path, LAUNCH_TEMPLATE)]
    paths = ("iamInstanceProfile.arn", "iamInstanceProfile.name")
    profiles = [
        it for template in templates for path in paths for it in graph.targets(template, path, INSTANCE_PROFILE)
    ]
    return [role for profile in profiles for role in graph.targets(profile, "role", ROLE)]
