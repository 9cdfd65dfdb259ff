"""Believable values for computed properties without a table entry: by the property's name if possible, else empty."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from devtools.rehearsal.fake_outputs.fake_resource import FakeResource, regional
from devtools.rehearsal.schema import SchemaProperty

# The moment at which everything in a rehearsal is created, RFC 3339.
CREATED: Final = "2026-01-01T00:00:00Z"

_EMPTY: Final[dict[str, Callable[[], Any]]] = {
    "string": str,
    "json": str,
    "asset": str,
    "any": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "list": list,
    "map": dict,
    "object": dict,
}

# Templates of always computed strings by their property's name; the first match counts.
_BY_NAME: Final = tuple(
    (re.compile(pattern), template)
    for pattern, template in (
        (r"^(outpost|signing|coreNetwork|placementGroup)\w*Arn$|^(carrier|customerOwned)Ip$|^ptrRecord$", ""),
        (r"^(owner|account|registry|awsAccount|masterAccount|requester|owning)(Account)?(Id)?$", "{account}"),
        (r"(^|[a-z])[rR]egion$", "{region}"),
        (r"^(created|lastModified|\w*(Time|Date|At|Timestamp))$", CREATED),
        (r"^(\w+S|s)tat(us|e)$", "ACTIVE"),
        (r"^etag$", "E{upper13:etag}"),
        (r"(?i)(uuid|token|revisionId)$", "{uuid:SALT}"),
        (r"(?i)vpcId$", "vpc-{hex17:vpc}"),
        (r"(?i)subnetId$", "subnet-{hex17:subnet}"),
        (r"(?i)securityGroupId$", "sg-{hex17:group}"),
        (r"(?i)routeTableId$", "rtb-{hex17:table}"),
        (r"(?i)(networkInterface|eni)Id$", "eni-{hex17:eni}"),
        (r"Arn$", regional("SERVICE", "KIND/{uuid:SALT}")),
        (r"Id$", "{lower13:SALT}"),
        (r"(?i)(url)$", "https://{lower10:SALT}.SERVICE.{region}.{suffix}/"),
        (r"(?i)(endpoint|address|domainName|dnsName|domain)$", "{lower10:SALT}.SERVICE.{region}.{suffix}"),
        (r"(?i)version(Actual|Number)?$", "1"),
    )
)


def computed(prop: SchemaProperty, thing: FakeResource) -> Any:
    """A value for a computed property: its ARN, or one that fits its name and kind.

    An input that the program leaves to the provider stays empty rather than being guessed at, except for places.
    """
    if prop.name == "arn" and thing.arn:
        return thing.arn
    if prop.kind == "string":
        if prop.provider_only:
            return _by_name(prop.name, thing)
        if prop.name == "region":
            return thing.place.region
        if prop.name == "availabilityZone":
            zones = thing.place.zones
            return zones[int(thing.made_up("hex", 4, "zone"), 16) % len(zones)]
    if prop.name == "tagsAll":
        return dict(thing.inputs.get("tags") or {})
    if prop.kind in ("integer", "number") and not prop.settable and prop.name.lower().endswith("version"):
        return 1
    return _EMPTY[prop.kind]()


def _by_name(name: str, thing: FakeResource) -> str:
    for pattern, template in _BY_NAME:
        if pattern.search(name):
            kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower().removesuffix("-arn")
            service = thing.short.partition("/")[0]
            return thing.fill(template.replace("SALT", name).replace("SERVICE", service).replace("KIND", kind))
    return ""
