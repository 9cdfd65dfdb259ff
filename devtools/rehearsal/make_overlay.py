"""Write `data/sdk_overlay.json.gz`: the inputs and outputs that the installed pulumi-aws SDK gives every resource type.

    python -m devtools.rehearsal.make_overlay

`data/aws_schema.json.gz` knows what replaces, what is computed and what is sensitive, but of AWS provider 6.34, under
the names that a plain bridge gives them. The SDK is what the program is written against: newer properties, properties
that pulumi-aws renames, and 1,200 further types. So the SDK says which properties exist and of what shape, and the dump
says how they behave; `devtools.rehearsal.schema` joins the two.

The SDK's modules are generated and all of one layout, so that their text is read instead of importing 270 MB of them.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

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

_CLASS = re.compile(r"^class (\w+)\b.*:\n", re.MULTILINE)
_TOKEN = re.compile(r'^@pulumi\.type_token\("(aws:[^"]+)"\)', re.MULTILINE)
_GETTER = re.compile(
    r'@pulumi\.getter(?:\(name="(\w+)"\))?\n(?:\s+@[^\n]+\n)*\s+def (\w+)\(self\) -> ([^\n]+):\n(?:\s+"""(.*?)""")?',
    re.DOTALL,
)
_REPLACES = re.compile(r"forces?\W+(?:an?\W+)?(?:new|replacement|recreat)", re.IGNORECASE)


def sdk_root() -> Path:
    """Folder of the installed pulumi_aws package; RuntimeError when it is not installed."""
    spec = importlib.util.find_spec("pulumi_aws")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("pulumi_aws is not installed in this environment: pip install -r requirements.txt")
    return Path(spec.submodule_search_locations[0])


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


def _classes(path: Path) -> tuple[str | None, dict[str, str]]:
    """The resource token of a module, if any, and the body of each class in it."""
    text = path.read_text(encoding="utf-8")
    token = _TOKEN.search(text)
    parts = _CLASS.split(text)[1:]
    return token and token[1], dict(zip(parts[::2], parts[1::2], strict=True))


def _arguments(body: str) -> dict[str, str]:
    """Shape code per property of an argument class: `!` marks a required one, `*` one documented to replace."""
    found = {}
    for getter in _GETTER.finditer(body):
        code, optional = shape(getter[3])
        found[getter[1] or getter[2]] = (
            code + ("" if optional else "!") + ("*" if _REPLACES.search(getter[4] or "") else "")
        )
    return dict(sorted(found.items()))


def read_sdk(root: Path) -> dict[str, Module]:
    """Per SDK module (`ec2`, `s3` …): `types` with inputs (`in`) and outputs (`out`), and the nested `objects`."""
    modules: dict[str, Module] = {}
    for folder, paths in _modules(root):
        types: dict[str, dict[str, dict[str, str]]] = {}
        nested = folder / "_inputs.py"
        bodies = _classes(nested)[1] if nested.exists() else {}
        objects = {name: _arguments(body) for name, body in bodies.items() if name.endswith("Args")}
        token_module = ""
        for path in paths:
            token, bodies = _classes(path)
            name = token.rsplit(":", 1)[-1] if token else ""
            arguments = bodies.get(f"{name}Args", bodies.get(f"{name}InitArgs"))
            if token is None or arguments is None or name not in bodies:
                continue
            token_module, key = token.removeprefix("aws:").split("/", 1)
            inputs = _arguments(arguments)
            outputs = {}
            for getter in _GETTER.finditer(bodies[name]):
                code, optional = shape(getter[3])
                outputs[getter[1] or getter[2]] = code + ("" if optional else "!")
            # An optional input whose output is never empty is one that the provider fills in.
            filled = {
                prop: code + "+"
                for prop, code in inputs.items()
                if "!" not in code and outputs.get(prop, "").endswith("!")
            }
            only_out = {prop: code.rstrip("!") for prop, code in sorted(outputs.items()) if prop not in inputs}
            types[key] = {"in": inputs | filled, "out": only_out}
        if types:
            used = _reachable(types, objects)
            modules[token_module] = {"types": types, "objects": {name: objects[name] for name in sorted(used)}}
    return modules


def _modules(root: Path) -> Iterator[tuple[Path, list[Path]]]:
    for folder in sorted(path for path in root.iterdir() if (path / "__init__.py").exists()):
        yield folder, sorted(path for path in folder.glob("*.py") if path.name not in ("_inputs.py", "outputs.py"))


def _reachable(types: dict[str, dict[str, dict[str, str]]], objects: dict[str, dict[str, str]]) -> set[str]:
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


def overlay() -> dict[str, Any]:
    """The whole overlay; RuntimeError when the dump has a property that the SDK lacks and nobody has explained."""
    modules = read_sdk(sdk_root())
    with gzip.open(DUMP, "rt", encoding="utf-8") as source:
        strange = unexplained(modules, json.load(source))
    if strange:
        raise RuntimeError(f"the SDK lacks inputs of the dump; add them to RENAMES or MOVED: {', '.join(strange)}")
    return {
        "sdk": importlib.metadata.version("pulumi-aws"),
        "renames": RENAMES,
        "moved": MOVED,
        # A module's facts stay text until a type of it is asked for: parsing all takes 25 ms, one module 1 ms.
        "modules": {
            name: json.dumps(facts, separators=(",", ":"), sort_keys=True) for name, facts in sorted(modules.items())
        },
    }


def main() -> None:
    text = json.dumps(overlay(), separators=(",", ":"))
    OVERLAY.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{OVERLAY.name}: {OVERLAY.stat().st_size} bytes")


if __name__ == "__main__":
    main()
