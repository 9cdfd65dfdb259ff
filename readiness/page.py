"""The certificate as one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sale.report.page import environment

OWN: Final = Path(__file__).with_name("templates")


def page(content: Mapping[str, Any], key: str) -> str:
    """The page of a statement, signed by `key`."""
    made = environment(OWN)
    predicate = content["predicate"]
    order = {"red": 0, "amber": 1, "green": 2}
    ranked = sorted(predicate["items"], key=lambda one: order[one["state"]])
    return made.get_template("certificate.html.j2").render(
        subject={one["name"]: next(iter(one["digest"].values())) for one in content["subject"]},
        counts=Counter(one["state"] for one in ranked),
        ranked=ranked,
        key=key,
        **{name: value for name, value in predicate.items() if name != "items"},
    )
