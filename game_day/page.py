"""The comparison as one page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from game_day.expectation import Expectation
from game_day.measured import Row
from sale.report.page import environment
from specs.shop import Shop

OWN: Final = Path(__file__).with_name("templates")


def page(shop: Shop, expectation: Expectation, rows: Sequence[Row], start: float) -> str:
    """HTML, complete in itself; `start` is when the experiment was started, in seconds since the epoch."""
    return (
        environment(OWN)
        .get_template("game_day.html.j2")
        .render(
            stack=shop.stack,
            expectation=expectation,
            rows=rows,
            passed=not any(row.verdict == "worse" for row in rows),
            begun=datetime.fromtimestamp(start, UTC).isoformat(timespec="minutes"),
        )
    )
