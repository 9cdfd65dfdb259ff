"""Typed facts of AWS resource types: their properties, and the provider's treatment of each.

Two committed tables are joined on demand: `data/sdk_overlay.json.gz` (which properties pulumi-aws 7.51.1 has, of what
shape; see `devtools.rehearsal.make_overlay`) and `data/aws_schema.json.gz` (what AWS provider 6.34 says replaces, is
computed or sensitive: 533 types, three levels deep). A type is parsed on first use.

Where the dump is silent (a newer property, a type of another service, the fourth level of nesting), existence, shape
and required-ness still hold, and replacement follows the SDK's documentation; `ResourceType.measured` tells.
"""

from __future__ import annotations

import difflib
import functools
import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(__file__).parent / "data"

# Tokens that pulumi-aws keeps for compatibility with an earlier name of the same resource.
_ALIAS_MODULES: Final = {"alb": "lb", "applicationloadbalancing": "lb"}

_KINDS: Final = {
    "s": "string",
    "i": "integer",
    "f": "number",
    "b": "boolean",
    "a": "asset",
    "j": "json",
    "x": "any",
    "o": "object",
    "#": "object",
    "[": "list",
    "{": "map",
}
# Names of the same in the dump; it has no asset, and it calls a nested single block a List with maxItems 1.
_CODES: Final = {"String": "s", "Int": "i", "Float": "f", "Bool": "b", "Map": "{s", "List": "[x", "Set": "[x"}

_NO_FACTS: Final[Mapping[str, Any]] = {}


class UnknownTypeError(LookupError):
    """The AWS provider has no such resource type; the message offers the nearest names."""


class SchemaProperty:
    """One input or output of a resource type, or of an object nested in it.

    `kind` is string, integer, number, boolean, asset, json (a string or an object), any, object, list or map.
    `computed` means that the provider fills it in when the program does not; with `settable` false it always does.
    """

    __slots__ = (
        "_code",
        "_facts",
        "_fields",
        "_module",
        "computed",
        "kind",
        "name",
        "replaces",
        "required",
        "settable",
    )

    def __init__(self, module: str, name: str, code: str, facts: Mapping[str, Any], settable: bool = True) -> None:
        self._module = module
        self._facts = facts
        self._code = code.rstrip("!*+")
        self._fields: Mapping[str, SchemaProperty] | None = None
        self.name = name
        self.kind: str = _KINDS[self._code[0]]
        self.settable = settable
        self.required = "!" in code
        self.computed: bool = facts.get("computed", False) if facts else not settable or "+" in code
        # A resource lives in its region: pulumi-aws replaces it when that changes.
        self.replaces: bool = facts.get("forceNew", False) if facts else "*" in code
        if name == "region" and settable:
            self.replaces = True

    @property
    def sensitive(self) -> bool:
        """Whether the provider marks its value as a secret."""
        return bool(self._facts.get("sensitive", False))

    @property
    def provider_only(self) -> bool:
        """Whether the provider computes it and takes no value for it, whatever the SDK's classes offer."""
        return not self.settable or bool(self._facts.get("computed") and not self._facts.get("optional"))

    @property
    def unordered(self) -> bool:
        """Whether it is a set: the order of its elements is no difference."""
        return self._facts.get("type") == "Set"

    @property
    def element(self) -> SchemaProperty:
        """Property of each element of a list, or of each value of a map."""
        return SchemaProperty(self._module, self.name, self._code[1:] or "x", self._facts, self.settable)

    @property
    def fields(self) -> Mapping[str, SchemaProperty] | None:
        """The properties of an object; None where neither table knows them."""
        if self._fields is None and self._code.startswith("#"):
            facts = self._facts.get("properties", _NO_FACTS)
            codes = _module(self._module)["objects"].get(self._code[1:], {})
            self._fields = {
                name: SchemaProperty(self._module, name, code, facts.get(name, _NO_FACTS))
                for name, code in codes.items()
            }
        return self._fields


class ResourceType:
    """A resource type under its own token, with `properties` by Pulumi name."""

    __slots__ = ("auto_named", "computed", "measured", "properties", "sensitive", "short", "token")

    def __init__(self, token: str, properties: Mapping[str, SchemaProperty], measured: bool) -> None:
        self.token = token
        self.properties = properties
        self.measured = measured
        module, _, rest = canonical(token).removeprefix("aws:").partition("/")
        self.short = f"{module}/{rest.partition(':')[0]}"
        self.auto_named = _auto_named(self.short, properties)
        self.sensitive = frozenset(name for name, prop in properties.items() if prop.sensitive)
        self.computed = tuple(name for name, prop in properties.items() if prop.computed)


# Names that pulumi-aws generates under a property other than `name`.
_AUTO_NAMES: Final = {
    "cloudfront/keyValueStore": "name",
    "eks/fargateProfile": "fargateProfileName",
    "eks/nodeGroup": "nodeGroupName",
    "elasticache/cluster": "clusterId",
    "elasticache/replicationGroup": "replicationGroupId",
    "rds/cluster": "clusterIdentifier",
    "rds/clusterInstance": "identifier",
    "rds/instance": "identifier",
    "s3/bucket": "bucket",
}
# Types with an optional `name` that is no physical name: it is an attribute, or AWS chooses it.
_NOT_NAMED: Final = frozenset(
    {"ec2/defaultSecurityGroup", "costexplorer/costAllocationTag", "rds/proxyDefaultTargetGroup", "ssm/association"}
)


def _auto_named(short: str, properties: Mapping[str, SchemaProperty]) -> str | None:
    """The property that pulumi-aws fills with a generated physical name when the program sets none."""
    named = _AUTO_NAMES.get(short, "name")
    prop = properties.get(named)
    if prop is None or short in _NOT_NAMED or prop.kind != "string" or not prop.settable or prop.required:
        return None
    return named


def canonical(token: str) -> str:
    """The current token of a resource type: `aws:alb/listener:Listener` is `aws:lb/listener:Listener`."""
    module, slash, rest = token.removeprefix("aws:").partition("/")
    module = _ALIAS_MODULES.get(module, module)
    if module == "s3" and rest.endswith("V2"):
        path, _, name = rest.partition(":")
        rest = f"{path.removesuffix('V2')}:{name.removesuffix('V2')}"
    return f"aws:{module}{slash}{rest}"


@functools.cache
def resource_type(token: str) -> ResourceType:
    """The facts of a resource type by its token, such as `aws:s3/bucket:Bucket`.

    UnknownTypeError when the AWS provider has no such type.
    """
    module, slash, key = token.removeprefix("aws:").partition("/")
    types = _module(module)["types"] if module in _overlay()["modules"] else {}
    if not token.startswith("aws:") or not slash or key not in types:
        near = difflib.get_close_matches(token, known_tokens(), 1, 0.8)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UnknownTypeError(f"unknown resource type {token!r}{hint}")
    shapes = types[key]
    facts = _facts(token)
    inputs = {
        name: SchemaProperty(module, name, code, facts.get(name, _NO_FACTS)) for name, code in shapes["in"].items()
    }
    outputs = {
        name: SchemaProperty(module, name, code, facts.get(name, _NO_FACTS), settable=False)
        for name, code in shapes["out"].items()
    }
    return ResourceType(token, inputs | outputs, bool(facts))


@functools.cache
def known_tokens() -> tuple[str, ...]:
    """Every resource type token of pulumi-aws, sorted."""
    return tuple(sorted(f"aws:{module}/{key}" for module in _overlay()["modules"] for key in _module(module)["types"]))


def measured_tokens() -> Iterable[str]:
    """The tokens whose behaviour the dump of the real provider describes."""
    swapped = {wrong: right for right, wrong in _overlay()["moved"].items()}
    return sorted(swapped.get(token, token) for token in _dump())


def sdk_version() -> str:
    """The pulumi-aws version that the overlay was made from."""
    return str(_overlay()["sdk"])


def _facts(token: str) -> Mapping[str, Any]:
    overlay = _overlay()
    if token in overlay["moved"].values():
        return _NO_FACTS
    own = canonical(token)
    facts = _dump().get(overlay["moved"].get(own, own), _NO_FACTS)
    renames = overlay["renames"].get(own)
    return facts if not renames else {**facts, **{new: facts[old] for new, old in renames.items()}}


@functools.cache
def _dump() -> Mapping[str, Any]:
    with gzip.open(DATA / "aws_schema.json.gz", "rb") as source:
        return json.loads(source.read())


@functools.cache
def _overlay() -> Mapping[str, Any]:
    with gzip.open(DATA / "sdk_overlay.json.gz", "rb") as source:
        return json.loads(source.read())


@functools.cache
def _module(name: str) -> Mapping[str, Any]:
    return json.loads(_overlay()["modules"][name])
