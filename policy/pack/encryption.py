"""Whether something is encrypted with a key of this program, told by dependency while ARNs are not known yet."""

from __future__ import annotations

from fnmatch import fnmatchcase

from .resource import Resource
from .rule import Context, Option
from .values import Block, Unknown

KEYS = (
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/alias:Alias",
)

OUTSIDE_KEYS = Option(
    name="outsideKeys",
    # An account's number and something of the key's own: a pattern for every key would be no exception.
    schema={
        "type": "array",
        "items": {"type": "string", "pattern": r"^arn:aws[\w-]*:kms:[\w*-]+:\d+:(key|alias)/[\w-]"},
    },
    default=[],
    meaning="ARNs (`*` and `?` match) of customer-managed keys that another program made",
)


def key_problem(
    resource: Resource, path: str, context: Context, *, block: Block | None = None, inner: str = ""
) -> str | None:
    """What is wrong with the key that `resource` names at `path`, None when it is a key of this program.

    For one of several nested blocks, `path` is the list's and `block` with `inner` the place in it.
    """
    place, inner = (resource, path) if block is None else (block, inner)
    if not place.present(inner):
        return f"has no customer-managed key ({inner})"
    value = place.raw(inner)
    if isinstance(value, Unknown):
        if any(target.token in KEYS for target in map(context.whole.find, resource.linked(path)) if target):
            return None
        return f"takes its key ({inner}) from outside this program"
    if not isinstance(value, str):
        return f"has no customer-managed key ({inner})"
    if "alias/aws/" in value or value.startswith("aws/"):
        return f"is encrypted with AWS's own key {value}"
    if context.whole.named(value, *KEYS) or any(
        fnmatchcase(value, str(key)) for key in context.options.get(OUTSIDE_KEYS.name, ())
    ):
        return None
    return f"is encrypted with the key {value}, which this program doesn't make"
