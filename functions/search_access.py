"""Grants IAM roles access to an OpenSearch domain with fine-grained access control, whose master is this function.

Event: `{"endpoint": str, "read": [str, ...], "readWrite": [str, ...]}`: the domain's host name, and the ARNs of the
roles with each access. The answer is the same event; a call that the domain refuses raises with its answer.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

API = "_plugins/_security/api"
POLL_SECONDS = 5
MARGIN_SECONDS = 10  # kept of the function's time, so that the error still says what went wrong
# Action groups of OpenSearch's security plugin ("Default action groups").
ROLES: dict[str, dict[str, Any]] = {
    "read": {
        "cluster_permissions": ["cluster_composite_ops_ro"],
        "index_permissions": [{"index_patterns": ["*"], "allowed_actions": ["read"]}],
    },
    "readWrite": {
        "cluster_permissions": ["cluster_composite_ops"],
        "index_permissions": [{"index_patterns": ["*"], "allowed_actions": ["crud", "create_index", "manage_aliases"]}],
    },
}

Put = Callable[[str, Mapping[str, Any]], None]
"""Puts a document at a path of the domain."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point of the function."""
    sign = _signer()
    left = lambda: context.get_remaining_time_in_millis() / 1000  # noqa: E731
    grant(event, lambda path, body: put(event["endpoint"], path, body, sign, left))
    return event


def grant(event: Mapping[str, Any], put_document: Put) -> None:
    """Define a role for each access, and map the IAM roles to it: those that are mapped no more lose it."""
    for access, permissions in ROLES.items():
        role = f"service_{access.lower()}"
        put_document(f"{API}/roles/{role}", permissions)
        put_document(f"{API}/rolesmapping/{role}", {"backend_roles": sorted(event[access])})


def put(
    endpoint: str,
    path: str,
    body: Mapping[str, Any],
    sign: Callable[[str, bytes], Mapping[str, str]],
    seconds_left: Callable[[], float],
    sleep: Callable[[float], None] = time.sleep,
    send: Callable[..., Any] = urllib.request.urlopen,
) -> None:
    """PUT a document, again while a new domain's address does not resolve or it is not ready."""
    url, data = f"https://{endpoint}/{path}", json.dumps(body, sort_keys=True).encode()
    while True:
        request = urllib.request.Request(url, data=data, headers=dict(sign(url, data)), method="PUT")
        try:
            with send(request, timeout=MARGIN_SECONDS):
                return
        except urllib.error.HTTPError as error:
            answer = error.read().decode(errors="replace")
            if error.code < 500 or seconds_left() < 2 * MARGIN_SECONDS:
                raise RuntimeError(f"{path}: {error.code} {answer}") from error
        except urllib.error.URLError as error:
            if seconds_left() < 2 * MARGIN_SECONDS:
                raise RuntimeError(f"{path}: {error.reason}") from error
        sleep(POLL_SECONDS)


def _signer() -> Callable[[str, bytes], Mapping[str, str]]:
    """Signs a request with the function's own role (Signature Version 4, service `es`)."""
    import boto3  # part of the runtime, needed nowhere else
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    session = boto3.Session()

    def sign(url: str, data: bytes) -> Mapping[str, str]:
        request = AWSRequest(method="PUT", url=url, data=data, headers={"Content-Type": "application/json"})
        SigV4Auth(session.get_credentials(), "es", session.region_name).add_auth(request)
        return dict(request.headers)

    return sign
