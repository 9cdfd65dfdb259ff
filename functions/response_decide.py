"""Passes the approver's decision to the waiting incident response.

Event: `{"execution": <ARN>, "decision": "approve" | "reject", "by": <who decides>}`. The state machine waits with a
task token, which is sent to no one: the token alone would be the approval. This function finds it in the execution's
history, and only the approver's role may invoke it. It raises if no execution waits.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

WAITING: Final = "publish.waitForTaskToken"
TOKEN: Final = "TaskToken"
"""Name of the message attribute that holds the token."""
MAX_NAME: Final = 100  # characters of who decides
# Event types after a task's start while it waits.
_UNDERWAY: Final = frozenset({"TaskSubmitted", "TaskStarted"})


class NothingWaits(LookupError):
    """The execution has ended, has been decided on, or was never one of this response's."""


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Entry point of the function."""
    import boto3  # part of the runtime, needed nowhere else

    return decide(boto3.client("stepfunctions"), event, state_machine=os.environ["STATE_MACHINE"])


def decide(client: Any, event: Mapping[str, Any], *, state_machine: str) -> dict[str, str]:
    """Pass on the decision. Raises NothingWaits or, for a word that is none, ValueError."""
    execution, decision, by = str(event["execution"]), event["decision"], str(event["by"]).strip()
    if f":execution:{state_machine}:" not in execution:
        raise NothingWaits(f"{execution} is no execution of {state_machine}")
    if decision not in ("approve", "reject"):
        raise ValueError(f"a decision is approve or reject (got {decision})")
    if not by or len(by) > MAX_NAME:
        raise ValueError(f"say who decides, in at most {MAX_NAME} characters")
    token = _token(client, execution)
    if decision == "approve":
        client.send_task_success(taskToken=token, output=json.dumps({"by": by}))
    else:
        client.send_task_failure(taskToken=token, error="Rejected", cause=f"rejected by {by}")
    return {"execution": execution, "decision": decision, "by": by}


def _token(client: Any, execution: str) -> str:
    """The token that the execution waits with: of the last thing that it began, if that still goes on."""
    for event in sorted(_history(client, execution), key=lambda one: one["id"], reverse=True):
        if event["type"] in _UNDERWAY:
            continue
        scheduled = event.get("taskScheduledEventDetails", {})
        if scheduled.get("resource") == WAITING:
            token: str = json.loads(scheduled["parameters"])["MessageAttributes"][TOKEN]["StringValue"]
            return token
        break
    raise NothingWaits(f"{execution} waits for no decision")


def _history(client: Any, execution: str) -> Iterator[Mapping[str, Any]]:
    """All that has happened: a few dozen events."""
    for page in client.get_paginator("get_execution_history").paginate(
        executionArn=execution, includeExecutionData=True
    ):
        yield from page["events"]
