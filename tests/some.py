"""A loop of asserts over nothing proves nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def some(items: Iterable[T]) -> list[T]:
    """The items, of which there has to be one at least."""
    found = list(items)
    assert found, "there is nothing to look at"
    return found
