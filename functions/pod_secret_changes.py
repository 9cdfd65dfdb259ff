"""Replaces the pods of services that were started with a secret which has changed, and sees to it that new ones run.

Event: a batch of SQS messages, each `{"changed": ISO 8601, "services": [str, ...]}`: when a secret changed, and which
deployments of the cluster's namespace fetch it as a pod starts. A message is done once each of them has rolled out pods
of after the change; until then it comes again.
"""

from __future__ import annotations

import base64
import http.client
import json
import logging
import os
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

LOG = logging.getLogger(__name__)
ANNOTATION = "saleday/secrets-changed"
# The secrets driver looks for new values every minute (components.service.kubernetes.cluster); pods that start earlier
# would read the copy of before.
COPIED = timedelta(minutes=4)
TIMEOUT = 10  # seconds
TOKEN_SECONDS = 60

Call = Callable[[str, str, dict[str, Any] | None], tuple[int, dict[str, Any]]]
"""Method, path and body of a call of the cluster's API to its status and answer."""


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """Entry point of the function: returns the messages to redeliver."""
    return answer(_calls(os.environ), os.environ["NAMESPACE"], event["Records"], datetime.now(UTC))


def answer(call: Call, namespace: str, records: list[dict[str, Any]], now: datetime) -> dict[str, list[dict[str, str]]]:
    waiting = [
        record["messageId"] for record in records if not is_done(call, namespace, json.loads(record["body"]), now)
    ]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in waiting]}


def is_done(call: Call, namespace: str, change: dict[str, Any], now: datetime) -> bool:
    """Whether every service runs on pods that began after the change; replaces those that don't."""
    changed = datetime.fromisoformat(change["changed"])
    if now < changed + COPIED:
        return False
    have = [
        _has_new_pods(call, f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}", changed)
        for name in change["services"]
    ]
    return all(have)


def _has_new_pods(call: Call, path: str, changed: datetime) -> bool:
    status, deployment = call("GET", path, None)
    if status == http.client.NOT_FOUND:
        return True
    if status != http.client.OK:
        LOG.error("%s: %s %s", path, status, deployment.get("message"))
        return False
    marked = deployment["spec"]["template"]["metadata"].get("annotations", {}).get(ANNOTATION)
    if marked is None or datetime.fromisoformat(marked) < changed:
        # As `kubectl rollout restart` does: another pod template has the deployment replace its pods by its own rules.
        template = {"metadata": {"annotations": {ANNOTATION: changed.isoformat()}}}
        status, told = call("PATCH", path, {"spec": {"template": template}})
        LOG.info("%s: new pods, as a secret changed at %s: %s %s", path, changed, status, told.get("message", ""))
        return False
    return _is_through(deployment)


def _is_through(deployment: dict[str, Any]) -> bool:
    state, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    seen = state.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    return bool(
        seen
        and state.get("updatedReplicas", 0) >= wanted
        and state.get("replicas", 0) <= wanted
        and state.get("availableReplicas", 0) >= wanted
    )


def _calls(settings: Any) -> Call:
    """Calls of a cluster whose certificate is signed by its own authority."""
    authority = base64.b64decode(settings["AUTHORITY"]).decode()
    context = ssl.create_default_context(cadata=authority)
    host = settings["ENDPOINT"].removeprefix("https://")
    headers = {"Authorization": f"Bearer {_token(settings['CLUSTER'], settings['AWS_REGION'])}"}

    def call(method: str, path: str, body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPSConnection(host, context=context, timeout=TIMEOUT)
        try:
            patch = {"Content-Type": "application/merge-patch+json"} if body is not None else {}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers | patch)
            got = connection.getresponse()
            return got.status, json.loads(got.read() or b"{}")
        finally:
            connection.close()

    return call


def _token(cluster: str, region: str) -> str:
    """A token for the cluster: a call of STS, signed for it and not made (EKS user guide, "Cluster authentication")."""
    import boto3  # part of the runtime, needed nowhere else
    from botocore.signers import RequestSigner

    session = boto3.Session(region_name=region)
    service = session.client("sts").meta.service_model.service_id
    signer = RequestSigner(service, region, "sts", "v4", session.get_credentials(), session.events)
    url = signer.generate_presigned_url(
        {
            "method": "GET",
            "url": f"https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
            "body": {},
            "headers": {"x-k8s-aws-id": cluster},
            "context": {},
        },
        region_name=region,
        expires_in=TOKEN_SECONDS,
        operation_name="",
    )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
