"""The planted mistakes are described in full, and count as found only for what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools.conformance import mistakes
from devtools.conformance.mistakes import Mistake, PlantedResult
from devtools.rehearsal.workspace import BadInput

CRON = Mistake(mistake="a bad cron", type="aws:backup/plan:Plan", says="schedule", set={"rules[0].schedule": "x"})


def test_there_are_more_than_thirty_and_each_is_planted_once() -> None:
    planted = mistakes.load()
    assert len(planted) >= 30, "thirty are promised"
    assert len({mistake.mistake for mistake in planted}) == len(planted), "each is another mistake"


def test_a_mistake_counts_as_found_only_for_what_it_is() -> None:
    assert PlantedResult(mistake=CRON, problems=("rules[0].schedule: bad",), clean=True).found
    assert not PlantedResult(mistake=CRON, problems=(), clean=True).found, "nothing was said"
    assert not PlantedResult(mistake=CRON, problems=("rules: name is missing",), clean=True).found, (
        "something else was said"
    )
    assert not PlantedResult(mistake=CRON, problems=("rules[0].schedule: bad",), clean=False).found, (
        "it was refused anyway"
    )


@pytest.mark.parametrize(
    "text",
    [
        "- {mistake: x, type: t, says: s}",
        "- {mistake: x, type: t, says: s, set: {a: 1}, new: {a: 1}}",
        "- {mistake: x, type: t, says: s, set: {a: 1}, expect: y}",
    ],
)
def test_a_mistake_that_is_not_described_in_full_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.yaml").write_text(text)
    with pytest.raises(BadInput, match="'x'"):
        mistakes.load(tmp_path / "m.yaml")
