"""References in variables: each is one that the program fills in, or told; of another templating none gets through."""

from __future__ import annotations

import pytest

from specs import references
from specs.references import Reference
from tests.configuration import parse_small_shop, service


@pytest.mark.parametrize(
    "text",
    [
        "${table.carts.name",
        "a ${",
        "${}",
        "${table}",
        "${table.carts}",
        "${tables.carts.name}",
        "${table.carts.nmae}",
        "${HOME}",
        "${ table.carts.name }",
        "${table.carts.name}}",
        "$table.carts.name",
        "x=$(table.carts.name)",
        "<table.carts.name>",
        "%table.carts.name%",
        "#{table.carts.name}",
        "$ {table.carts.name}",
        "{{table.carts.name}}",
        "{{ .Values.url }}",
        "${{ table.carts.name }}",
        "[[service.cart.url]]",
        "$HOME",
    ],
)
def test_what_nothing_fills_in_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\(got .*\); "):
        references.references(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("$${HOME}/x", ["${", "HOME}/x"]),
        ('{"a":"${site.region}"}', ['{"a":"', Reference("site", "", "region"), '"}']),
        ("{${site.region}}", ["{", Reference("site", "", "region"), "}"]),
        ("costs $5, 5 % of {x}", ["costs $5, 5 % of {x}"]),
        ("redis://u@cache.sessions.internal", ["redis://u@cache.sessions.internal"]),
        ("-Dx=$HOME/table", ["-Dx=$HOME/table"]),
    ],
)
def test_text_stays_text(text: str, parts: list[object]) -> None:
    assert list(references.parse(text)) == parts


def test_the_variable_is_named() -> None:
    with pytest.raises(
        ValueError, match=r"^saleday:services\[ui\]\.environment\.URL: nothing fills this in \(got \$x\)"
    ):
        parse_small_shop(services=[service("ui", environment={"URL": "$x"})])
    with pytest.raises(ValueError, match=r"^saleday:services\[ui\]\.secrets\.P: no database has this name \(got nope"):
        parse_small_shop(services=[service("ui", secrets={"P": "${database.nope.password}"})])
    with pytest.raises(ValueError, match=r"^saleday:services\[ui\]\.command: references stand in environment alone"):
        parse_small_shop(services=[service("ui", command=["echo", "${table.carts.name}"])])
