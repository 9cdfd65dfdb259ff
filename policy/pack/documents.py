"""IAM policy documents, read the way IAM reads them.

A document is JSON text or an object; `Statement`, `Action`, `Resource` and condition values are one or many; element
and condition names match in any case; patterns know `*` and `?` only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .networks import is_open
from .values import document, known, listed


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One operator and key with its values, as in `{"StringEquals": {"aws:SourceAccount": "…"}}`; both lower case."""

    operator: str
    key: str
    values: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; a list element may be `Unknown`. `principals` are (kind, value), kind in lower case or `*`."""

    label: str
    effect: str
    actions: tuple[Any, ...] = ()
    not_actions: tuple[Any, ...] = ()
    resources: tuple[Any, ...] = ()
    not_resources: tuple[Any, ...] = ()
    principals: tuple[tuple[str, Any], ...] = ()
    not_principals: tuple[tuple[str, Any], ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def allows(self) -> bool:
        return self.effect == "allow"

    def known_actions(self) -> list[str]:
        return [action for action in map(known, self.actions) if isinstance(action, str)]

    def known_resources(self) -> list[str]:
        return [resource for resource in map(known, self.resources) if isinstance(resource, str)]

    def matching(self, wanted: Iterable[str]) -> list[str]:
        """The actions of this statement, patterns included, that match any of the `wanted` ones.

        Of a statement that says which actions it doesn't speak of, the first of the `wanted` that it does.
        """
        wanted = tuple(wanted)
        found = [action for action in self.known_actions() if any(matches(action, name) for name in wanted)]
        if self.not_actions:
            excluded = [name for name in map(known, self.not_actions) if isinstance(name, str)]
            left = [name for name in wanted if not any(matches(pattern, name) for pattern in excluded)]
            found += [f"{name} (NotAction)" for name in left[:1]]
        return found

    def reached(self) -> list[str]:
        """The resources that it speaks of; `*` stands for all but those that it excludes."""
        return ["*"] if self.not_resources else self.known_resources()

    def narrowed_by(self, *keys: str) -> bool:
        """Whether a condition on one of `keys` really narrows access.

        Keys are lower case; one that ends in `/` or `:` takes any suffix.
        """
        return any(
            condition.key == key or (key[-1:] in "/:" and condition.key.startswith(key))
            for condition in self.conditions
            if _narrows(condition)
            for key in keys
        )


def statements(value: Any) -> list[Statement]:
    """The statements of a document. What is no document has none: IAM refuses it, so it grants nothing."""
    return list(_of_text(value)) if isinstance(value, str) else _of_body(document(value))


@lru_cache(maxsize=8192)
def _of_text(text: str) -> tuple[Statement, ...]:
    """Of a document given as text, which many rules read."""
    return tuple(_of_body(document(text)))


def _of_body(body: Any) -> list[Statement]:
    if not isinstance(body, dict):
        return []
    entries = listed(_element(body, "statement"))
    return [_statement(entry, index) for index, entry in enumerate(map(known, entries)) if isinstance(entry, dict)]


def allowing(value: Any) -> Iterator[Statement]:
    """The statements of a document that allow something."""
    return (statement for statement in statements(value) if statement.allows)


@lru_cache(maxsize=8192)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text.lower()).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def matches(pattern: str, value: str) -> bool:
    """Whether an action or ARN pattern matches a value, by IAM's rules: any case, `*` and `?`."""
    return _pattern(pattern).fullmatch(value.lower()) is not None


def is_anybody(principal: str) -> bool:
    """Whether a principal's account is any: `*`, `arn:aws:iam::*:root`."""
    parts = principal.split(":", 5)
    return principal == "*" or (len(parts) == 6 and "*" in parts[4])


def has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


@lru_cache(maxsize=8192)
def is_wildcard_resource(arn: str) -> bool:
    """Whether a resource pattern names nothing in particular: `*`, `arn:aws:s3:::*`, `arn:aws:sqs:*:*:*`, `…:table/*`.

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
        return not _literal(resource.split("/", 1)[0])
    if parts[2] in _UNTYPED:
        return not _literal(resource)
    kind, _, name = re.split("([/:])", resource, maxsplit=1) if re.search("[/:]", resource) else ("", "", resource)
    return (has_wildcard(kind[:1]) and not _literal(name)) or not _literal(_SUBTYPES.sub("", name))


# Services whose ARNs carry the resource's name with no type before it.
_UNTYPED = frozenset(("sqs", "sns", "execute-api"))
# Types of things inside a resource, which name nothing: `table/*/index/*`.
_SUBTYPES = re.compile(r"(?<=[/:])(?:index|stream|backup|export|log-stream|object)(?=[/:]|$)")


def _literal(pattern: str) -> str:
    return pattern.replace("*", "").replace("?", "").strip(":/-")


def _narrows(condition: Condition) -> bool:
    operator = condition.operator
    if operator.startswith("forallvalues:") or operator.endswith("ifexists") or not condition.values:
        return False  # the first two hold where the key is absent
    base = operator.removeprefix("foranyvalue:")
    # A value that will be known later narrows: which key it belongs to is what counts.
    values = [value for value in condition.values if isinstance(value, str)]
    if base == "ipaddress":
        return not any(is_open(value) for value in values)
    if base in ("stringequals", "stringequalsignorecase", "bool"):
        return "" not in values
    if base in ("stringlike", "arnequals", "arnlike"):
        return all(map(_names_something, values))
    return False


def _names_something(pattern: str) -> bool:
    """Whether the pattern of a condition holds for less than everybody: an account, or a resource by name."""
    if not pattern.lower().startswith("arn:"):
        return bool(_literal(pattern))
    parts = pattern.split(":", 5)
    return (len(parts) > 4 and bool(_literal(parts[4]))) or not (len(parts) < 6 or is_wildcard_resource(pattern))


def _element(body: dict[str, Any], name: str) -> Any:
    if name in body:
        return body[name]
    return next((value for key, value in body.items() if isinstance(key, str) and key.lower() == name), None)


def _statement(entry: dict[str, Any], index: int) -> Statement:
    sid = _element(entry, "sid")
    effect = known(_element(entry, "effect"))
    return Statement(
        label=f"statement {sid}" if isinstance(sid, str) and sid else f"statement {index}",
        effect=effect.lower() if isinstance(effect, str) else "",
        actions=tuple(listed(_element(entry, "action"))),
        not_actions=tuple(listed(_element(entry, "notaction"))),
        resources=tuple(listed(_element(entry, "resource"))),
        not_resources=tuple(listed(_element(entry, "notresource"))),
        principals=tuple(_principals(_element(entry, "principal"))),
        not_principals=tuple(_principals(_element(entry, "notprincipal"))),
        conditions=tuple(_conditions(known(_element(entry, "condition")))),
    )


def _principals(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for kind, names in value.items():
            yield from ((str(kind).lower(), name) for name in listed(names))
    else:
        yield from (("*", name) for name in listed(value))


def _conditions(value: Any) -> Iterator[Condition]:
    for operator, keys in value.items() if isinstance(value, dict) else ():
        keys = known(keys)
        for key, values in keys.items() if isinstance(keys, dict) else ():
            yield Condition(operator=str(operator).lower(), key=str(key).lower(), values=tuple(listed(values)))
