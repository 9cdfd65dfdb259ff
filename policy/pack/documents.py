"""IAM policy documents, read the way IAM reads them.

A document is JSON text or an object; `Statement`, `Action`, `Resource` and condition values are one or many; element
and condition names match in any case; patterns know `*` and `?` only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .conditions import Condition, narrowed
from .patterns import matches
from .values import document, known, listed


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

        For a statement with `NotAction`: the first of the `wanted` actions that it doesn't exclude.
        """
        wanted = tuple(wanted)
        found = [action for action in self.known_actions() if any(matches(action, name) for name in wanted)]
        if self.not_actions:
            excluded = [name for name in map(known, self.not_actions) if isinstance(name, str)]
            left = [name for name in wanted if not any(matches(pattern, name) for pattern in excluded)]
            found += [f"{name} (NotAction)" for name in left[:1]]
        return found

    def reached(self) -> list[str]:
        """The resources that it covers; `*` for a statement with `NotResource`."""
        return ["*"] if self.not_resources else self.known_resources()

    def narrowed_by(self, *keys: str) -> bool:
        """Whether a condition on one of `keys` really narrows access.

        Keys are lower case; one that ends in `/` or `:` takes any suffix.
        """
        return narrowed(self.conditions, *keys)


def statements(value: Any) -> list[Statement]:
    """The statements of a policy document; none if it isn't one, since IAM rejects it and it grants nothing."""
    return list(_of_text(value)) if isinstance(value, str) else _of_body(document(value))


@lru_cache(maxsize=8192)
def _of_text(text: str) -> tuple[Statement, ...]:
    """Statements of a JSON text, cached since many rules read the same one."""
    return tuple(_of_body(document(text)))


def _of_body(body: Any) -> list[Statement]:
    if not isinstance(body, dict):
        return []
    entries = listed(_element(body, "statement"))
    return [_statement(entry, index) for index, entry in enumerate(map(known, entries)) if isinstance(entry, dict)]


def allowing(value: Any) -> Iterator[Statement]:
    """The allow statements of a document."""
    return (statement for statement in statements(value) if statement.allows)


def is_anybody(principal: str) -> bool:
    """Whether a principal's account is any: `*`, `arn:aws:iam::*:root`."""
    parts = principal.split(":", 5)
    return principal == "*" or (len(parts) == 6 and "*" in parts[4])


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
