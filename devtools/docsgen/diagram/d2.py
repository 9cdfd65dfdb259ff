"""A scene in D2's language, which lays it out and measures its texts: https://d2lang.com."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from devtools.docsgen.diagram.palette import Theme, colours
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
STYLE: Final = Path(__file__).with_name("style.d2")
LEGEND: Final[Mapping[Flow, str]] = {"request": "→ requests", "data": "→ reads and writes", "event": "⇢ events"}


_HOLDERS: Final = {"flow.vpc", "beside", "beside.legend"}
"""Layers of layers; others are left out where they would be empty."""


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
    style = Template(STYLE.read_text(encoding="utf-8")).substitute(colours(theme))
    return "\n".join([style, *_containers(scene), *_cards(scene), *_arrows(scene)])


def _layers(scene: Scene) -> Iterator[_Layer]:
    layers = (
        _Layer("flow", "", "plain", (scene.customers,)),
        _Layer("flow.edge", "Edge", "layer", scene.edge),
        _Layer("flow.vpc", scene.network, "vpc"),
        _Layer("flow.vpc.zones", "Zones and subnets", "subnets", scene.zones, gap=12),
        _Layer("flow.vpc.app", scene.compute, "subnets", scene.app),
        _Layer("flow.vpc.data", "Data subnets: no route to the internet", "subnets; stores", scene.data),
        _Layer("flow.regional", "Regional stores and events", "layer; stores", scene.regional),
        _Layer("beside", "", "plain", gap=20),
        *(
            _Layer(f"beside.layer{number}", title, "layer", cards, gap=12)
            for number, (title, cards) in enumerate(scene.beside.items())
        ),
        _Layer("beside.legend", "Arrows", "layer", gap=4),
    )
    yield from (layer for layer in layers if layer.cards or layer.path in _HOLDERS)


def _containers(scene: Scene) -> Iterator[str]:
    for layer in _layers(scene):
        grid = "" if layer.gap is None else f"; grid-columns: 1; grid-gap: {layer.gap}"
        yield f"{layer.path}: {_quoted(layer.title)} {{class: [{layer.style}]{grid}}}"
    for flow, meaning in LEGEND.items():
        yield f"beside.legend.{flow}: {_quoted(meaning)} {{class: [{flow}; legend]; height: 24}}"


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
