"""Outputs as from AWS: ids, ARNs, endpoints and every other output, made up but believable and reproducible.

One module for the offline provider plugin and for the unit tests' mocks, so that a test and a rehearsal see the same
values. Nothing here knows Pulumi's wire format: inputs and outputs are plain dicts under Pulumi's names (camelCase).

    identifier, outs = outputs("aws:kms/key:Key", urn, {"enableKeyRotation": True}, AccountRegion.of("ap-south-1"))
    invoke("aws:index/getCallerIdentity:getCallerIdentity", {}, AccountRegion.of("ap-south-1"))
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, Final

from devtools.rehearsal.fake_outputs import compute, databases, edge, governance, identity, monitoring, network, stores
from devtools.rehearsal.fake_outputs.account_region import ACCOUNT_ID, AccountRegion, UnknownRegionError
from devtools.rehearsal.fake_outputs.fake_resource import FakeResource, ResourceKind, Template, evaluate, regional
from devtools.rehearsal.fake_outputs.fill import computed
from devtools.rehearsal.fake_outputs.functions import UnknownFunctionError, invoke
from devtools.rehearsal.fake_outputs.names import auto_name
from devtools.rehearsal.schema import ResourceType, SchemaProperty, resource_type

__all__ = [
    "ACCOUNT_ID",
    "KINDS",
    "AccountRegion",
    "UnknownFunctionError",
    "UnknownRegionError",
    "auto_name",
    "changed_by_update",
    "invoke",
    "logical_name",
    "outputs",
    "physical_name",
    "planned",
]

# Key of the bridge's note, inside a resource's inputs, on which of them it filled in itself.
DEFAULTS_KEY: Final = "__defaults"

KINDS: Final[dict[str, ResourceKind]] = {
    **network.KINDS,
    **edge.KINDS,
    **compute.KINDS,
    **databases.KINDS,
    **stores.KINDS,
    **identity.KINDS,
    **monitoring.KINDS,
    **governance.KINDS,
}

# Outputs that an update moves on although no input of that name changes.
_CHANGED_BY_UPDATE: Final[dict[str, tuple[str, ...]]] = {
    "ec2/launchTemplate": ("latestVersion",),
    "lambda/function": ("version", "qualifiedArn", "qualifiedInvokeArn", "lastModified"),
    "s3/bucketObject": ("versionId", "etag"),
    "s3/bucketObjectv2": ("versionId", "etag"),
    "ssm/parameter": ("version",),
}


def logical_name(urn: str) -> str:
    """The resource's name in the program: the last part of its URN."""
    return urn.rsplit("::", 1)[-1]


def physical_name(kind: ResourceType, urn: str, inputs: Mapping[str, Any]) -> str:
    """The physical name of a resource: as set, else generated as by pulumi-aws."""
    prop = kind.auto_named or "name"
    given = inputs.get(prop)
    if isinstance(given, str) and given:
        return given
    prefix = inputs.get(f"{prop}Prefix")
    seed = f"{urn}|{prefix or ''}"
    if isinstance(prefix, str) and prefix:
        return prefix + auto_name(kind.short, "", seed, inputs).lstrip("-")
    return auto_name(kind.short, logical_name(urn), seed, inputs) if kind.auto_named else logical_name(urn)


def outputs(
    token: str,
    urn: str,
    inputs: Mapping[str, Any],
    place: AccountRegion,
    replaced: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
) -> tuple[str, dict[str, Any]]:
    """The id and all outputs of a resource, with its inputs echoed and every computed property filled.

    The same URN gives the same values. `replaced` is what the outputs of the resource were that this one replaces: then
    the id is another one. `before` is what its own outputs were before an update: they stay, except where an input
    changed them. A resource's own `region` input overrides the place. UnknownTypeError for a type AWS doesn't have.
    """
    kind = resource_type(token)
    region = inputs.get("region")
    if isinstance(region, str) and region and region != place.region:
        place = AccountRegion.of(region, place.account_id)
    seed = urn if replaced is None else f"{urn}|after {replaced.get('id')}"
    known = replaced if before is None else before
    thing = FakeResource(
        kind.short, physical_name(kind, urn, inputs), inputs, place, seed, known or {}, before is not None
    )
    form = KINDS.get(kind.short) or _default_kind(kind)
    if before is not None and before.get("id"):
        thing.id, thing.arn = str(before["id"]), str(before.get("arn") or "")
    else:
        _identify(form, thing)

    result = {name: _without_defaults(value) for name, value in inputs.items() if name != DEFAULTS_KEY}
    moving = changed_by_update(token)
    if kind.auto_named and result.get(kind.auto_named) is None:
        result[kind.auto_named] = thing.name
    for name in kind.computed:
        if result.get(name) is not None:
            continue
        if name == "tagsAll":
            result[name] = computed(kind.properties[name], thing)
        elif before is not None and name in before and name not in moving:
            result[name] = before[name]
        else:
            template = form.outputs.get(name)
            result[name] = computed(kind.properties[name], thing) if template is None else evaluate(template, thing)
    for name in _with_nested_computed(token):
        if name in result:
            result[name] = _fill_nested(kind.properties[name], result[name], thing)
    result["id"] = thing.id
    return thing.id, result


def planned(
    token: str, inputs: Mapping[str, Any], place: AccountRegion, unknown: Any, before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Outputs known in a preview: inputs, tags and region; `unknown` for all else.

    `before` is what its outputs are when it exists already: they stay known, except those that any update changes.
    """
    kind = resource_type(token)
    result = {name: _without_defaults(value) for name, value in inputs.items() if name != DEFAULTS_KEY}
    known = before or {}
    moving = changed_by_update(token)
    for name in kind.computed:
        if result.get(name) is not None:
            continue
        if name == "region":
            result[name] = known.get(name, place.region)
        elif name == "tagsAll":
            tags = inputs.get("tags")
            result[name] = unknown if tags is unknown else dict(tags or {})
        else:
            result[name] = unknown if name in moving else known.get(name, unknown)
    for name in _with_nested_computed(token):
        if name in result:
            result[name] = _plan_nested(kind.properties[name], result[name], known.get(name), unknown)
    if "id" in known:
        result["id"] = known["id"]
    return result


def changed_by_update(token: str) -> tuple[str, ...]:
    """Outputs of a type that any update changes, so that a preview of an update doesn't know them."""
    return _CHANGED_BY_UPDATE.get(resource_type(token).short, ())


def _identify(form: ResourceKind, thing: FakeResource) -> None:
    """Set id and ARN; each may refer to the other, the id only when it is the ARN."""

    def arn() -> str:
        return str(evaluate(form.arn, thing)) if form.arn is not None else thing.text("arn")

    if isinstance(form.id, str) and "{arn}" in form.id:
        thing.arn = arn()
        thing.id = thing.fill(form.id)
    else:
        thing.id = str(evaluate(form.id, thing))
        thing.arn = arn()


# Service names in ARNs, where they differ from Pulumi's module.
_ARN_SERVICES: Final = {
    "cfg": "config",
    "cognito": "cognito-idp",
    "ebs": "ec2",
    "ec2clientvpn": "ec2",
    "ec2transitgateway": "ec2",
    "efs": "elasticfilesystem",
    "msk": "kafka",
    "opensearch": "es",
    "s3control": "s3",
    "verifiedaccess": "ec2",
    "vpc": "ec2",
}
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@functools.cache
def _default_kind(kind: ResourceType) -> ResourceKind:
    """The form of a type that no table describes: known by its name, or by an id of its kind."""
    module, _, resource = kind.short.partition("/")
    word = _WORDS.sub("-", resource).lower()
    identifier: Template = "{name}" if kind.auto_named else f"{word}-{{hex17}}"
    return ResourceKind(identifier, regional(_ARN_SERVICES.get(module, module), f"{word}/{{id}}"))


def _without_defaults(value: Any) -> Any:
    """A value as AWS sees it: without the bridge's notes, and without properties that are null."""
    if isinstance(value, dict):
        return {key: _without_defaults(item) for key, item in value.items() if key != DEFAULTS_KEY and item is not None}
    if isinstance(value, list):
        return [_without_defaults(item) for item in value]
    return value


@functools.cache
def _with_nested_computed(token: str) -> tuple[str, ...]:
    """Properties of a type in which the provider always computes nested values."""
    return tuple(name for name, prop in resource_type(token).properties.items() if _has_computed(prop, 3))


def _has_computed(prop: SchemaProperty, depth: int) -> bool:
    fields = (prop.element if prop.kind == "list" else prop).fields
    if not fields or depth == 0:
        return False
    return any(field.provider_only or _has_computed(field, depth - 1) for field in fields.values())


def _fill_nested(prop: SchemaProperty, value: Any, thing: FakeResource) -> Any:
    if isinstance(value, list) and prop.kind == "list":
        return [_fill_nested(prop.element, item, thing) for item in value]
    fields = prop.fields
    if not isinstance(value, dict) or not fields:
        return value
    filled = dict(value)
    for name, nested in fields.items():
        if name in filled:
            filled[name] = _fill_nested(nested, filled[name], thing)
        elif nested.provider_only:
            filled[name] = computed(nested, thing)
    return filled


def _plan_nested(prop: SchemaProperty, value: Any, before: Any, unknown: Any) -> Any:
    if isinstance(value, list) and prop.kind == "list":
        old = before if isinstance(before, list) else []
        return [
            _plan_nested(prop.element, item, old[index] if index < len(old) else None, unknown)
            for index, item in enumerate(value)
        ]
    fields = prop.fields
    if not isinstance(value, dict) or not fields:
        return value
    old = before if isinstance(before, dict) else {}
    planned_fields = dict(value)
    for name, nested in fields.items():
        if name in planned_fields:
            planned_fields[name] = _plan_nested(nested, planned_fields[name], old.get(name), unknown)
        elif nested.provider_only:
            planned_fields[name] = old.get(name, unknown)
    return planned_fields
