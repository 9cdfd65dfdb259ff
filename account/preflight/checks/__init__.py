"""Everything that is held against the account."""

from __future__ import annotations

from collections.abc import Sequence

from account.preflight.checks import edge, images, linked_roles, names, offers, place, quotas, singletons, support
from account.preflight.look import Check


def all_checks() -> Sequence[Check]:
    """In the order of the report."""
    parts = (place, offers, quotas, support, singletons, names, linked_roles, edge, images)
    return tuple(check for part in parts for check in part.checks())
