"""Every property of pulumi-aws that by its name decides on encryption, exposure or who may come in.

The provider's schema lists them; `unjudged.yaml` says of those that the pack doesn't judge why not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from devtools.rehearsal.schema import SchemaProperty, canonical, known_tokens, resource_type
from policy.pack.key_places import named_keys, required_keys
from policy.pack.resource_documents import RESOURCE_DOCUMENTS
from policy.pack.switches import ALL

REASONS = Path(__file__).with_name("unjudged.yaml")

_NAMES = re.compile(
    r"(?:^|\.)(?:"
    r"\w*[kK]ms\w*|keyArn|keyId|\w*[eE]ncrypt\w*|sse[A-Z]\w*|serverSideEncryption"  # at rest
    r"|\w*[tT]ls[A-Z]\w*|tls|requireTls|\w*[sS]sl\w*"  # in transit
    r"|\w*[pP]ublic(?!Key)\w*|\w*[pP]rivileged\w*|\w*[uU]nauthenticated\w*|\w*[aA]nonymous\w*|directInternetAccess"
    r"|policy|content|\w*[pP]olicyDocument|accessPolicy|accessPolicies|resourcePolicy|repositoryPolicy"
    r")$"
)
_DEEPEST = 9


def properties() -> Iterator[tuple[str, str]]:
    """Types and paths, lists not marked: `aws:msk/cluster:Cluster`, `clientAuthentication.unauthenticated`."""
    for token in sorted({canonical(token) for token in known_tokens()} & set(known_tokens())):
        for path, leaf in _leaves(resource_type(token).properties, "", 0):
            if leaf.kind in ("string", "boolean", "json") and _NAMES.search(path):
                yield token, path


def _leaves(fields: Mapping[str, SchemaProperty], prefix: str, depth: int) -> Iterator[tuple[str, SchemaProperty]]:
    for name, field in fields.items():
        if not field.settable:
            continue
        inner = field
        while inner.kind in ("list", "map"):
            inner = inner.element
        yield prefix + name, inner
        if inner.kind == "object" and inner.fields and depth < _DEEPEST:
            yield from _leaves(inner.fields, f"{prefix}{name}.", depth + 1)


def judged() -> set[tuple[str, str]]:
    """What tables of the pack judge."""
    keys = (required_keys(), named_keys())
    found = {(switch.token, switch.path) for switch in ALL}
    found |= {(token, path.replace("[]", "")) for places in keys for token, paths in places.items() for path in paths}
    return found | set(RESOURCE_DOCUMENTS.items())


def reasons() -> list[dict[str, str]]:
    """Why properties are not judged by a table: a glob over types and paths each."""
    return yaml.safe_load(REASONS.read_text(encoding="utf-8"))


def explained(entry: Mapping[str, str], token: str, path: str) -> bool:
    short = token.removeprefix("aws:").split(":")[0]
    return fnmatchcase(f"{short} {path}", entry["properties"])


def open_questions() -> list[str]:
    """Properties that no table judges and no reason speaks of."""
    known, why = judged(), reasons()
    return [
        f"{token} {path}"
        for token, path in properties()
        if (token, path) not in known and not any(explained(entry, token, path) for entry in why)
    ]


if __name__ == "__main__":
    print(json.dumps(open_questions(), indent=1))
