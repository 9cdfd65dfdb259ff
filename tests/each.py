"""One test of many things: hundreds of tests of microseconds cost pytest more than the tests themselves."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from tests.some import some

T = TypeVar("T")
Test = Callable[..., None]


def faults(things: Iterable[T], check: Callable[[T], object], name: Callable[[T], str] = str) -> list[str]:
    """Of each thing that fails the check: its name, and what failed. Any other error is raised with the name noted."""
    found = []
    for thing in some(things):
        try:
            check(thing)
        except AssertionError as error:
            found.append(f"{name(thing)}: {error}")
        except Exception as error:
            error.add_note(f"while looking at {name(thing)}")
            raise
    return found


def for_each(
    things: Iterable[T], name: Callable[[T], str] = str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a test of all things out of a test of one, its first argument; fails with all that fail, by name."""
    given = some(things)

    def of_one(check: Test) -> Test:
        @functools.wraps(check)
        def of_all(**fixtures: Any) -> None:
            found = faults(given, lambda thing: check(thing, **fixtures), name)
            assert not found, "\n".join(found)

        parameters = list(inspect.signature(check).parameters.values())[1:]
        of_all.__signature__ = inspect.Signature(parameters)  # ty: ignore[missing-attribute]
        return of_all

    return of_one
