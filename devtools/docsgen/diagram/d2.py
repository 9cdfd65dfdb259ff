"""A scene in D2's language, which lays it out and measures its texts: https://d2lang.com."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from devtools.docsgen.diagram.palette import PALETTES, Palette, Theme
from devtools.docsgen.diagram.scene import Card, Flow, Scene

ICON: Final = 34  # pixels, as all sizes here
MARGIN: Final = 9
_LINE: Final = 18
_ROOM: Final = "\u00a0" * 4
"""Around each line of a card: with the 20 pixels that D2 leaves on each side, enough for the icon."""

OPTIONS: Final = (
    "--layout=elk",
    "--elk-nodeNodeBetweenLayers=26",
    "--elk-edgeNodeBetweenLayers=12",
    "--elk-padding=[top=38,left=12,bottom=26,right=12]",
    "--pad=6",
)
LEGEND: Final[Mapping[Flow, str]] = {"request": "→ requests", "data": "→ reads and writes", "event": "⇢ events"}


@dataclass(frozen=True)
class _Layer:
    path: str
    title: str
    style: str
    cards: tuple[Card, ...] = ()
    gap: int | None = None
    """Between cards one above the other. Default: placed by the arrows."""


def identifiers(scene: Scene) -> dict[str, str]:
    """By a card's key: its path in D2's text."""
    placed = [(layer.path, card) for layer in _layers(scene) for card in layer.cards]
    return {card.key: f"{path}.c{number}" for number, (path, card) in enumerate(placed)}


def text_of(scene: Scene, theme: Theme) -> str:
    """The picture in D2's language."""
    return "\n".join([*_styles(PALETTES[theme]), *_containers(scene), *_cards(scene), *_arrows(scene)])


def _layers(scene: Scene) -> Iterator[_Layer]:
    yield _Layer("flow", "", "plain", (scene.customers,))
    yield _Layer("flow.edge", "Edge", "layer", scene.edge)
    yield _Layer("flow.vpc", scene.network, "vpc")
    yield _Layer("flow.vpc.zones", "Zones and subnets", "subnets", scene.zones, gap=12)
    yield _Layer("flow.vpc.app", scene.compute, "subnets", scene.app)
    yield _Layer("flow.vpc.data", "Data subnets: no route to the internet", "subnets; stores", scene.data)
    yield _Layer("flow.regional", "Regional stores and events", "layer; stores", scene.regional)
    yield _Layer("beside", "", "plain", gap=20)
    for number, (title, cards) in enumerate(scene.beside.items()):
        yield _Layer(f"beside.layer{number}", title, "layer", cards, gap=12)
    yield _Layer("beside.legend", "Arrows", "layer", gap=4)


def _styles(palette: Palette) -> Iterator[str]:
    text = {"font-size": 16, "bold": True}
    layer = {"border-radius": 10, "font-size": 18, "bold": True, "fill": palette.layer}
    bare = {"fill": "transparent", "stroke-width": 0}
    classes: dict[str, dict[str, object]] = {
        "card": text
        | {"fill": palette.card, "stroke": palette.border, "font-color": palette.ink}
        | {"border-radius": 8, "stroke-width": 1},
        "layer": layer | {"stroke": palette.border, "stroke-width": 1, "font-color": palette.ink},
        "vpc": layer | {"stroke": palette.vpc, "stroke-width": 2, "font-color": palette.vpc},
        "subnets": {"border-radius": 8, "font-size": 15, "fill": "transparent", "stroke": palette.soft}
        | {"stroke-width": 1, "stroke-dash": 4, "font-color": palette.soft},
        "plain": bare,
    }
    for flow, colour in (("request", palette.request), ("data", palette.data), ("event", palette.event)):
        classes[flow] = {
            "stroke": colour,
            "stroke-width": 2,
            "font-size": 14,
            "italic": False,
            "font-color": colour,
        } | ({"stroke-dash": 4} if flow == "event" else {})
        classes[f"{flow}-legend"] = text | bare | {"font-color": colour}
    for name, style in classes.items():
        yield f"classes.{name}.style: {{{'; '.join(f'{key}: {_quoted(value)}' for key, value in style.items())}}}"
    # Arrows come into stores from above, so what stores are called stands below them.
    near = {"layer": "top-left", "vpc": "top-left", "subnets": "top-left", "stores": "bottom-left"}
    yield from (f"classes.{name}.label.near: {place}" for name, place in near.items())


def _containers(scene: Scene) -> Iterator[str]:
    yield "style.fill: transparent; grid-rows: 1; grid-gap: 20"
    for layer in _layers(scene):
        grid = "" if layer.gap is None else f"; grid-columns: 1; grid-gap: {layer.gap}"
        yield f"{layer.path}: {_quoted(layer.title)} {{class: [{layer.style}]{grid}}}"
    for flow, meaning in LEGEND.items():
        yield f"beside.legend.{flow}: {_quoted(meaning)} {{class: {flow}-legend; label.near: center-left; height: 24}}"


def _cards(scene: Scene) -> Iterator[str]:
    paths = identifiers(scene)
    for card in scene.cards():
        lines = [f"{_ROOM}{line}{_ROOM}" for line in (card.name, *card.details)]
        height = 2 * MARGIN + _LINE * len(lines)
        yield f"{paths[card.key]}: {_quoted(chr(10).join(lines))} {{class: card; height: {height}}}"


def _arrows(scene: Scene) -> Iterator[str]:
    paths = identifiers(scene)
    for arrow in scene.arrows:
        yield f"{paths[arrow.source]} -> {paths[arrow.target]}: {_quoted(arrow.label)} {{class: {arrow.flow}}}"


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
