"""Redaction of secrets in messages: in the values that a rule inserts, never in the pack's own words.

Redacting a word of the fixed text would reveal which word the secret is. The inserted values are found
from the source: a message is matched with the f-strings of this package, and only what takes the place
of an expression is a value.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .values import parsed

STRUCK = "[secret]"

# A secret this long is struck out inside of longer words too, and in any case; a shorter one is a word of its own.
_TELLING = 8
# Of a secret document, its shorter words would strike out half of every message.
_MIN_WORD = 4
_MIN_NUMBER = 3
_DEPTH = 4
"""Maximum nesting of one message in another."""


class Secrets:
    """The secret values of one resource or more."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def note(self, value: Any) -> None:
        """Records a secret; for a map, list or document, each value in it."""
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                self.note(item)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            self._values.add(str(value))
        elif isinstance(value, str) and value.strip():
            self._values.add(value)
            if value.lstrip()[:1] in ("{", "["):
                self._values.update(_words(parsed(value)))

    def add(self, other: Secrets) -> None:
        self._values |= other._values

    def redacted(self, problem: str, names: Callable[[], Collection[str]] = tuple) -> str:
        """A problem without its secrets; `names` are those of resources, which are in the open by their URNs."""
        lowered = problem.lower()
        found = [value for value in self._values if value in problem or (_long(value) and value.lower() in lowered)]
        if not found:
            return problem
        return _struck(problem, _pattern(found), frozenset(names()))


def _long(value: str) -> bool:
    return len(value) >= _TELLING


def _pattern(values: list[str]) -> re.Pattern[str]:
    parts = [
        f"(?i:{re.escape(value)})" if _long(value) else rf"(?<!\w){re.escape(value)}(?!\w)"
        for value in sorted(values, key=len, reverse=True)
    ]
    return re.compile("|".join(parts))


def _struck(text: str, secret: re.Pattern[str], names: frozenset[str], depth: int = _DEPTH) -> str:
    """The text with the secrets in its values struck out; a text that no template has is a value as a whole."""
    fitting = _fitting(text) if depth else None
    if fitting is None:
        return secret.sub(lambda match: match[0] if _named(text, match, names) else STRUCK, text)
    template, match = fitting
    told, end = [], 0
    for index, own in enumerate(template.own, start=1):
        start, stop = match.span(index)
        value = text[start:stop]
        told += [text[end:start], value if value in own else _struck(value, secret, names, depth - 1)]
        end = stop
    return "".join((*told, text[end:]))


def _named(text: str, match: re.Match[str], names: frozenset[str]) -> bool:
    """Whether what was found is the name of a resource, or a part of one."""
    return any(
        start <= match.start() and match.end() <= start + len(name)
        for name in names
        if match[0] in name
        for start in (found.start() for found in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text))
    )


@dataclass(frozen=True, kw_only=True)
class Template:
    """A message template: a pattern with a group for each value, and the fixed words that may appear as a value."""

    pattern: re.Pattern[str]
    own: tuple[frozenset[str], ...]
    weight: int
    """Letters of its own."""


def _fitting(text: str) -> tuple[Template, re.Match[str]] | None:
    for template in templates():
        match = template.pattern.fullmatch(text)
        if match:
            return template, match
    return None


@lru_cache(maxsize=1)
def templates() -> tuple[Template, ...]:
    """All messages of the package, the most telling first."""
    found: dict[str, Template] = {}
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            template = _template(node)
            if template:
                found.setdefault(template.pattern.pattern, template)
    return tuple(sorted(found.values(), key=lambda template: -template.weight))


def _template(node: ast.AST) -> Template | None:
    values = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]
    weight = sum(map(str.isalpha, "".join(texts)))
    if not weight or " " not in "".join(texts).strip() or any("\n" in text for text in texts):
        return None  # a single word may be anything
    parts = [re.escape(str(value.value)) if isinstance(value, ast.Constant) else "(.*?)" for value in values]
    own = tuple(_own(value) for value in values if isinstance(value, ast.FormattedValue))
    return Template(pattern=re.compile("".join(parts), re.DOTALL), own=own, weight=weight)


def _own(value: ast.FormattedValue) -> frozenset[str]:
    """Fixed words that may appear as a value: `{'open' if x else 'closed'}`, `{name or 'none'}`."""
    nodes = [node for node in ast.walk(value.value) if isinstance(node, (ast.IfExp, ast.BoolOp))]
    inner = [part for node in nodes for part in ast.iter_child_nodes(node)]
    return frozenset(str(part.value) for part in inner if isinstance(part, ast.Constant))


def _words(value: Any) -> Iterator[str]:
    """The scalars of a document, each of which a message may contain."""
    if isinstance(value, str):
        if len(value) >= _MIN_WORD:
            yield value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if len(str(value)) >= _MIN_NUMBER:
            yield str(value)
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _words(item)
