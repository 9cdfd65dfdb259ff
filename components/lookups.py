"""Look-ups of existing resources in the account; a stack that relies on one fails early if it is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pulumi

Found = TypeVar("Found")


def adopted(setting: str, thing: str, look: Callable[[], Found]) -> Found:
    """The result of `look` in the account. Raises pulumi.RunError with one line where AWS does not return it."""
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - an invocation that fails has no type of its own
        answer = " ".join(str(error).split()) or type(error).__name__
        raise pulumi.RunError(
            f"saleday:account.{setting}: adopt looks up {thing} (got from AWS: {answer}); "
            "set create where there is none"
        ) from None


def refuse(setting: str, rule: str, received: str) -> pulumi.RunError:
    """The error for an existing resource that is not as the stack needs it."""
    return pulumi.RunError(f"saleday:account.{setting}: {rule} (got {received}); change it there, or set leave")
