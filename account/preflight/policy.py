"""Least-privilege policy for the credentials: the actions that the stack's checks declare."""

from __future__ import annotations

import json
from collections.abc import Iterable

from account.preflight.look import Check


def actions(checks: Iterable[Check]) -> list[str]:
    """The IAM actions of all reads of these checks."""
    return sorted({one.action for check in checks for one in check.reads if one.action}, key=str.lower)


def document(checks: Iterable[Check]) -> str:
    """An IAM policy that allows them. They list what there is, so there is no one resource to name."""
    statement = {"Sid": "Preflight", "Effect": "Allow", "Action": actions(checks), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
