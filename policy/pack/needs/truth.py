"""Conditions and patterns against a request of which not everything is known: True, False, or None (not known yet)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from ..conditions import NEGATED, Condition
from ..documents import Statement
from ..patterns import has_wildcard, matches
from ..values import Unknown
from .need import Context

Truth = bool | None

_VARIABLE = re.compile(r"\$\{([^},]*)[^}]*\}")
_TIME_KEYS = ("aws:currenttime", "aws:epochtime")


def every(truths: Iterable[Truth]) -> Truth:
    """False if any is False; else None if any is None."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def either(truths: Iterable[Truth]) -> Truth:
    """True if any is True; else None if any is None."""
    result: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is None:
            result = None
    return result


def covers_action(statement: Statement, action: str) -> Truth:
    """Whether a statement is about an action."""
    action = action.lower()
    if statement.not_actions:
        named = either(_text_matches(name, action) for name in statement.not_actions)
        return None if named is None else not named
    return either(_text_matches(name, action) for name in statement.actions)


def covers_resource(statement: Statement, arn: str, context: Context) -> Truth:
    """Whether a statement is about a resource; an empty ARN isn't known yet. Policies of trust name none."""
    if statement.not_resources:
        named = either(_pattern_matches(name, arn, context) for name in statement.not_resources)
        return None if named is None else not named
    return either(_pattern_matches(name, arn, context) for name in statement.resources)


def holds(statement: Statement, context: Context) -> Truth:
    """Whether a statement's conditions hold. Those on the time are taken to hold for grants, and not for denials."""
    return every(_holds(item, context, allows=statement.allows) for item in statement.conditions)


def _holds(item: Condition, context: Context, *, allows: bool) -> Truth:
    if item.key in _TIME_KEYS:
        return allows
    known, values = looked_up(item.key, context)
    if not known:
        return None
    if item.base == "null":
        wants_absent = [text == "true" for text in item.texts]
        return (values is None) in wants_absent if wants_absent else None
    if not values:
        return item.holds_without_key
    if item.operator.startswith("foranyvalue:"):
        return either(_one(item, value, context) for value in values)
    return every(_one(item, value, context) for value in values)


def looked_up(key: str, context: Context) -> tuple[bool, tuple[str, ...] | None]:
    """Whether a key is known, and its values. A key that ends in `/` or `:` speaks for all unlisted ones after it."""
    if key in context:
        return True, context[key]
    for mark in "/:":
        start = key[: key.find(mark, key.find(":") + 1) + 1]
        if start and start in context:
            return True, context[start]
    return False, None


def _one(item: Condition, value: str, context: Context) -> Truth:
    """Whether one value of the request meets a condition."""
    base = NEGATED.get(item.base, item.base)
    compare = _OPERATORS.get(base)
    if compare is None or not value:
        return None
    met = either(_compared(compare, wanted, value, context) for wanted in item.values)
    return met if base == item.base or met is None else not met


def _compared(compare: Callable[[str, str], Truth], wanted: object, value: str, context: Context) -> Truth:
    if isinstance(wanted, Unknown):
        return None
    text = str(wanted).lower() if isinstance(wanted, bool) else str(wanted)
    filled = _filled(text, context)
    if filled is None:
        return None if matches(_VARIABLE.sub("*", text), value) else False
    return compare(filled, value)


def _filled(text: str, context: Context) -> str | None:
    """A text with its policy variables replaced; None where one isn't known."""
    if "${" not in text:
        return text
    for name in _VARIABLE.findall(text):
        values = context.get(name.strip().lower())
        if not values or len(values) != 1:
            return None
        text = _VARIABLE.sub(lambda _, value=values[0]: value, text, count=1)
    return text


def _equal(wanted: str, value: str) -> Truth:
    return wanted == value


def _equal_in_any_case(wanted: str, value: str) -> Truth:
    return wanted.lower() == value.lower()


def _like(wanted: str, value: str) -> Truth:
    """By case, as StringLike; a value with a wildcard stands for any that it matches."""
    if has_wildcard(value):
        return overlap(wanted, value)
    return re.fullmatch(re.escape(wanted).replace(r"\*", ".*").replace(r"\?", "."), value, re.DOTALL) is not None


def _arn_like(wanted: str, value: str) -> Truth:
    """Part by part: a wildcard doesn't reach over a colon but in the last part."""
    ours, theirs = wanted.split(":", 5), value.split(":", 5)
    if len(ours) != 6 or len(theirs) != 6:
        return _like(wanted, value)
    return every(_like(one, other) for one, other in zip(ours, theirs, strict=True))


def _in_range(wanted: str, value: str) -> Truth:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return None


_OPERATORS: dict[str, Callable[[str, str], Truth]] = {
    "stringequals": _equal,
    "stringequalsignorecase": _equal_in_any_case,
    "stringlike": _like,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
    "bool": _equal_in_any_case,
    "ipaddress": _in_range,
    "numericequals": _equal,
}


def _text_matches(name: object, action: str) -> Truth:
    if isinstance(name, Unknown):
        return None
    return isinstance(name, str) and matches(name, action)


def _pattern_matches(name: object, arn: str, context: Context) -> Truth:
    if name == "*":
        return True
    if isinstance(name, Unknown) or not arn:
        return None
    if not isinstance(name, str):
        return False
    filled = _filled(name, context)
    if filled is None:
        return None if overlap(_VARIABLE.sub("*", name), arn) else False
    return matches(filled, arn) if arn == "*" else overlap(filled, arn)  # an action without a resource has only `*`


@lru_cache(maxsize=65536)
def overlap(pattern: str, arn: str) -> bool:
    """Whether a pattern names a resource, or some of those that the need's own pattern stands for."""
    if not has_wildcard(arn):
        return matches(pattern, arn)
    return _meet(pattern.lower(), arn.lower())


def _meet(one: str, other: str) -> bool:
    """Whether some text matches both patterns: the pairs of places that both can have come to, step by step."""
    reached, todo = {(0, 0)}, [(0, 0)]
    while todo:
        i, j = todo.pop()
        if i == len(one) and j == len(other):
            return True
        a, b = one[i : i + 1], other[j : j + 1]
        steps = []
        if a == "*":
            steps += [(i + 1, j), *([(i, j + 1)] if b else [])]
        if b == "*":
            steps += [(i, j + 1), *([(i + 1, j)] if a else [])]
        if a and b and "*" not in (a, b) and (a == b or "?" in (a, b)):
            steps.append((i + 1, j + 1))
        for step in steps:
            if step not in reached:
                reached.add(step)
                todo.append(step)
    return False


def names_principal(statement: Statement, kinds: Sequence[str], names: Sequence[str]) -> Truth:
    """Whether a statement of a resource's policy is about a principal, by any of its names."""
    wanted = [name.lower() for name in names]
    if statement.not_principals:
        named = either(_is_named(kind, value, kinds, wanted) for kind, value in statement.not_principals)
        return None if named is None else not named
    return either(_is_named(kind, value, kinds, wanted) for kind, value in statement.principals)


def _is_named(kind: str, value: object, kinds: Sequence[str], wanted: Sequence[str]) -> Truth:
    if kind not in (*kinds, "*"):
        return False
    if isinstance(value, Unknown):
        return None
    text = str(value).lower()
    if text == "*":
        return kind in ("*", *kinds)
    return text in wanted
