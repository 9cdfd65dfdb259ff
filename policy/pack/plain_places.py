"""Properties stored as plain text, readable by anyone who may describe the resource or read the state.

By resource type: variables, scripts, commands and documents, as the AWS provider names them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .resource import Resource
from .tokens import INSTANCE, LAMBDA, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, PARAMETER, PROJECT, TASK_DEFINITION
from .values import Unknown, known

_BOOT = ("userData", "userDataBase64")

PLACES: Mapping[str, tuple[str, ...]] = {
    TASK_DEFINITION: ("containerDefinitions",),
    LAMBDA: ("environment",),
    PROJECT: ("environment", "source", "secondarySources"),
    INSTANCE: _BOOT,
    LAUNCH_TEMPLATE: _BOOT,
    LAUNCH_CONFIGURATION: _BOOT,
    "aws:amplify/app:App": ("environmentVariables", "buildSpec"),
    "aws:amplify/branch:Branch": ("environmentVariables",),
    "aws:apigateway/integration:Integration": ("requestParameters", "requestTemplates", "uri"),
    "aws:apigatewayv2/integration:Integration": ("requestParameters", "integrationUri"),
    "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion": ("content",),
    "aws:apprunner/service:Service": ("sourceConfiguration",),
    "aws:batch/jobDefinition:JobDefinition": (
        "containerProperties",
        "ecsProperties",
        "eksProperties",
        "nodeProperties",
        "parameters",
    ),
    "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": ("environmentVariables",),
    "aws:cloudformation/stack:Stack": ("parameters", "templateBody"),
    "aws:cloudfront/function:Function": ("code",),
    "aws:cloudwatch/eventTarget:EventTarget": ("input", "inputTransformer"),
    "aws:codepipeline/pipeline:Pipeline": ("stages",),
    "aws:ec2/spotFleetRequest:SpotFleetRequest": ("launchSpecifications",),
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": _BOOT,
    "aws:ecs/expressGatewayService:ExpressGatewayService": ("primaryContainer",),
    "aws:elasticbeanstalk/configurationTemplate:ConfigurationTemplate": ("settings",),
    "aws:elasticbeanstalk/environment:Environment": ("settings",),
    "aws:emr/cluster:Cluster": ("configurations", "configurationsJson", "steps"),
    "aws:emrserverless/application:Application": ("runtimeConfigurations",),
    "aws:glue/job:Job": ("defaultArguments", "nonOverridableArguments"),
    "aws:glue/trigger:Trigger": ("actions",),
    "aws:imagebuilder/component:Component": ("data",),
    "aws:imagebuilder/imageRecipe:ImageRecipe": ("userDataBase64",),
    "aws:lambda/invocation:Invocation": ("input",),
    "aws:lightsail/containerServiceDeploymentVersion:ContainerServiceDeploymentVersion": ("containers",),
    "aws:lightsail/instance:Instance": ("userData",),
    "aws:mskconnect/connector:Connector": ("connectorConfiguration",),
    "aws:mwaa/environment:Environment": ("airflowConfigurationOptions",),
    "aws:pipes/pipe:Pipe": ("enrichmentParameters", "targetParameters"),
    "aws:s3/bucketObject:BucketObject": ("content", "contentBase64"),
    "aws:s3/bucketObjectv2:BucketObjectv2": ("content", "contentBase64"),
    "aws:sagemaker/model:Model": ("containers", "primaryContainer"),
    "aws:sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration": (
        "onCreate",
        "onStart",
    ),
    "aws:scheduler/schedule:Schedule": ("target",),
    "aws:sfn/stateMachine:StateMachine": ("definition",),
    "aws:ssm/association:Association": ("parameters",),
    "aws:ssm/document:Document": ("content",),
    "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask": ("taskInvocationParameters",),
    "aws:synthetics/canary:Canary": ("runConfig",),
}
# Meaning of a build variable's value by its type, where it isn't the value itself.
_REFERENCES = ("PARAMETER_STORE", "SECRETS_MANAGER")
_NAMES, _VALUES = ("name", "Name", "key", "Key"), ("value", "Value")


def told(resource: Resource) -> Iterator[tuple[str, Any, bool]]:
    """Each name and value in the open, and whether it is a variable of that name; a value may be `Unknown`."""
    if resource.token == PARAMETER:
        # A parameter's value is in the open by its type, and by this property whatever its type.
        paths = ("insecureValue",) if resource.text("type") == "SecureString" else ("value", "insecureValue")
        yield from ((resource.text("name") or resource.name, resource.raw(path), True) for path in paths)
    for path in PLACES.get(resource.token, ()):
        yield from _walked(path, known(resource.raw(path)))


def _walked(name: str, value: Any) -> Iterator[tuple[str, Any, bool]]:
    pending = [(name, value)]
    while pending:  # no recursion: documents may be as deep as anybody likes
        name, value = pending.pop()
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            inner = _document(value)
            value = inner if isinstance(inner, (dict, list)) else value
        if isinstance(value, dict):
            variable = _variable(value)
            if variable:
                yield variable
            elif not _elsewhere(value):
                pending.extend(reversed([(str(key), item) for key, item in value.items()]))
        elif isinstance(value, list):
            words = [item for item in value if isinstance(item, str)]
            if len(words) > 1:
                yield name, " ".join(words), False  # a command, whose options stand beside their values
            pending.extend((name, item) for item in reversed(value))
        else:
            yield name, value, False


def _variable(value: dict[str, Any]) -> tuple[str, Any, bool] | None:
    """A name and its value, as two fields."""
    name = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), None)
    content = next((value[key] for key in _VALUES if key in value), None)
    given = bool(name) and isinstance(content, (str, Unknown)) and not _elsewhere(value)
    return (name or "", content, True) if given else None


def _elsewhere(value: dict[str, Any]) -> bool:
    return value.get("type") in _REFERENCES


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
