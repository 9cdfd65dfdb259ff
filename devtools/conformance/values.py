"""Scalar values that AWS rejects and its provider passes on: negative numbers, invalid ports, conflicts."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

Problem = tuple[str, str]

_MAY_BE_NEGATIVE = re.compile(
    r"^(fromPort|toPort|icmpType|icmpCode|threshold|scalingAdjustment|metricInterval\w+|authorizationTokenTtl)$"
)
"""-1 stands for all ports or ICMP types; thresholds and adjustments are signed."""
_UNCHANGED = frozenset({"aws:autoscaling/schedule:Schedule"})
"""Types for which -1 means an unchanged size."""
_AS_IT_IS = -1

_PORT = re.compile(r"(^|[a-z])[pP]orts?$")
_PERCENT = re.compile(r"(^p|P)ercent(age)?s?$")
_OVER_100 = re.compile(r"(aximum|maxHealthy|onDemandAllocation|overprovision)", re.IGNORECASE)
"""A deployment may run twice its tasks or instances: its maximum is 200 percent of the wanted number."""

_CIDR = re.compile(r"(^cidr|[cC]idr(Block|s|Blocks|Ipv4|Ipv6)?$|^cidrIpv[46]$)")

_EXCLUSIVE: dict[str, tuple[tuple[str, str], ...]] = {
    "aws:ecs/service:Service": (("launchType", "capacityProviderStrategies"),),
    "aws:ec2/subnet:Subnet": (("availabilityZone", "availabilityZoneId"),),
    "aws:autoscaling/group:Group": (
        ("launchConfiguration", "mixedInstancesPolicy"),
        ("launchTemplate", "mixedInstancesPolicy"),
    ),
    "aws:eks/nodeGroup:NodeGroup": (("instanceTypes", "launchTemplate.instanceType"),),
}
"""Properties of which the API takes one."""


def numbers(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """Ports, percentages, and numbers that can't be negative."""
    for place, name, value in _leaves(inputs):
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if value < 0 and not _MAY_BE_NEGATIVE.search(name) and token not in _UNCHANGED:
            yield place, f"{value:g} is less than nothing"
        if _PORT.search(name) and not -1 <= value <= 65535:
            yield place, f"{value:g} is no port: 0 to 65535"
        if _PERCENT.search(name) and not _OVER_100.search(name) and value > 100:
            yield place, f"{value:g} is more than 100 percent"


def pairs(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A least that is more than its most, anywhere in the resource."""
    for roof, fields in _objects(inputs, ""):
        for name, least in fields.items():
            most = fields.get(re.sub(r"^min", "max", name)) if name.startswith("min") else None
            if most == _AS_IT_IS:
                continue
            if _is_number(least) and _is_number(most) and least > most:
                yield f"{roof}{name}", f"{least:g} is more than the maximum of {most:g}"


def networks(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A property named as a CIDR block has to be valid, without host bits."""
    for place, name, value in _leaves(inputs):
        if isinstance(value, str) and _CIDR.search(name) and "/" in value:
            try:
                ipaddress.ip_network(value)
            except ValueError as error:
                yield place, f"{value!r} is no CIDR block: {error}"


def exclusive(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """Two properties that rule each other out."""
    for one, other in _EXCLUSIVE.get(token, ()):
        if inputs.get(one) and inputs.get(other):
            yield one, f"conflicts with {other}: one of the two"


def _leaves(node: Any, place: str = "", name: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every plain value with its place and the name of the property it is in."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in ("tags", "tagsAll") and not key.startswith("__"):
                yield from _leaves(value, f"{place}.{key}" if place else key, key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _leaves(value, f"{place}[{index}]", name)
    elif not _unknown(node):
        yield place, name, node


def _objects(node: Any, roof: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield roof, node
        for key, value in node.items():
            yield from _objects(value, f"{roof}{key}.")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _objects(value, f"{roof.removesuffix('.')}[{index}].")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unknown(value: Any) -> bool:
    return isinstance(value, str) and "04da6b54-80e4-46f7-96ec-b56ff0331ba9" in value
