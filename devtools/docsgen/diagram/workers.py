"""A recorded stack's services, jobs and functions, the stores they use, and the calls between them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from devtools.docsgen.architecture.graph import Graph, Resource
from devtools.docsgen.diagram.kinds import ENGINES, STORES, StoreKind
from devtools.docsgen.diagram.scene import Arrow, Card, Flow

BALANCER: Final = "load balancer"
_POD_NAME: Final = "app.kubernetes.io/name"
_ACCOUNT_AND_REGION: Final = re.compile(r"-\d{12}-[a-z0-9-]+$")  # what buckets' names end with


@dataclass(frozen=True)
class Worker:
    """A service, a job or a function."""

    card: Card
    policies: str
    """Statements of all of its roles' inline policies."""


@dataclass(frozen=True)
class Store:
    card: Card
    kind: StoreKind
    arn: str


@dataclass(frozen=True)
class Shop:
    """Workloads of a stack and their stores."""

    workers: tuple[Worker, ...]
    """Services and jobs."""
    functions: tuple[Worker, ...]
    """Functions that process the services' queues."""
    stores: tuple[Store, ...]
    arrows: tuple[Arrow, ...]


def shop_of(graph: Graph) -> Shop:
    """The services, jobs, functions and stores of a stack."""
    policies: dict[str, str] = defaultdict(str)
    for policy in graph.find("iam.RolePolicy"):
        policies[policy.inputs["role"]] += policy.inputs["policy"]
    workers = (*_ecs_services(graph, policies), *_jobs(graph, policies), *_pods(graph, policies))
    stores = tuple(_stores(graph))
    used = [arrow for worker in workers for arrow in _uses(worker, stores, "data")]
    queues = {store.arn: store.card.key for store in stores if store.card.key in {arrow.target for arrow in used}}
    handlers = list(_handlers(graph, policies, queues))
    arrows = [*_calls(graph), *_reached(graph), *used]
    for queue, function in handlers:
        arrows.append(Arrow(queue, function.card.key, "event"))
        arrows += [arrow for arrow in _uses(function, stores, "event") if arrow.target != queue]
    targets = {arrow.target for arrow in arrows}
    return Shop(
        workers=workers,
        functions=tuple(function for _, function in handlers),
        stores=tuple(store for store in stores if store.card.key in targets or not store.kind.only_used),
        arrows=tuple(dict.fromkeys(arrows)),
    )


def store_card(resource_type: str, store: Resource) -> Card:
    """A store as it is drawn."""
    kind = STORES[resource_type]
    title = ENGINES.get(store.inputs.get("engine", ""), kind.title)
    name = _ACCOUNT_AND_REGION.sub("", _name(store, kind.name_property))
    return Card(f"{resource_type} {name}", kind.icon, name, (title,))


def _name(resource: Resource, name_property: str) -> str:
    """A physical name without what every name of the stack starts with."""
    tags = resource.inputs.get("tags", {})
    return str(resource.inputs[name_property]).removeprefix(f"{tags.get('Project')}-{tags.get('Stack')}-")


def _of_roles(policies: Mapping[str, str], *arns: str) -> str:
    return "".join(policies.get(arn.rpartition("/")[2], "") for arn in arns)


def _ecs_services(graph: Graph, policies: Mapping[str, str]) -> Iterator[Worker]:
    tasks = {task.outputs["arn"]: task.inputs for task in graph.find("ecs.TaskDefinition")}
    for service in graph.find("ecs.Service"):
        name, task = _name(service, "name"), tasks[service.inputs["taskDefinition"]]
        providers = [each["capacityProvider"] for each in service.inputs.get("capacityProviderStrategies", ())]
        icon, kind = "compute/fargate", "Fargate + Spot" if "FARGATE_SPOT" in providers else "Fargate"
        if not all(provider.startswith("FARGATE") for provider in providers):
            icon, kind = "compute/ec2", "EC2"
        card = Card(f"service {name}", icon, name, (kind,))
        yield Worker(card, _of_roles(policies, task["taskRoleArn"], task["executionRoleArn"]))


def _jobs(graph: Graph, policies: Mapping[str, str]) -> Iterator[Worker]:
    of_services = set(graph.values("ecs.Service", "taskDefinition"))
    for task in graph.find("ecs.TaskDefinition"):
        if task.outputs["arn"] not in of_services:
            name = _name(task, "family")
            card = Card(f"job {name}", "compute/elastic-container-service", name, ("scheduled job",))
            yield Worker(card, _of_roles(policies, task.inputs["taskRoleArn"], task.inputs["executionRoleArn"]))


def _pods(graph: Graph, policies: Mapping[str, str]) -> Iterator[Worker]:
    for identity in graph.find("eks.PodIdentityAssociation"):
        name = identity.inputs["serviceAccount"]
        card = Card(f"service {name}", "compute/elastic-kubernetes-service", name, ("EKS pods",))
        yield Worker(card, _of_roles(policies, identity.inputs["roleArn"]))


def _handlers(graph: Graph, policies: Mapping[str, str], queues: Mapping[str, str]) -> Iterator[tuple[str, Worker]]:
    """Functions that read one of the queues (keys by ARN), each with that queue's key."""
    functions = {function.outputs["arn"]: function for function in graph.find("lambda.Function")}
    for mapping in graph.find("lambda.EventSourceMapping"):
        if queue := queues.get(mapping.inputs["eventSourceArn"]):
            function = functions[mapping.inputs["functionName"]]
            name = _name(function, "name")
            card = Card(f"function {name}", "compute/lambda", name, ("Lambda",))
            yield queue, Worker(card, _of_roles(policies, function.inputs["role"]))


def _stores(graph: Graph) -> Iterator[Store]:
    for resource_type, kind in STORES.items():
        for resource in graph.find(resource_type):
            yield Store(store_card(resource_type, resource), kind, resource.outputs["arn"])


def _uses(worker: Worker, stores: Iterable[Store], flow: Flow) -> Iterator[Arrow]:
    """A worker uses what its roles' policies name."""
    for store in stores:
        if f'"{store.arn}"' in worker.policies or f'"{store.arn}/' in worker.policies:
            yield Arrow(worker.card.key, store.card.key, flow)


def _calls(graph: Graph) -> Iterator[Arrow]:
    """Calls of services, from the listener's rules and from Kubernetes' network policies."""
    targets = {group.outputs["arn"]: _name(group, "name") for group in graph.find("lb.TargetGroup")}
    for action in (action for actions in graph.values("lb.ListenerRule", "actions") for action in actions):
        if action.get("targetGroupArn") in targets:
            yield Arrow(BALANCER, f"service {targets[action['targetGroupArn']]}", "request")
    for content in graph.values("s3.BucketObjectv2", "content"):
        for policy in (each for each in yaml.safe_load_all(content) if each and each["kind"] == "NetworkPolicy"):
            for caller in _admitted(policy["spec"]):
                yield Arrow(f"service {caller}", f"service {policy['metadata']['name']}", "request")


def _admitted(policy: Mapping[str, Any]) -> Iterator[str]:
    for rule in policy.get("ingress") or ():
        for peer in rule.get("from") or ():
            name = peer.get("podSelector", {}).get("matchLabels", {}).get(_POD_NAME)
            if name:
                yield name


def _reached(graph: Graph) -> Iterator[Arrow]:
    """Connections to services and stores, from the rules of the security groups."""
    services = {
        group: f"service {_name(service, 'name')}"
        for service in graph.find("ecs.Service")
        for group in service.inputs["networkConfiguration"]["securityGroups"]
    }
    stores = dict(_groups_of_stores(graph))
    for rule in graph.find("vpc.SecurityGroupIngressRule"):
        source = services.get(rule.inputs.get("referencedSecurityGroupId", ""))
        group = rule.inputs["securityGroupId"]
        target = services.get(group) or stores.get(group)
        if source and target and source != target:
            yield Arrow(source, target, "request" if group in services else "data")


def _groups_of_stores(graph: Graph) -> Iterator[tuple[str, str]]:
    """Security groups with the key of their store; a proxy's group leads to its cluster."""
    proxies = {proxy.inputs["name"]: proxy for proxy in graph.find("rds.Proxy")}
    behind: dict[str, list[Resource]] = defaultdict(list)
    for target in graph.find("rds.ProxyTarget"):
        behind[target.inputs["dbClusterIdentifier"]].append(proxies[target.inputs["dbProxyName"]])
    for resource_type, kind in STORES.items():
        for store in graph.find(resource_type) if kind.in_vpc else ():
            for resource in (store, *behind[store.inputs[kind.name_property]]):
                inputs = {**resource.inputs, **resource.inputs.get("vpcOptions", {})}
                for group in inputs.get("vpcSecurityGroupIds") or inputs.get("securityGroupIds") or ():
                    yield group, store_card(resource_type, store).key
