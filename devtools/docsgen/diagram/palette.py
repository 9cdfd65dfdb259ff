"""Colours of the pictures for light and for dark pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Theme = Literal["light", "dark"]


@dataclass(frozen=True, kw_only=True)
class Palette:
    ink: str
    soft: str
    """Lesser text and the borders of subnets."""
    layer: str
    border: str
    card: str
    vpc: str
    request: str
    data: str
    event: str


PALETTES: Final[Mapping[Theme, Palette]] = {
    "light": Palette(
        ink="#1f2933",
        soft="#52606d",
        layer="#f3f5f8",
        border="#c6ced8",
        card="#ffffff",
        vpc="#7d3fe0",
        request="#0b68cb",
        data="#64748b",
        event="#d6186f",
    ),
    "dark": Palette(
        ink="#f0f4f8",
        soft="#a3b1c2",
        layer="#151b23",
        border="#3d4856",
        card="#222c38",
        vpc="#b18cff",
        request="#58a6ff",
        data="#93a3b8",
        event="#ff6fb1",
    ),
}
