"""IAM patterns: case-insensitive names and ARNs with the wildcards `*` and `?`."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=8192)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text.lower()).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def matches(pattern: str, value: str) -> bool:
    """Whether an action or ARN pattern matches a value, by IAM's rules: any case, `*` and `?`."""
    return _pattern(pattern).fullmatch(value.lower()) is not None


def has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


@lru_cache(maxsize=8192)
def is_wildcard_resource(arn: str) -> bool:
    """Whether a resource pattern is unspecific: `*`, `arn:aws:s3:::*`, `arn:aws:sqs:*:*:*`, `…:table/*`.

    A pattern counts as particular once its resource part holds a literal beyond the type's name.
    """
    arn = arn.strip()
    if not has_wildcard(arn):
        return False
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return True  # `*`, `arn:aws:*`: whatever its wildcard spans, no resource is named
    resource = parts[5]
    if parts[2] == "s3":
        return not literal(resource.split("/", 1)[0])
    if parts[2] in _UNTYPED:
        return not literal(resource)
    kind, _, name = re.split("([/:])", resource, maxsplit=1) if re.search("[/:]", resource) else ("", "", resource)
    return (has_wildcard(kind[:1]) and not literal(name)) or not literal(_SUBTYPES.sub("", name))


# Services whose ARNs carry the resource's name with no type before it.
_UNTYPED = frozenset(("sqs", "sns", "execute-api"))
# Types of things inside a resource, which name nothing: `table/*/index/*`.
_SUBTYPES = re.compile(r"(?<=[/:])(?:index|stream|backup|export|log-stream|object)(?=[/:]|$)")


def literal(pattern: str) -> str:
    return pattern.replace("*", "").replace("?", "").strip(":/-")


def subsumes(wide: str, narrow: str) -> bool:
    """Whether every ARN of the pattern `narrow` is one of `wide`, as far as that is certain."""
    if wide == "*" or wide == narrow:
        return True
    if "?" in wide and has_wildcard(narrow):
        return False
    return matches(wide, narrow)
