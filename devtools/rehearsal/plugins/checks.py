"""Problems of a resource's inputs by the provider's schema, and the defaults that the provider fills in."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from devtools.rehearsal.fake_outputs import DEFAULTS_KEY
from devtools.rehearsal.plugins.wire import UNKNOWN, SecretValue, is_asset
from devtools.rehearsal.schema import ResourceType, SchemaProperty

# Properties that the provider takes only as JSON.
_JSON: Final = frozenset(
    {
        "assumeRolePolicy",
        "containerDefinitions",
        "dashboardBody",
        "definition",
        "eventPattern",
        "policy",
        "policyDocument",
        "redriveAllowPolicy",
        "redrivePolicy",
        "resourcePolicy",
    }
)
# Properties of which a resource takes at most one.
_AT_MOST_ONE: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "ec2/subnet": (("availabilityZone", "availabilityZoneId"),),
    "ec2/vpc": (("cidrBlock", "ipv4NetmaskLength"), ("assignGeneratedIpv6CidrBlock", "ipv6IpamPoolId")),
    "rds/cluster": (("manageMasterUserPassword", "masterPassword"), ("manageMasterUserPassword", "masterPasswordWo")),
    "rds/instance": (("manageMasterUserPassword", "password"),),
    "secretsmanager/secretVersion": (("secretString", "secretBinary"),),
    "sqs/queue": (("kmsMasterKeyId", "sqsManagedSseEnabled"),),
}
# Properties of which a resource takes exactly one.
_EXACTLY_ONE: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "ec2/route": (
        ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"),
        (
            "carrierGatewayId",
            "coreNetworkArn",
            "egressOnlyGatewayId",
            "gatewayId",
            "localGatewayId",
            "natGatewayId",
            "networkInterfaceId",
            "odbNetworkArn",
            "transitGatewayId",
            "vpcEndpointId",
            "vpcPeeringConnectionId",
        ),
    ),
    "vpc/securityGroupEgressRule": (("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"),),
    "vpc/securityGroupIngressRule": (("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"),),
}
_TRUTH: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """A property that the provider would not take, and why: one line, without the value when that is secret."""

    path: str
    reason: str


def failures(kind: ResourceType, inputs: Mapping[str, Any]) -> list[CheckFailure]:
    """Everything that the schema forbids in those inputs; unknown values pass."""
    found = [*_object(kind.properties, inputs, "", kind)]
    present = {name for name, value in inputs.items() if value is not None and value is not False}
    for group in _AT_MOST_ONE.get(kind.short, ()):
        given = [name for name in group if name in present]
        if len(given) > 1:
            found.append(CheckFailure(given[1], f"conflicts with {given[0]}: give only one of them"))
    for group in _EXACTLY_ONE.get(kind.short, ()):
        given = [name for name in group if name in present]
        if len(given) != 1:
            said = f"all of {', '.join(given)} are given" if given else "none is"
            found.append(
                CheckFailure(given[0] if given else group[0], f"exactly one of {', '.join(group)} is needed, {said}")
            )
    prefixes = [f"{name}Prefix" for name in sorted(present) if f"{name}Prefix" in present & kind.properties.keys()]
    found += [CheckFailure(p, f"conflicts with {p.removesuffix('Prefix')}: give only one of them") for p in prefixes]
    return found


def _object(
    fields: Mapping[str, SchemaProperty], value: Mapping[str, Any], path: str, kind: ResourceType
) -> Iterator[CheckFailure]:
    for name, item in value.items():
        if name == DEFAULTS_KEY:
            continue
        where = f"{path}.{name}" if path else name
        prop = fields.get(name)
        if prop is None or not prop.settable:
            yield CheckFailure(where, _unknown(name, fields, kind, path))
        elif item is not None:
            yield from _value(prop, item, where, kind)
    for name, prop in fields.items():
        if prop.required and value.get(name) is None:
            yield CheckFailure(f"{path}.{name}" if path else name, "is required, but has no value")


def _unknown(name: str, fields: Mapping[str, SchemaProperty], kind: ResourceType, path: str) -> str:
    if name in fields:
        return f"is an output of {kind.token}: the provider computes it, it can't be set"
    settable = [prop.name for prop in fields.values() if prop.settable]
    near = difflib.get_close_matches(name, settable, 1, 0.6)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{kind.token} has no property {name!r}{f' in {path}' if path else ''}{hint}"


def _value(prop: SchemaProperty, value: Any, path: str, kind: ResourceType) -> Iterator[CheckFailure]:
    if isinstance(value, SecretValue):
        yield from (CheckFailure(f.path, _blind(f.reason)) for f in _value(prop, value.value, path, kind))
        return
    if value is UNKNOWN or value is None or prop.kind == "any":
        return
    wrong = _wrong(prop, value)
    if wrong:
        yield CheckFailure(path, wrong)
    elif prop.kind == "list":
        element = prop.element
        for index, item in enumerate(value):
            yield from _value(element, item, f"{path}[{index}]", kind)
    elif prop.kind == "map":
        element = prop.element
        for name, item in value.items():
            if name != DEFAULTS_KEY:
                yield from _value(element, item, f"{path}.{name}", kind)
    elif prop.kind == "object" and prop.fields is not None:
        yield from _object(prop.fields, value, path, kind)


def _wrong(prop: SchemaProperty, value: Any) -> str | None:
    """Why a known value doesn't fit the property's kind; None when it does. Numbers may come as strings and back."""
    kind = prop.kind
    if kind in ("list", "map", "object"):
        fits = isinstance(value, list) if kind == "list" else isinstance(value, dict) and not is_asset(value)
    elif kind == "asset":
        fits = is_asset(value)
    elif kind == "json":
        fits = isinstance(value, (str, dict))
    elif isinstance(value, (list, dict)):
        fits = False
    elif kind == "boolean":
        fits = isinstance(value, bool) or value in _TRUTH
    elif kind in ("integer", "number"):
        fits = _is_number(value, whole=kind == "integer")
    else:
        fits = True
    if not fits:
        return f"must be {_article(kind)} {kind}, got {_describe(value)}"
    if prop.name in _JSON and kind in ("string", "json") and isinstance(value, str) and not _is_json(value):
        return f"must be a JSON document, got {_describe(value)}"
    return None


def _is_number(value: Any, whole: bool) -> bool:
    if isinstance(value, bool):
        return False
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    return number == int(number) if whole else True


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _describe(value: Any) -> str:
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"the number {int(value) if value == int(value) else value}"
    if isinstance(value, str):
        return f"the string {value[:60]!r}"
    return "a list" if isinstance(value, list) else "an asset" if is_asset(value) else "an object"


def _blind(reason: str) -> str:
    """A reason without the value it quotes."""
    return reason.partition(", got ")[0] + ", got a secret value of another kind" if ", got " in reason else reason


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def with_defaults(
    prop_fields: Mapping[str, SchemaProperty], inputs: Mapping[str, Any], filled: list[str]
) -> dict[str, Any]:
    """The inputs with the bridge's notes on what it filled in itself: `filled` here, nothing in nested objects."""
    noted = {
        name: _noted(prop_fields.get(name), value)
        for name, value in inputs.items()
        if name != DEFAULTS_KEY and value is not None
    }
    return {DEFAULTS_KEY: sorted(filled), **noted}


def _noted(prop: SchemaProperty | None, value: Any) -> Any:
    if prop is None:
        return value
    if isinstance(value, SecretValue):
        return SecretValue(_noted(prop, value.value))
    if prop.kind == "list" and isinstance(value, list):
        element = prop.element
        return [_noted(element, item) for item in value]
    if prop.kind == "object" and prop.fields is not None and isinstance(value, dict):
        return with_defaults(prop.fields, value, [])
    return value
