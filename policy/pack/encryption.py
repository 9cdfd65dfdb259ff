"""Checks that a resource is encrypted with a key of this program, by dependency while ARNs are not known yet."""

from __future__ import annotations

from fnmatch import fnmatchcase

from .graph import Graph
from .resource import Resource
from .rule import RuleContext, RuleOption
from .tokens import KEY
from .values import Block, UndecidedError, Unknown

EXTERNAL_KEY = "aws:kms/externalKey:ExternalKey"
REPLICA_KEY = "aws:kms/replicaKey:ReplicaKey"
REPLICA_EXTERNAL_KEY = "aws:kms/replicaExternalKey:ReplicaExternalKey"
ALIAS = "aws:kms/alias:Alias"

# Types that represent a key, with the property that names the key; None for a key itself.
KEYS = {
    KEY: None,
    EXTERNAL_KEY: None,
    REPLICA_KEY: "primaryKeyArn",
    REPLICA_EXTERNAL_KEY: "primaryKeyArn",
    ALIAS: "targetKeyId",
}

OUTSIDE_KEYS = RuleOption(
    name="outsideKeys",
    # An account's number and a part of the key id: a pattern for every key would be no exception.
    schema={
        "type": "array",
        "items": {"type": "string", "pattern": r"^arn:aws[\w-]*:kms:[\w*-]+:\d+:(key|alias)/[\w-]"},
    },
    default=[],
    meaning="ARNs (`*` and `?` match) of customer-managed keys that another program made",
)


def key_problem(
    resource: Resource, path: str, context: RuleContext, *, block: Block | None = None, inner: str = ""
) -> str | None:
    """The fault of the key that `resource` names at `path`; None when it is a key of this program.

    For one of several nested blocks, `path` is the list's and `block` with `inner` the place in it. UndecidedError
    where the value depends on a key and on another resource. For a single resource only what is certain counts.
    """
    place, inner = (resource, path) if block is None else (block, inner)
    if not place.present(inner):
        return f"has no customer-managed key ({inner})"
    value = place.raw(inner)
    if isinstance(value, Unknown):
        return None if context.alone else _by_dependency(resource, path, inner, context)
    if not isinstance(value, str):
        return f"has no customer-managed key ({inner})"
    return _by_name(value, context)


def _by_dependency(resource: Resource, path: str, inner: str, context: RuleContext) -> str | None:
    graph = context.whole
    linked = resource.linked(path)
    sources = [target for target in map(graph.find, linked) if target]
    keys = [target for target in sources if target.token in KEYS]
    if not keys and not any(_holds_a_key(graph, urn) for urn in linked):
        return f"takes its key ({inner}) from outside this program"
    if path == inner and any(target.token.startswith("aws:") and target not in keys for target in sources):
        raise UndecidedError(path)  # of a property that is the key alone, something else has a say in which
    return next((problem for problem in (_foreign(key, context) for key in keys) if problem), None)


def _by_name(value: str, context: RuleContext) -> str | None:
    name = value.split(":", 5)[-1]
    if name.startswith(("alias/aws/", "aws/")):
        return f"is encrypted with AWS's own key {value}"
    if context.alone or _outside(value, context):
        return None
    keys = context.whole.named(value, *KEYS)
    if not keys and name.startswith("alias/") and name != value and context.whole.named(name, ALIAS):
        keys = _same_account(value, context.whole.named(name, ALIAS))
    if not keys:
        return f"is encrypted with the key {value}, which this program doesn't make"
    return _foreign(keys[0], context)


def _same_account(arn: str, aliases: list[Resource]) -> list[Resource]:
    """The aliases that an ARN may be the ARN of: by account and region, once they are known."""
    if any(isinstance(alias.outputs.get("arn"), Unknown) for alias in aliases):
        raise UndecidedError("arn")
    return [alias for alias in aliases if alias.outputs.get("arn") == arn]


def _foreign(key: Resource, context: RuleContext) -> str | None:
    """The fault of an alias or a replica whose key belongs to another program."""
    path = KEYS[key.token]
    if path is None:
        return None
    value = key.raw(path)
    if isinstance(value, Unknown):
        targets = [target for target in map(context.whole.find, key.linked(path)) if target]
        own = any(target.token in KEYS and target.urn != key.urn for target in targets)
        own = own or any(_holds_a_key(context.whole, urn) for urn in key.linked(path))
    else:
        own = not isinstance(value, str) or bool(context.whole.named(value, *_OWN)) or _outside(value, context)
    return None if own else f"is encrypted with {key.name}, which stands for a key that this program doesn't make"


# Targets of an alias or a replica.
_OWN = tuple(token for token in KEYS if token != ALIAS)


def _outside(value: str, context: RuleContext) -> bool:
    return any(fnmatchcase(value, str(key)) for key in context.options.get(OUTSIDE_KEYS.name, ()))


def _holds_a_key(graph: Graph, urn: str) -> bool:
    """Whether a URN is that of a component, of another language's perhaps, that made a key."""
    component = _qualified(urn)
    if not component or component.rsplit("$", 1)[-1].startswith(("aws:", "pulumi:")):
        return False
    return any(_qualified(key.urn).startswith(f"{component}$") for key in graph.of(*KEYS))


def _qualified(urn: str) -> str:
    """The types of a resource and of all that it is a child of: `shop:Keys$aws:kms/key:Key`."""
    parts = urn.split("::")
    return parts[2] if len(parts) > 3 else ""
