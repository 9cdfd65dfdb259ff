"""Registry of names: finds two resources of one stack that AWS would treat as one, or reject as a duplicate."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import Any, Final

from devtools.rehearsal.fake_outputs import KINDS, AccountRegion, logical_name
from devtools.rehearsal.schema import resource_type

_MADE_UP: Final = re.compile(r"\{(?:hex|upper|lower|digits|uuid)")

_IN_GROUP: Final = ("autoscalingGroupName", "name")
_NAMED: Final = ("name",)
_SCALED: Final = ("serviceNamespace", "resourceId", "scalableDimension")
_SCOPED: Final = ("scope", "name")
_RULE: Final = (
    "securityGroupId",
    "ipProtocol",
    "fromPort",
    "toPort",
    "cidrIpv4",
    "cidrIpv6",
    "prefixListId",
    "referencedSecurityGroupId",
)

# Properties that make a resource the same as another where its id does not.
_IDENTITY: Final[Mapping[str, tuple[str, ...]]] = {
    "appautoscaling/policy": (*_SCALED, "name"),
    "appautoscaling/scheduledAction": (*_SCALED, "name"),
    "appautoscaling/target": _SCALED,
    "autoscaling/lifecycleHook": _IN_GROUP,
    "autoscaling/policy": _IN_GROUP,
    "autoscaling/schedule": ("autoscalingGroupName", "scheduledActionName"),
    "cloudfront/cachePolicy": _NAMED,
    "cloudfront/originAccessControl": _NAMED,
    "cloudfront/originRequestPolicy": _NAMED,
    "cloudfront/responseHeadersPolicy": _NAMED,
    "cloudwatch/logMetricFilter": ("logGroupName", "name"),
    "cloudwatch/logStream": ("logGroupName", "name"),
    "cloudwatch/logSubscriptionFilter": ("logGroup", "name"),
    "ec2/launchTemplate": _NAMED,
    "ec2/networkAclRule": ("networkAclId", "ruleNumber", "egress"),
    "ec2/route": ("routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"),
    "ec2/securityGroup": ("vpcId", "name"),
    "ec2/subnet": ("vpcId", "cidrBlock"),
    "lambda/permission": ("function", "statementId"),
    "lb/listener": ("loadBalancerArn", "port"),
    "lb/listenerRule": ("listenerArn", "priority"),
    "lb/loadBalancer": _NAMED,
    "lb/targetGroup": _NAMED,
    "secretsmanager/secret": _NAMED,
    "vpc/securityGroupEgressRule": _RULE,
    "vpc/securityGroupIngressRule": _RULE,
    "wafv2/ipSet": _SCOPED,
    "wafv2/regexPatternSet": _SCOPED,
    "wafv2/ruleGroup": _SCOPED,
    "wafv2/webAcl": _SCOPED,
    "xray/group": ("groupName",),
}
# Types of which AWS takes several with the same id: a validation has none of its own, definitions share their family,
# attaching a policy twice changes nothing.
_REPEATABLE: Final = frozenset(
    {
        "acm/certificateValidation",
        "autoscaling/notification",
        "ecs/taskDefinition",
        "iam/groupPolicyAttachment",
        "iam/rolePolicyAttachment",
        "iam/userPolicyAttachment",
    }
)
# Optional properties without which a resource gets an identity of AWS's making.
_LEFT_TO_AWS: Final = frozenset({"priority", "statementId"})


class DuplicateError(Exception):
    """A second resource of the stack would be the same thing to AWS as one that was made before it."""


class ResourceIds:
    """Identities of the resources made by this process, for its lifetime."""

    def __init__(self) -> None:
        self._owners: dict[tuple[str, ...], str] = {}
        self._held: dict[tuple[str, str], tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def claim(self, token: str, urn: str, identifier: str, inputs: Mapping[str, Any], place: AccountRegion) -> None:
        """Note that a resource now exists. DuplicateError when another one holds the same identity.

        A resource may hold it twice at once while it is being replaced.
        """
        key = _identity(token, identifier, inputs, place)
        if key is None:
            return
        with self._lock:
            owner = self._owners.setdefault(key, urn)
            self._held[urn, identifier] = key
        if owner != urn:
            what = " ".join(part for part in key[2:] if part)
            raise DuplicateError(
                f"{token} {what!r} is made twice: {logical_name(owner)!r} holds that identity already, so AWS would "
                "refuse the second or let it overwrite the first; change what tells them apart"
            )

    def release(self, urn: str, identifier: str) -> None:
        """Note that a resource is gone."""
        with self._lock:
            key = self._held.pop((urn, identifier), None)
            if key is not None and self._owners.get(key) == urn and key not in self._held.values():
                del self._owners[key]


def _identity(token: str, identifier: str, inputs: Mapping[str, Any], place: AccountRegion) -> tuple[str, ...] | None:
    """The unique key of the resource in AWS; None when none of its properties has to be unique."""
    short = resource_type(token).short
    form = KINDS.get(short)
    if form is None or short in _REPEATABLE:
        return None
    regional = not isinstance(form.arn, str) or "{region}" in form.arn
    where = str(inputs.get("region") or place.region) if regional else ""
    properties = _IDENTITY.get(short)
    if properties is None:
        return None if isinstance(form.id, str) and _id_is_made_up(short) else (short, where, identifier)
    values = [inputs.get(name) for name in properties]
    if any(value is None and name in _LEFT_TO_AWS for name, value in zip(properties, values, strict=True)):
        return None
    return (short, where, *("" if value is None else str(value) for value in values))


def _id_is_made_up(short: str) -> bool:
    """Whether a type's id holds characters of AWS's making, so that no two resources can share it."""
    form = KINDS[short]
    template = form.id if isinstance(form.id, str) else ""
    if "{arn}" in template and isinstance(form.arn, str):
        template += form.arn
    return bool(_MADE_UP.search(template))
