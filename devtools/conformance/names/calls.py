"""API calls that AWS makes for the program: Scheduler's universal targets and Step Functions' SDK integrations.

Both name a service and an action as the SDK for Java does, and take the call's parameters as JSON. botocore knows the
services, their operations and what each takes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.loaders
import botocore.model

from devtools.conformance.names.tables import Problem, document, known, objects
from devtools.conformance.partners import stem

_SCHEDULER = re.compile(r"arn:aws[\w-]*:scheduler:::aws-sdk:([A-Za-z0-9]+):(\w+)")
_STATES = re.compile(r"arn:aws[\w-]*:states:::aws-sdk:([A-Za-z0-9]+):(\w+?)(?:\.\w+)?")
_SOURCE = "botocore's models"
_IDS = {
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancingv2",
    "logs": "cloudwatchlogs",
    "stepfunctions": "sfn",
}
"""Ids that are not the names of botocore's models: its `serviceId`, without reading every model for it."""


def universal_targets(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """An API call of a schedule or a state has to exist in the service, with its parameters."""
    for place, fields in objects(inputs):
        if known(arn := fields.get("arn")) and (found := _SCHEDULER.fullmatch(arn)):
            text = fields.get("input")
            yield from _call(place, found, document(text) if known(text) else None)
        if known(arn := fields.get("Resource")) and (found := _STATES.fullmatch(arn)):
            yield from _call(place, found, fields.get("Parameters", fields.get("Arguments")))


def _call(place: str, found: re.Match[str], parameters: Any) -> Iterator[Problem]:
    service, action = found.groups()
    model = _model(service)
    if model is None:
        yield place, f"the SDK has no service {service} ({_SOURCE})"
        return
    operations = {name[:1].lower() + name[1:]: name for name in model.operation_names}
    if action not in operations:
        same = next((name for name in operations if name.lower() == action.lower()), None)
        yield place, f"{service} has no action {action}{f', it is {same}' if same else ''} ({_SOURCE})"
        return
    shape = model.operation_model(operations[action]).input_shape
    if not isinstance(parameters, dict) or shape is None:
        return
    yield from _parameters(place, f"{service}:{action}", shape, parameters)


def _parameters(place: str, call: str, shape: Any, given: Mapping[str, Any]) -> Iterator[Problem]:
    members = {stem(name): member for name, member in shape.members.items()}
    named = {name.removesuffix(".$"): value for name, value in given.items()}
    for name, value in named.items():
        member = members.get(stem(name))
        if member is None:
            yield place, f"{call} takes no {name}, only: {', '.join(shape.members)}"[:400]
        elif not name[:1].isupper():
            yield place, f"{call}: {name} begins with a capital in a call's parameters"
        elif member.type_name == "structure" and isinstance(value, dict):
            yield from _parameters(place, call, member, value)
    for name in shape.required_members:
        if stem(name) not in {stem(each) for each in named}:
            yield place, f"{call} needs {name}"


@functools.cache
def _model(service: str) -> Any:
    """The service that the SDK for Java calls so: its id without blanks, in lower case."""
    loader = botocore.loaders.Loader()
    for name in loader.list_available_services("service-2"):
        if _IDS.get(name, name.replace("-", "")) == service:
            return botocore.model.ServiceModel(loader.load_service_model(name, "service-2"), name)
    return None
