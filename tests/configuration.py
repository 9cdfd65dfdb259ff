"""Configurations for tests: the two stacks' own files, and a small valid shop to spoil in one place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent


def as_text(value: object) -> str:
    """A value as the engine hands it to the program: scalars as text, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def stack_values(stack: str) -> dict[str, Any]:
    """The configuration of a stack's file, project defaults included, as values."""
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    defaults = {
        key if ":" in key else f"saleday:{key}": declared.get("value", declared.get("default"))
        for key, declared in project.items()
        if "value" in declared or "default" in declared
    }
    return defaults | yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]


def stack_configuration(stack: str) -> dict[str, str]:
    """The same as the program receives it."""
    return {key: as_text(value) for key, value in stack_values(stack).items()}


def small_shop(**changes: object) -> dict[str, str]:
    """A valid configuration of two services; `changes` replace settings (`saleday:` left out, None removes)."""
    values: dict[str, object] = {
        "aws:region": "ap-south-1",
        "saleday:owner": "platform@shop.example",
        "saleday:costCentre": "42",
        "saleday:services": [service("ui", publicPaths=["/"], calls=["cart"]), service("cart")],
    }
    for name, value in changes.items():
        key = name if ":" in name else f"saleday:{name}"
        values[key] = value
    return {key: as_text(value) for key, value in values.items() if value is not None}


def service(name: str, **fields: object) -> dict[str, object]:
    return {"name": name, "image": f"public.ecr.aws/shop/{name}:1.0"} | fields
