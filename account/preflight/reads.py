"""A call that only reads: which operation, which IAM action allows it, and what of its answer is of use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Read:
    """One operation of one service. A check declares those that it makes; the least policy is made of them."""

    service: str
    """As boto3 names its client."""
    operation: str
    """As boto3 names its method."""
    action: str
    """IAM action; empty for a call that needs no permission."""
    found: str
    """JMESPath of what is of use in each page of the answer."""
    absent: frozenset[str] = frozenset()
    """Error codes that mean: there is none."""
    more: tuple[str, str] | None = None
    """The token of the next page, in the answer and in the question, where botocore has no paginator for it."""


def read(
    service: str,
    operation: str,
    action: str,
    found: str,
    *absent: str,
    more: tuple[str, str] | None = None,
) -> Read:
    """A `Read` on one line of a table."""
    return Read(service=service, operation=operation, action=action, found=found, absent=frozenset(absent), more=more)
