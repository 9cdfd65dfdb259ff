"""Containers, clusters, functions and builds, and what scales them."""

from __future__ import annotations

from collections.abc import Iterator

from ..graph import Graph
from ..resource import Resource
from ..tokens import (
    AUTO_SCALING_GROUP,
    ECS_CLUSTER,
    ECS_SERVICE,
    EKS_CLUSTER,
    LAMBDA,
    LAMBDA_PERMISSION,
    LAUNCH_TEMPLATE,
    PROJECT,
    REPOSITORY,
    TASK_DEFINITION,
)
from ..values import Block, document
from .base import (
    Counter,
    QuotaUse,
    amount,
    by_parent,
    document_size,
    each,
    items,
    known_or,
    length,
    number,
    shared,
    text_size,
    total,
    where,
)
from .capacity import GROUP_SCHEDULE, NODE_GROUP, SCALABLE_TARGET, SCHEDULED_ACTION, ScheduledCapacity, scalable_id

PIPELINE = "aws:codepipeline/pipeline:Pipeline"
NAMESPACES = (
    "aws:servicediscovery/httpNamespace:HttpNamespace",
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
    "aws:servicediscovery/publicDnsNamespace:PublicDnsNamespace",
)
_BASE64 = 3 / 4  # bytes of a text in base64, by its characters
_STATEMENT = 320  # bytes of the statement that a permission becomes, its names apart


def _containers(definition: Resource) -> float:
    return float(length(document(definition.raw("containerDefinitions"))))


def _variables(function: Resource) -> float:
    """Bytes of the variables, names and values."""
    variables = function.get("environment.variables")
    pairs = variables.items() if isinstance(variables, dict) else ()
    return float(sum(len(name.encode()) + len(value.encode()) for name, value in pairs if isinstance(value, str)))


def _permission(permission: Resource) -> float:
    names = ("statementId", "action", "principal", "sourceArn", "sourceAccount", "principalOrgId")
    texts = (known_or("", lambda name=name: permission.text(name)) or "" for name in names)
    return float(_STATEMENT + sum(len(text) for text in texts))


def _user_data(template: Resource) -> float:
    return len(template.text("userData") or "") * _BASE64


def _stage_actions(pipeline: Resource) -> list[int]:
    return [len(stage.items("actions")) for stage in pipeline.blocks("stages")]


def _longest_value(pipeline: Resource) -> float:
    values = [
        value
        for stage in pipeline.blocks("stages")
        for action in stage.blocks("actions")
        if isinstance(configuration := action.raw("configuration"), dict)
        for value in configuration.values()
        if isinstance(value, str)
    ]
    return float(max(map(len, values), default=0))


def _scaled(namespace: str) -> Counter:
    quotas = {"ecs": "scalableEcs", "rds": "scalableRds", "dynamodb": "scalableDynamodb"}
    quotas |= {"elasticache": "scalableElasticache", "lambda": "scalableLambda"}
    return total(quotas[namespace], SCALABLE_TARGET, measure=where("serviceNamespace", namespace))


def _tasks(graph: Graph) -> Iterator[QuotaUse]:
    """Tasks of each service, as many as it may have."""
    most = {
        name: known_or(0.0, lambda target=target: target.number("maxCapacity") or 0.0)
        for target in graph.of(SCALABLE_TARGET)
        if isinstance(name := target.raw("resourceId"), str)
    }
    for service in graph.of(ECS_SERVICE):
        name = known_or("", lambda service=service: scalable_id(graph, service))
        fewest = amount(number("desiredCount"), service)
        highest = graph.derived(ScheduledCapacity).highest.get(name, 0.0)
        yield QuotaUse("tasksPerService", f"Service {service.name}", max(fewest, most.get(name, 0.0)), highest)


def _connected(service: Resource) -> float:
    return float(service.flag("serviceConnectConfiguration.enabled"))


def _in_namespace(graph: Graph) -> Iterator[QuotaUse]:
    """ECS services of each namespace, as Service Connect registers them."""
    found = by_parent(graph, NAMESPACES, (ECS_SERVICE, "serviceConnectConfiguration.namespace"), measure=_connected)
    for holder, services in found.values():
        yield QuotaUse("servicesPerNamespace", holder, services)


COUNTERS: tuple[Counter, ...] = (
    total("ecsClusters", ECS_CLUSTER),
    shared("servicesPerCluster", [ECS_CLUSTER], (ECS_SERVICE, "cluster")),
    _tasks,
    _in_namespace,
    total("namespaces", *NAMESPACES),
    each("containersPerTask", TASK_DEFINITION, measure=_containers),
    each("taskDefinitionSize", TASK_DEFINITION, measure=document_size("containerDefinitions")),
    each("taskSecurityGroups", ECS_SERVICE, measure=items("networkConfiguration.securityGroups")),
    each("taskSubnets", ECS_SERVICE, measure=items("networkConfiguration.subnets")),
    each("targetGroupsPerService", ECS_SERVICE, measure=items("loadBalancers")),
    each(
        "providersPerCluster",
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        measure=items("capacityProviders"),
    ),
    total("eksClusters", EKS_CLUSTER),
    shared("nodeGroupsPerCluster", [EKS_CLUSTER], (NODE_GROUP, "clusterName")),
    each("nodesPerGroup", NODE_GROUP, measure=number("scalingConfig.maxSize")),
    each("clusterSecurityGroups", EKS_CLUSTER, measure=items("vpcConfig.securityGroupIds")),
    each("publicCidrsPerCluster", EKS_CLUSTER, measure=items("vpcConfig.publicAccessCidrs")),
    shared("accessEntriesPerCluster", [EKS_CLUSTER], ("aws:eks/accessEntry:AccessEntry", "clusterName")),
    shared("fargateProfilesPerCluster", [EKS_CLUSTER], ("aws:eks/fargateProfile:FargateProfile", "clusterName")),
    total("launchTemplates", LAUNCH_TEMPLATE),
    each("userDataSize", LAUNCH_TEMPLATE, measure=_user_data),
    total("autoScalingGroups", AUTO_SCALING_GROUP),
    shared("groupScheduledActions", [AUTO_SCALING_GROUP], (GROUP_SCHEDULE, "autoscalingGroupName")),
    shared("groupScalingPolicies", [AUTO_SCALING_GROUP], ("aws:autoscaling/policy:Policy", "autoscalingGroupName")),
    shared(
        "groupLifecycleHooks",
        [AUTO_SCALING_GROUP],
        ("aws:autoscaling/lifecycleHook:LifecycleHook", "autoscalingGroupName"),
    ),
    *map(_scaled, ("ecs", "rds", "dynamodb", "elasticache", "lambda")),
    shared("targetScheduledActions", [SCALABLE_TARGET], (SCHEDULED_ACTION, "resourceId")),
    shared("targetScalingPolicies", [SCALABLE_TARGET], ("aws:appautoscaling/policy:Policy", "resourceId")),
    each("functionVariables", LAMBDA, measure=_variables),
    each("functionLayers", LAMBDA, measure=items("layers")),
    each("functionTimeout", LAMBDA, measure=number("timeout")),
    shared("functionPolicySize", [LAMBDA], (LAMBDA_PERMISSION, "function"), measure=_permission),
    total("repositories", REPOSITORY),
    each("lifecyclePolicySize", "aws:ecr/lifecyclePolicy:LifecyclePolicy", measure=text_size("policy")),
    each(
        "lifecyclePolicyRules",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        measure=lambda one: float(len(Block(document(one.raw("policy"))).items("rules"))),
    ),
    each("repositoryPolicySize", "aws:ecr/repositoryPolicy:RepositoryPolicy", measure=document_size("policy")),
    total("pullThroughRules", "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"),
    total("buildProjects", PROJECT),
    each("buildSecurityGroups", PROJECT, measure=items("vpcConfig.securityGroupIds")),
    total("pipelines", PIPELINE),
    each("stagesPerPipeline", PIPELINE, measure=items("stages")),
    each("actionsPerStage", PIPELINE, measure=lambda one: float(max(_stage_actions(one), default=0))),
    each("actionsPerPipeline", PIPELINE, measure=lambda one: float(sum(_stage_actions(one)))),
    each("actionValueSize", PIPELINE, measure=_longest_value),
    total("codeRepositories", "aws:codecommit/repository:Repository"),
)
