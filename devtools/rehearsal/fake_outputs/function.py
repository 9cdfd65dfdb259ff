"""Parts that the answers to data sources share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from devtools.rehearsal.fake_outputs.account_region import AccountRegion
from devtools.rehearsal.fake_outputs.fake_resource import FakeResource

Arguments = Mapping[str, Any]
Function = Callable[[Arguments, AccountRegion], dict[str, Any]]


class NotInAccountError(LookupError):
    """The function looks up a resource that an empty account doesn't have."""


def invoked(arguments: Arguments, place: AccountRegion, seed: str) -> FakeResource:
    return FakeResource("", "", arguments, place, f"{seed}|{place.region}")
