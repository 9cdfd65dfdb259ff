"""Event patterns of GuardDuty findings."""

from __future__ import annotations

import json


def finding_pattern(severity: float) -> str:
    """The event pattern of GuardDuty's findings of at least this severity."""
    return json.dumps(
        {
            "source": ["aws.guardduty"],
            "detail-type": ["GuardDuty Finding"],
            "detail": {"severity": [{"numeric": [">=", severity]}]},
        },
        sort_keys=True,
    )
