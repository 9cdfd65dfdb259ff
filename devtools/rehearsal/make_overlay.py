"""Write `data/sdk_overlay.json.gz`: the inputs and outputs that the installed pulumi-aws SDK gives every resource type.

    python -m devtools.rehearsal.make_overlay

`data/aws_schema.json.gz` knows what replaces, what is computed and what is sensitive, but of AWS provider 6.34, under
the names that a plain bridge gives them. The SDK is what the program is written against: newer properties, properties
that pulumi-aws renames, and 1,200 further types. So the SDK says which properties exist and of what shape, and the dump
says how they behave; `devtools.rehearsal.schema` joins the two.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from devtools import sdk as sdk_reader
from devtools.sdk import Property, Sdk

Module: TypeAlias = dict[str, dict[str, Any]]

DATA = Path(__file__).parent / "data"
OVERLAY = DATA / "sdk_overlay.json.gz"
DUMP = DATA / "aws_schema.json.gz"

# Properties that pulumi-aws names differently from a plain bridge: SDK name -> the dump's name.
RENAMES: dict[str, dict[str, str]] = {
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": {"logGroup": "logGroupName"},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"name": "alarmName"},
    "aws:dynamodb/table:Table": {
        "globalSecondaryIndexes": "globalSecondaryIndices",
        "localSecondaryIndexes": "localSecondaryIndices",
    },
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": {"egress": "egresses", "ingress": "ingresses"},
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {"egress": "egresses", "ingress": "ingresses"},
    "aws:ec2/networkAcl:NetworkAcl": {"egress": "egresses", "ingress": "ingresses"},
    "aws:ec2/securityGroup:SecurityGroup": {"egress": "egresses", "ingress": "ingresses"},
    "aws:elasticache/reservedCacheNode:ReservedCacheNode": {"elasticacheReservedCacheNodeId": "id"},
    "aws:lambda/function:Function": {"name": "functionName"},
    "aws:lambda/layerVersion:LayerVersion": {"code": "filename"},
    "aws:lambda/permission:Permission": {"function": "functionName"},
    "aws:route53/record:Record": {
        "aliases": "alias",
        "failoverRoutingPolicies": "failoverRoutingPolicy",
        "geolocationRoutingPolicies": "geolocationRoutingPolicy",
        "latencyRoutingPolicies": "latencyRoutingPolicy",
        "weightedRoutingPolicies": "weightedRoutingPolicy",
    },
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": {
        "routingRuleDetails": "routingRules",
        "routingRules": "routingRule",
    },
    "aws:sns/topicSubscription:TopicSubscription": {"topic": "topicArn"},
    "aws:wafv2/ruleGroup:RuleGroup": {"rulesJson": "ruleJson"},
}

# The dump's token table matched these provider types (aws_route, aws_instance) to a namesake of another service.
MOVED = {
    "aws:ec2/instance:Instance": "aws:servicediscovery/instance:Instance",
    "aws:ec2/route:Route": "aws:ec2clientvpn/route:Route",
}

# Inputs of the dump that pulumi-aws offers as outputs only.
OUTPUT_ONLY = {"tagsAll"}

_REPLACES = re.compile(r"forces?\W+(?:an?\W+)?(?:new|replacement|recreat)", re.IGNORECASE)


def shape(hint: str) -> tuple[str, bool]:
    """The code of a type hint and whether a value may be left out.

    Codes: s string, i int, f float, b bool, a asset or archive, j JSON as a string or an object, x anything,
    [c list of c, {c map of c, #Name an object of that argument class, o an object of an output class.
    """
    hint = hint.strip()
    for wrapper in ("pulumi.Input[", "pulumi.Output["):
        if hint.startswith(wrapper):
            return shape(hint[len(wrapper) : -1])
    if hint.startswith("Optional["):
        return shape(hint[len("Optional[") : -1])[0], True
    for wrapper, code in (("Sequence[", "["), ("Mapping[str, ", "{")):
        if hint.startswith(wrapper):
            return code + shape(hint[len(wrapper) : -1])[0], False
    if hint.startswith("Union["):
        codes = [shape(part)[0] for part in _split(hint[len("Union[") : -1])]
        if any(code.startswith("#") for code in codes):
            return ("j" if "s" in codes else next(c for c in codes if c.startswith("#"))), False
        return ("a" if "a" in codes else "x" if any(c.startswith("[") for c in codes) else "s"), False
    if hint.startswith("'"):
        name = hint.strip("'")
        if name.startswith("outputs."):
            return "o", False
        return (
            "#" + name if name.endswith("Args") and "." not in name else "x" if name.endswith("Args") else "s"
        ), False
    plain = {"str": "s", "int": "i", "float": "f", "bool": "b", "Asset": "a", "Archive": "a", "Any": "x"}
    return plain[hint.rsplit(".", 1)[-1]], False


def _split(text: str) -> list[str]:
    """The parts of `a, b[c, d], e` at its top level."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        depth += (char == "[") - (char == "]")
        if char == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def _arguments(properties: Mapping[str, Property]) -> dict[str, str]:
    """Shape code per property of an argument class: `!` marks a required one, `*` one documented to replace."""
    return {
        name: _code(prop) + ("*" if _REPLACES.search(prop.doc) else "") for name, prop in sorted(properties.items())
    }


def _code(prop: Property) -> str:
    code, optional = shape(prop.annotation)
    return code + ("" if optional else "!")


def read_sdk(sdk: Sdk) -> dict[str, Module]:
    """Per SDK module (`ec2`, `s3` …): `types` with inputs (`in`) and outputs (`out`), and the nested `objects`."""
    types: dict[str, dict[str, Any]] = {}
    nested: dict[str, sdk_reader.Module] = {}
    for token in sdk.resources:
        resource = sdk.resource(token)
        module, key = token.removeprefix("aws:").split("/", 1)
        inputs = _arguments(resource.properties)
        outputs = {name: _code(prop) for name, prop in resource.outputs.items()}
        # An optional input whose output is never empty is one that the provider fills in.
        filled = {
            prop: code + "+" for prop, code in inputs.items() if "!" not in code and outputs.get(prop, "").endswith("!")
        }
        only_out = {prop: code.rstrip("!") for prop, code in sorted(outputs.items()) if prop not in inputs}
        types.setdefault(module, {})[key] = {"in": inputs | filled, "out": only_out}
        nested[module] = resource.module
    return {module: {"types": made, "objects": _objects(made, nested[module])} for module, made in types.items()}


def _objects(types: Mapping[str, Any], module: sdk_reader.Module) -> dict[str, dict[str, str]]:
    objects = {name: _arguments(module.properties(name)) for name in module.names if name.endswith("Args")}
    return {name: objects[name] for name in sorted(_reachable(types, objects))}


def _reachable(types: Mapping[str, Any], objects: dict[str, dict[str, str]]) -> set[str]:
    """The argument classes that some resource's inputs lead to; the rest belong to data sources."""
    pending = [code for entry in types.values() for code in entry["in"].values()]
    seen: set[str] = set()
    while pending:
        name = pending.pop().partition("#")[2].rstrip("!*+")
        if name in objects and name not in seen:
            seen.add(name)
            pending.extend(objects[name].values())
    return seen


def unexplained(modules: dict[str, Module], dump: dict[str, dict[str, Any]]) -> list[str]:
    """Settable properties of the dump that the SDK lacks and that RENAMES, MOVED and OUTPUT_ONLY don't account for."""
    missing = []
    for token, properties in dump.items():
        module, key = token.removeprefix("aws:").split("/", 1)
        inputs = modules[module]["types"][key]["in"]
        known = set(inputs) | set(RENAMES.get(token, {}).values()) | OUTPUT_ONLY
        if token in MOVED.values():
            continue
        for name, facts in properties.items():
            if (facts.get("required") or facts.get("optional")) and name not in known:
                missing.append(f"{token} {name}")
    return missing


def overlay(modules: dict[str, Module]) -> dict[str, Any]:
    """The whole overlay; RuntimeError when the dump has an unexplained property that the SDK lacks."""
    with gzip.open(DUMP, "rt", encoding="utf-8") as source:
        strange = unexplained(modules, json.load(source))
    if strange:
        raise RuntimeError(f"the SDK lacks inputs of the dump; add them to RENAMES or MOVED: {', '.join(strange)}")
    return {
        "sdk": importlib.metadata.version("pulumi-aws"),
        "renames": RENAMES,
        "moved": MOVED,
        # A module's facts stay text until one of its types is used: parsing all takes 25 ms, one module 1 ms.
        "modules": {
            name: json.dumps(facts, separators=(",", ":"), sort_keys=True) for name, facts in sorted(modules.items())
        },
    }


def main() -> None:
    text = json.dumps(overlay(read_sdk(Sdk())), separators=(",", ":"))
    OVERLAY.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{OVERLAY.name}: {OVERLAY.stat().st_size} bytes")


if __name__ == "__main__":
    main()
