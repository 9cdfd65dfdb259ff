"""Restarts the services that use a changed secret, and verifies that they run.

Event: a batch of SQS messages, each `{"changed": ISO 8601, "services": [str, ...]}`: when a secret changed, and which
services of ECS fetch it as a task starts. A message is done once each of them has gone through a deployment that began
after the change; until then it is redelivered. A deployment by anyone else since then counts as well.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import datetime, timedelta
from typing import Any

LOG = logging.getLogger(__name__)
# EventBridge tells the time of an event in whole seconds.
SECOND = timedelta(seconds=1)
MAX_DESCRIBED = 10  # services in one call (DescribeServices API)


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """Entry point of the function: returns the messages to redeliver."""
    import boto3  # part of the runtime, needed nowhere else

    return answer(boto3.client("ecs"), os.environ["CLUSTER"], event["Records"])


def answer(ecs: Any, cluster: str, records: list[dict[str, Any]]) -> dict[str, list[dict[str, str]]]:
    waiting = [record["messageId"] for record in records if not is_done(ecs, cluster, json.loads(record["body"]))]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in waiting]}


def is_done(ecs: Any, cluster: str, change: dict[str, Any]) -> bool:
    """Whether every service runs on tasks that began after the change; starts a deployment of those that don't."""
    changed = datetime.fromisoformat(change["changed"])
    names = change["services"]
    found = []
    for start in range(0, len(names), MAX_DESCRIBED):
        found += ecs.describe_services(cluster=cluster, services=names[start : start + MAX_DESCRIBED])["services"]
    # One that is not there, or is being deleted, needs no tasks. All are looked at before the answer.
    active = [service for service in found if service["status"] == "ACTIVE"]
    have = [_has_new_tasks(ecs, cluster, service, changed) for service in active]
    return all(have)


def _has_new_tasks(ecs: Any, cluster: str, service: dict[str, Any], changed: datetime) -> bool:
    name = service["serviceName"]
    newest = max(service["deployments"], key=lambda deployment: deployment["createdAt"], default=None)
    if newest is None or newest["createdAt"] <= changed + SECOND:
        try:
            ecs.update_service(cluster=cluster, service=name, forceNewDeployment=True)
        except ecs.exceptions.ClientError:
            # A deployment that cannot be interrupted, or a throttled call: the others go first, this one comes again.
            LOG.exception("no new deployment of %s yet", name)
        else:
            LOG.info("new deployment of %s, as a secret changed at %s", name, changed.isoformat())
        return False
    state = newest.get("rolloutState", "COMPLETED")
    LOG.info("deployment %s of %s is %s", newest["id"], name, state)
    return bool(state == "COMPLETED")
