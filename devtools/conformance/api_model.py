"""Constraints of AWS's API models on a value: enumerations, lengths, ranges and patterns.

The provider validates many values itself and passes others on. botocore carries the models that AWS generates its SDKs
from, so a value that no call of the service would take is found without an account. A type is matched to the operation
that creates it by name, a property to a member by name; what has no partner is left to the provider.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.exceptions
import botocore.loaders
import botocore.model

from devtools.conformance.client import UNKNOWN
from devtools.conformance.limits import Limits, parsed
from devtools.conformance.partners import pairs, stem

# botocore's names of services where they differ from the SDK's modules; one module may hold several services.
_SERVICES: dict[str, tuple[str, ...]] = {
    "alb": ("elbv2",),
    "appautoscaling": ("application-autoscaling",),
    "cfg": ("config",),
    "cloudwatch": ("cloudwatch", "logs", "events"),
    "costexplorer": ("ce",),
    "ebs": ("ec2",),
    "lb": ("elbv2",),
    "sfn": ("stepfunctions",),
    "vpc": ("ec2",),
}

_VERBS = ("Create", "Put", "Register", "Set", "Update", "Add", "Enable", "Request")

# Types whose operation is called otherwise than verb and type.
_OPERATIONS: dict[str, tuple[str, str]] = {
    "aws:appautoscaling/policy:Policy": ("application-autoscaling", "PutScalingPolicy"),
    "aws:appautoscaling/scheduledAction:ScheduledAction": ("application-autoscaling", "PutScheduledAction"),
    "aws:appautoscaling/target:Target": ("application-autoscaling", "RegisterScalableTarget"),
    "aws:backup/plan:Plan": ("backup", "CreateBackupPlan"),
    "aws:backup/vault:Vault": ("backup", "CreateBackupVault"),
    "aws:cfg/recorder:Recorder": ("config", "PutConfigurationRecorder"),
    "aws:cloudwatch/dashboard:Dashboard": ("cloudwatch", "PutDashboard"),
    "aws:cloudwatch/eventRule:EventRule": ("events", "PutRule"),
    "aws:dynamodb/contributorInsights:ContributorInsights": ("dynamodb", "UpdateContributorInsights"),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": ("ecr", "PutLifecyclePolicy"),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": ("eks", "AssociateAccessPolicy"),
    "aws:guardduty/detectorFeature:DetectorFeature": ("guardduty", "UpdateDetector"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("iam", "AttachRolePolicy"),
    "aws:lb/listenerRule:ListenerRule": ("elbv2", "CreateRule"),
    "aws:rds/cluster:Cluster": ("rds", "CreateDBCluster"),
    "aws:rds/clusterInstance:ClusterInstance": ("rds", "CreateDBInstance"),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": ("rds", "CreateDBClusterParameterGroup"),
    "aws:rds/parameterGroup:ParameterGroup": ("rds", "CreateDBParameterGroup"),
    "aws:rds/proxy:Proxy": ("rds", "CreateDBProxy"),
    "aws:rds/subnetGroup:SubnetGroup": ("rds", "CreateDBSubnetGroup"),
    "aws:sns/topicSubscription:TopicSubscription": ("sns", "Subscribe"),
    "aws:wafv2/ipSet:IpSet": ("wafv2", "CreateIPSet"),
    "aws:wafv2/webAcl:WebAcl": ("wafv2", "CreateWebACL"),
}

_DEPTH = 12


def problems(token: str, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The values of a resource's inputs that the API would refuse, by place."""
    for place, value, limits in values(token, inputs):
        if reason := limits.problem(value):
            yield place, f"{reason} (the API's model)"


def values(token: str, inputs: Mapping[str, Any]) -> Iterator[tuple[str, Any, Limits]]:
    """Every known plain value that the operation has a member for: its place, itself, and the member's limits."""
    operation = operation_of(token)
    if operation is not None and operation.input_shape is not None:
        yield from _of_structure(operation.input_shape, inputs, "", token.rpartition(":")[2], _DEPTH)


@functools.cache
def operation_of(token: str) -> botocore.model.OperationModel | None:
    """The operation that creates resources of a type; None where none is called like it."""
    if token in _OPERATIONS:
        service, name = _OPERATIONS[token]
        return _service(service).operation_model(name)
    module, _, rest = token.removeprefix("aws:").partition("/")
    kind = rest.partition(":")[2]
    for service in _SERVICES.get(module, (module,)):
        model = _service(service)
        known = {name.lower(): name for name in model.operation_names} if model is not None else {}
        for verb in _VERBS:
            if found := known.get(f"{verb}{kind}".lower()):
                return model.operation_model(found)
    return None


@functools.cache
def _service(name: str) -> Any:
    try:
        description = _loader().load_service_model(name, "service-2")
    except botocore.exceptions.UnknownServiceError:  # a module that is no service of its own
        return None
    return botocore.model.ServiceModel(description, name)


@functools.lru_cache(maxsize=1)
def _loader() -> botocore.loaders.Loader:
    return botocore.loaders.Loader()


def _of_structure(
    shape: Any, fields: Mapping[str, Any], roof: str, kind: str, depth: int
) -> Iterator[tuple[str, Any, Limits]]:
    members = _members(shape, top=not roof)
    for name, value, member in pairs(fields, members, kind) if depth else ():
        yield from _of_value(member, value, f"{roof}{name}", depth - 1)


def _members(shape: Any, *, top: bool) -> dict[str, Any]:
    """A structure's members by stem. The provider lifts the one object that a call is about to the top: so do we."""
    members = {stem(name): member for name, member in shape.members.items()}
    if top:
        for member in list(members.values()):
            if member.type_name == "structure":
                members = {stem(name): inner for name, inner in member.members.items()} | members
    return members


def _of_value(shape: Any, value: Any, place: str, depth: int) -> Iterator[tuple[str, Any, Limits]]:
    if value is None or (isinstance(value, str) and UNKNOWN in value):
        return
    if shape.type_name in ("structure", "list") and isinstance(value, str):
        value = parsed(value)  # the provider takes some objects as JSON
    if shape.type_name == "structure" and isinstance(value, list) and "Items" in shape.members:
        shape = shape.members["Items"]  # CloudFront counts its lists: {Quantity, Items}
    if shape.type_name == "structure" and isinstance(value, dict):
        yield from _of_structure(shape, value, f"{place}.", "", depth)
    elif shape.type_name == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _of_value(shape.member, item, f"{place}[{index}]", depth)
    elif not isinstance(value, dict | list):
        yield place, value, limits_of(shape)


def limits_of(shape: Any) -> Limits:
    """The limits of a shape; none where values of its type have none."""
    low, high, pattern = (shape.metadata.get(name) for name in ("min", "max", "pattern"))
    if shape.type_name == "string":
        whole = f"^(?:{pattern})$" if pattern else None
        return Limits(values=tuple(shape.enum or ()), pattern=whole, shortest=low, longest=high)
    if shape.type_name in ("integer", "long", "float", "double"):
        return Limits(least=low, most=high)
    return Limits()
