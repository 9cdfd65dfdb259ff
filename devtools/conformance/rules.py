"""Syntax that AWS rejects and its provider passes on unchecked.

Each rule sees one resource's inputs in wire format, and yields the place and the reason. Unknown values pass.
"""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from devtools.conformance import api_model, cloudformation, documents, patterns, schedules, values
from devtools.conformance.client import UNKNOWN
from devtools.conformance.names import rules as names

Problem = tuple[str, str]
Rule = Callable[[str, Mapping[str, Any]], Iterator[Problem]]

_ARN_PROPERTY = re.compile(r"(^|[a-z])(Arn|arn|Arns|arns)$|^(alarm|ok|insufficientData)Actions$")
_ARN = re.compile(r"arn:aws[\w-]*:[\w-]+:[\w-]*:(\d{12}|aws|aws-managed)?:.+")
"""partition, service, region, account, resource: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-
arns.html
"""

_ARN_OR_NAME = frozenset({("aws:ssm/maintenanceWindowTask:MaintenanceWindowTask", "taskArn")})
"""Properties that AWS calls an ARN and takes a name in as well, such as `AWS-RunPatchBaseline`:
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RegisterTaskWithMaintenanceWindow.html
"""

_FARGATE_MEMORY_MIB = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}
"""MiB that go with each number of CPU units: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-
tasks-services.html
"""


_IDS = {
    "securityGroup": "sg", "securityGroupId": "sg", "referencedSecurityGroupId": "sg", "vpcSecurityGroupId": "sg",
    "subnet": "subnet", "subnetId": "subnet", "vpcSubnetId": "subnet", "vpcId": "vpc", "routeTableId": "rtb",
    "gatewayId": "(igw|vgw)", "natGatewayId": "nat", "networkAclId": "acl", "allocationId": "eipalloc",
    "prefixListId": "pl",
}  # fmt: skip
"""Prefix of the ids in properties of these names, in the singular: Amazon EC2 user guide, Resource IDs."""
_EC2_ID = r"-[0-9a-f]{8,17}"


def problems(token: str, inputs: Mapping[str, Any]) -> list[Problem]:
    """Everything that is wrong with a resource's inputs by these rules."""
    return [problem for rule in RULES for problem in rule(token, inputs)]


def known_schedules(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """Cron, rate and at expressions, wherever a property is one by its name or by its form."""
    for place, value in texts(inputs):
        if reason := schedules.problem(token, place, value):
            yield place, reason


def known_arns(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A property that is an ARN by its name has to have an ARN's form."""
    for place, value in texts(inputs):
        name = re.sub(r"\[\d+\]", "", place).rpartition(".")[2]
        if (token, place) in _ARN_OR_NAME:
            continue
        if _ARN_PROPERTY.search(name) and value not in ("", "*") and not _ARN.fullmatch(value):
            yield place, f"{value!r} is not an ARN (arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE)"


def known_ids(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A property that holds an id of EC2 by its name has to have one of that kind, not a name or another thing's id."""
    for place, value in texts(inputs):
        name = re.sub(r"\[\d+\]", "", place).rpartition(".")[2]
        kind = _IDS.get(name, _IDS.get(name.removesuffix("s")))
        if kind and value and not re.fullmatch(kind + _EC2_ID, value):
            yield place, f"{value[:60]!r} is no id of EC2 that begins with {kind}-"


def known_timezones(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A time zone is one of IANA's."""
    for place, value in texts(inputs):
        if place.lower().endswith("timezone") and value not in _timezones():
            yield place, f"{value[:60]!r} is no time zone of IANA's, such as Asia/Kolkata"


@functools.cache
def _timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def known_task_sizes(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """Fargate offers certain amounts of memory with each number of CPU units."""
    if token != "aws:ecs/taskDefinition:TaskDefinition" or "FARGATE" not in (
        inputs.get("requiresCompatibilities") or ()
    ):
        return
    cpu, memory = str(inputs.get("cpu", "")), str(inputs.get("memory", ""))
    if cpu.isdigit() and memory.isdigit() and int(memory) not in _FARGATE_MEMORY_MIB.get(int(cpu), ()):
        yield "memory", f"Fargate offers no task of {cpu} CPU units with {memory} MiB"


def known_log_names(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """WAF logs only to destinations whose name begins with aws-waf-logs-."""
    if token == "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration":
        for index, arn in enumerate(inputs.get("logDestinationConfigs") or ()):
            if isinstance(arn, str) and UNKNOWN not in arn and not re.search(r"[:/]aws-waf-logs-", arn):
                yield (
                    f"logDestinationConfigs[{index}]",
                    f"{arn!r}: the destination's name has to begin with aws-waf-logs-",
                )


RULES: tuple[Rule, ...] = (
    known_schedules,
    known_arns,
    known_ids,
    known_timezones,
    known_task_sizes,
    known_log_names,
    values.numbers,
    values.pairs,
    values.networks,
    values.exclusive,
    documents.problems,
    api_model.problems,
    cloudformation.problems,
    patterns.problems,
    patterns.tags,
    *names.RULES,
)


def texts(node: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every known text in `node` and its place, except in secrets, assets and tags."""
    if isinstance(node, dict):
        if any(key.startswith("4dabf18193072939515e22adb298388d") for key in node):
            return
        for key, value in node.items():
            if key not in ("tags", "tagsAll", "environment") and not key.startswith("__"):
                yield from texts(value, f"{place}.{key}" if place else key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from texts(value, f"{place}[{index}]")
    elif isinstance(node, str) and node != UNKNOWN:
        yield place, node
