"""Configurations for tests: a small valid shop to spoil in one place."""

from __future__ import annotations

import settings
from devtools.recording.programs import as_text
from specs.shop import Shop


def small_shop(**changes: object) -> dict[str, str]:
    """A valid configuration of two services; `changes` replace settings (`saleday:` left out, None removes)."""
    values: dict[str, object] = {
        "aws:region": "ap-south-1",
        "saleday:owner": "platform",
        "saleday:costCentre": "42",
        "saleday:services": [service("ui", publicPaths=["/"], calls=["cart"]), service("cart")],
    }
    for name, value in changes.items():
        key = name if ":" in name else f"saleday:{name}"
        values[key] = value
    return {key: as_text(value) for key, value in values.items() if value is not None}


def service(name: str, **fields: object) -> dict[str, object]:
    return {"name": name, "image": f"public.ecr.aws/shop/{name}:1.0"} | fields


def parse_small_shop(**changes: object) -> Shop:
    """The small shop with changes, as the program reads it; raises ValueError for what is wrong."""
    return settings.parse("saleday", "test", small_shop(**changes))
