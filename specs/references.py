"""References from a service's environment to what the stack builds: `${database.catalog.endpoint}`.

A service's settings name stores and other services; the program fills in endpoints once they are known. What may be
referenced, by kind:

    a store   what its kind offers (`specs.data.KINDS`), for example ${database.orders.port} or, as a secret,
              ${database.orders.password}
    service   url, host, port
    site      region, stack
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

_REFERENCE: Final = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True)
class Reference:
    """One `${kind.name.attribute}`; of kind `site` the name is empty."""

    kind: str
    name: str
    attribute: str

    def __str__(self) -> str:
        return "${" + ".".join(part for part in (self.kind, self.name, self.attribute) if part) + "}"


def parse(text: str, attributes: dict[str, frozenset[str]] = ATTRIBUTES) -> Iterator[str | Reference]:
    """The literal parts and the references of `text`, in order.

    Raises ValueError for a reference of unknown kind or attribute.
    """
    position = 0
    for match in _REFERENCE.finditer(text):
        if match.start() > position:
            yield text[position : match.start()]
        yield _reference(match[1], attributes)
        position = match.end()
    if position < len(text):
        yield text[position:]


def references(text: str, attributes: dict[str, frozenset[str]] = ATTRIBUTES) -> list[Reference]:
    """Only the references of `text`."""
    return [part for part in parse(text, attributes) if isinstance(part, Reference)]


def _reference(inner: str, attributes: dict[str, frozenset[str]]) -> Reference:
    parts = inner.split(".")
    kind = parts[0]
    if kind not in attributes:
        raise ValueError(
            f"a reference starts with one of {', '.join(sorted(attributes))} (got ${{{inner}}}); correct its kind"
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
