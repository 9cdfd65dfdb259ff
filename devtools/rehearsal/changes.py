"""What an operation changes, in words: what is lost first, then what is updated, then the counts."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from devtools.console import coloured, width
from devtools.rehearsal.events import SECRET_KEY, UNKNOWN, Change, EngineResource, Record, short_type

HOLDS_DATA: Final = frozenset(
    f"aws:{name}"
    for name in (
        "backup/vault:Vault", "cognito/userPool:UserPool", "docdb/cluster:Cluster", "dynamodb/globalTable:GlobalTable",
        "dynamodb/table:Table", "ebs/volume:Volume", "efs/fileSystem:FileSystem", "elasticache/cluster:Cluster",
        "elasticache/replicationGroup:ReplicationGroup", "elasticache/serverlessCache:ServerlessCache",
        "elasticsearch/domain:Domain", "fsx/lustreFileSystem:LustreFileSystem", "kinesis/stream:Stream",
        "kms/key:Key", "cloudwatch/logGroup:LogGroup", "neptune/cluster:Cluster", "opensearch/domain:Domain",
        "rds/cluster:Cluster", "rds/instance:Instance", "redshift/cluster:Cluster", "s3/bucket:Bucket",
        "s3/bucketV2:BucketV2", "secretsmanager/secret:Secret", "sqs/queue:Queue",
    )
)  # fmt: skip
"""Types whose deletion deletes data: cfn-lint's StatefulResources.json (its rule I3011), and serverless caches."""

MAX_SHOWN: Final = 20
"""Updates, and creations, shown one by one; more of them are counted by type."""
MAX_DIFFERENCES: Final = 4
"""Properties of one update that are shown."""
MAX_VALUE: Final = 24
"""Characters of a value in a difference."""


_RED, _YELLOW = 31, 33


def is_new(record: Record) -> bool:
    """Whether nothing was there before: then what is created is the inventory, and no line of its own each."""
    return not {op for op, count in record.changes.items() if count} - {"create"}


def shown(record: Record) -> Iterator[str]:
    """The lines for this terminal; none where all is new or nothing changes."""
    for line in () if is_new(record) else lines(record, width()):
        colour = _RED if line.startswith("!!") else _YELLOW if line[3:4] in ("+", "-") else 0
        yield coloured(line, colour) if colour else line


def lines(record: Record, columns: int) -> Iterator[str]:
    """The changes to what there was: replaced and deleted by name with the cause, then updated with the differences,
    then created, then counted."""
    found = {urn: change for urn, change in record.changed.items() if urn in record.resources}
    replaced = {urn: change for urn, change in found.items() if change.replaces}
    deleted = {urn: change for urn, change in found.items() if change.operation == "delete"}
    updated = {urn: change for urn, change in found.items() if change.operation == "update"}
    lost = {urn for urn in (*replaced, *deleted) if record.resources[urn].type in HOLDS_DATA}
    if lost:
        yield from _filled(
            "!! DATA WOULD BE LOST: ", _many(len(lost), "store") + " would be deleted or made anew", columns
        )
    for urn in sorted(replaced, key=lambda each: each not in lost):
        causes = ", ".join(_difference(path, replaced[urn]) for path in replaced[urn].causes) or "asked for"
        yield from _filled(_mark(urn in lost, "+-"), f"replace {_named(record.resources[urn])}: {causes}", columns)
    for urn in sorted(deleted, key=lambda each: each not in lost):
        yield from _filled(_mark(urn in lost, "-"), f"delete {_named(record.resources[urn])}", columns)
    words = {urn: f"{_named(record.resources[urn])}: {_differences(change)}" for urn, change in updated.items()}
    yield from _some("~", "update", words, record, columns)
    created = {urn: _named(record.resources[urn]) for urn, change in found.items() if change.operation == "create"}
    yield from _some("+", "create", created, record, columns)
    if found:
        yield "in all " + ", ".join(f"{count} {op}" for op, count in sorted(record.changes.items()))


def _mark(lost: bool, sign: str) -> str:
    return f"{'!!' if lost else '  '} {sign:<2} "


def _named(resource: EngineResource) -> str:
    return f"{short_type(resource.type)} {resource.name}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _some(sign: str, verb: str, words: Mapping[str, str], record: Record, columns: int) -> Iterator[str]:
    """The first changes of one kind one by one, and how many more there are of which types."""
    for urn in list(words)[:MAX_SHOWN]:
        yield from _filled(_mark(False, sign), f"{verb} {words[urn]}", columns)
    counts = Counter(short_type(record.resources[urn].type) for urn in list(words)[MAX_SHOWN:])
    if counts:
        listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        yield from _filled(_mark(False, sign), f"{verb} {counts.total()} more: {listed}", columns)


def _differences(change: Change) -> str:
    shown = [_difference(path, change) for path in change.differing[:MAX_DIFFERENCES]]
    rest = len(change.differing) - len(shown)
    return ", ".join([*shown, *([f"and {rest} more"] if rest else [])]) or "differs"


def _difference(path: str, change: Change) -> str:
    before, after = _at(change.old, path), _at(change.new, path)
    return f"{path} {before} -> {after}" if before != after else path


def _at(inputs: Mapping[str, Any], path: str) -> str:
    """The input at a path such as `tags.Owner` or `rules[0].port`, in short."""
    value: Any = inputs
    for part in path.replace("[", ".").replace("]", "").split("."):
        if isinstance(value, Mapping):
            value = value.get(part.strip('"'))
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return "none"
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        return "[secret]" if SECRET_KEY in value else "{…}"
    text = "[not known yet]" if value == UNKNOWN else value if isinstance(value, str) else json.dumps(value)
    text = " ".join(text.split())
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"


def _filled(head: str, text: str, columns: int) -> list[str]:
    return textwrap.wrap(
        text, max(columns, 40), initial_indent=head, subsequent_indent=" " * 8, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
