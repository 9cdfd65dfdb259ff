"""Freeze check for CodePipeline: blocks a stage while a freeze lasts.

A rule of a stage's entry condition (`LambdaInvoke`), whose user parameters are
`[{"name": str, "start": ISO 8601, "end": ISO 8601}, ...]`. Invalid parameters block the stage as well.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

MAX_MESSAGE = 5000  # characters (PutJobFailureResult API)


def handler(event: dict[str, Any], context: Any) -> None:
    """Entry point of the function."""
    import boto3  # part of the runtime, needed nowhere else

    answer(boto3.client("codepipeline"), event, datetime.now(UTC))


def answer(client: Any, event: dict[str, Any], now: datetime) -> None:
    """Report the job of `event` as failed while a freeze lasts, else as done."""
    job = event["CodePipeline.job"]
    try:
        reason = held(job["data"]["actionConfiguration"]["configuration"]["UserParameters"], now)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        reason = f"the freezes cannot be read, so nothing is let through: {error!r}"
    if reason is None:
        client.put_job_success_result(jobId=job["id"])
    else:
        client.put_job_failure_result(
            jobId=job["id"], failureDetails={"type": "ConfigurationError", "message": reason[:MAX_MESSAGE]}
        )


def held(parameters: str, now: datetime) -> str | None:
    """Reason why deployments are blocked at `now`; None if they aren't. Raises ValueError, KeyError or TypeError."""
    for freeze in json.loads(parameters):
        start, end = datetime.fromisoformat(freeze["start"]), datetime.fromisoformat(freeze["end"])
        if start <= now < end:
            return f"frozen for {freeze['name']} until {end.isoformat()}: retry the stage then"
    return None
