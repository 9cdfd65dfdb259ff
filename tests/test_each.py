"""A test of many things fails for each thing that fails, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.each import for_each


def test_what_fails_is_told_by_name_and_what_holds_is_not() -> None:
    @for_each(range(5))
    def is_even(number: int) -> None:
        assert number % 2 == 0, "odd"

    with pytest.raises(AssertionError) as told:
        is_even()
    assert [line[:6] for line in str(told.value).splitlines() if line[:1].isdigit()] == ["1: odd", "3: odd"]


def test_an_error_says_what_it_happened_to() -> None:
    @for_each(["good", "bad"])
    def is_read(text: str) -> None:
        {"good": 1}[text]

    with pytest.raises(KeyError) as told:
        is_read()
    assert told.value.__notes__ == ["while looking at bad"]


def test_of_nothing_nothing_can_be_said() -> None:
    with pytest.raises(AssertionError, match="nothing to look at"):
        for_each([])


@for_each(["a", "b"])
def test_other_arguments_are_fixtures(name: str, tmp_path: Path) -> None:
    assert tmp_path.is_dir()
    assert name in "ab"
