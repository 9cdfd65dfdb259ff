"""References from a service's environment to what the stack builds: `${database.catalog.endpoint}`.

A service's settings name stores and other services; the program fills in endpoints once they are known. What may be
referenced, by kind:

    a store   what its kind offers (`specs.data.KINDS`), for example ${database.orders.port} or, as a secret,
              ${database.orders.password}
    service   url, host, port
    site      region, stack

`$${` stands for a literal `${`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from specs.data import KINDS

ATTRIBUTES: Final[dict[str, frozenset[str]]] = {kind.name: kind.attributes for kind in KINDS} | {
    "service": frozenset({"url", "host", "port"}),
    "site": frozenset({"region", "stack"}),
}
SECRET_ATTRIBUTES: Final[dict[str, frozenset[str]]] = {
    kind.name: kind.secret_attributes for kind in KINDS if kind.secret_attributes
}

_REFERENCE: Final = re.compile(r"(?P<escaped>\$\$\{)|\$\{(?P<inner>[^}]*)(?P<closed>\}?)")
_KINDS: Final = "|".join(ATTRIBUTES)
# A reference as another templating would write it: {{table.carts.name}}, $table.carts.name, $(…), <…>, %…%, #{…}.
_FOREIGN: Final = re.compile(
    r"\{\{\s*\.?[A-Za-z][\w.-]*\s*\}\}|^\$[A-Za-z_][\w.]*$"
    rf"|(?:[$%#<{{(]|\[\[|\$\s+\{{)\s*\.?(?:{_KINDS})s?\.[A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z]+)?",
    re.IGNORECASE,
)


_SHOWN: Final = 60  # characters of a value that a message repeats


@dataclass(frozen=True)
class Reference:
    """One `${kind.name.attribute}`; of kind `site` the name is empty."""

    kind: str
    name: str
    attribute: str

    def __str__(self) -> str:
        return "${" + ".".join(part for part in (self.kind, self.name, self.attribute) if part) + "}"


def parse(text: str, attributes: dict[str, frozenset[str]] = ATTRIBUTES) -> Iterator[str | Reference]:
    """The literal parts and the references of `text`, in order; `$${` is a literal `${`.

    Raises ValueError for a reference of unknown kind or attribute, one that is not closed, and one written otherwise.
    """
    position, opened = 0, 0
    for match in _REFERENCE.finditer(text):
        literal = text[position : match.start()]
        opened += literal.count("{") - literal.count("}")
        position = match.end()
        if literal:
            yield _literal(literal)
        if match["escaped"]:
            yield "${"
            opened += 1
            continue
        if not match["closed"]:
            raise ValueError(f"a reference ends with a brace (got ${{{match['inner'][:_SHOWN]}); close it")
        if text[position : position + 1] == "}" and opened <= 0:
            raise ValueError(f"a reference ends with one brace (got {match[0][:_SHOWN]}}}); remove the second one")
        yield _reference(match["inner"], attributes)
    if position < len(text):
        yield _literal(text[position:])


def refuse_in(text: str) -> None:
    """Raises ValueError for a reference where there can be none, such as in a command."""
    for match in _REFERENCE.finditer(text):
        kind = (match["inner"] or "").partition(".")[0]
        if kind in ATTRIBUTES and match["closed"]:
            raise ValueError(
                f"references stand in environment alone (got {match[0][:_SHOWN]}); name a variable there and use that"
            )


def _literal(text: str) -> str:
    if foreign := _FOREIGN.search(text):
        raise ValueError(
            f"nothing fills this in (got {foreign[0][:_SHOWN]}); write a reference as ${{kind.name.attribute}}"
        )
    return text


def references(text: str, attributes: dict[str, frozenset[str]] = ATTRIBUTES) -> list[Reference]:
    """Only the references of `text`."""
    return [part for part in parse(text, attributes) if isinstance(part, Reference)]


def _reference(inner: str, attributes: dict[str, frozenset[str]]) -> Reference:
    parts = inner.split(".")
    kind = parts[0]
    if kind not in attributes:
        raise ValueError(
            f"a reference starts with one of {', '.join(sorted(attributes))} (got ${{{inner[:_SHOWN]}}}); correct its "
            "kind, or write $${ for text"
        )
    expected = 2 if kind == "site" else 3
    if len(parts) != expected or not all(parts):
        form = "${site.attribute}" if kind == "site" else f"${{{kind}.name.attribute}}"
        raise ValueError(f"a reference has the form {form} (got ${{{inner}}}); complete it")
    attribute = parts[-1]
    if attribute not in attributes[kind]:
        raise ValueError(
            f"a {kind} offers {', '.join(sorted(attributes[kind]))} (got ${{{inner}}}); reference one of these"
        )
    return Reference(kind, parts[1] if expected == 3 else "", attribute)
