"""Colours of the pictures, for light and for dark pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)

_COLOURS: Final = {  # as in THEMES
    "ink": ("#1f2933", "#f0f4f8"),
    "soft": ("#52606d", "#a3b1c2"),  # lesser text, and the borders of subnets
    "layer": ("#f3f5f8", "#151b23"),
    "border": ("#c6ced8", "#3d4856"),
    "card": ("#ffffff", "#222c38"),
    "vpc": ("#7d3fe0", "#b18cff"),
    "request": ("#0b68cb", "#58a6ff"),
    "data": ("#64748b", "#93a3b8"),
    "event": ("#d6186f", "#ff6fb1"),
}


def colours(theme: Theme) -> Mapping[str, str]:
    """The theme's colours by what they are for."""
    return {name: pair[THEMES.index(theme)] for name, pair in _COLOURS.items()}
