"""What the controller tells the gate by the key-value store, and those who wait by an object that CloudFront keeps."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from functions import sigv4a
from functions.admission_pass import Memory
from functions.admission_places import commitment

MAX_VALUE: Final = 1024
"""Bytes of a value in the store (CloudFront Developer Guide, "Quotas on key value stores")."""
SERVICE: Final = "cloudfront-keyvaluestore"
_TIMEOUT: Final = 10


def gate_value(
    room: str, start: int, until: int, lease: float, keys: Mapping[int, str], steps: Sequence[str], recalled: int = 0
) -> str:
    """The value of `state`. Raises ValueError where it is larger than `MAX_VALUE`."""
    told = {
        "room": room,
        "from": start,
        "until": until,
        "lease": int(lease),
        "nb": recalled,
        "keys": {str(number): key for number, key in keys.items()},
        "steps": ",".join(steps),
    }
    text = json.dumps(told, separators=(",", ":"))
    if len(text.encode()) > MAX_VALUE:
        raise ValueError(f"the gate's state must stay within {MAX_VALUE} bytes (got {len(text.encode())})")
    return text


def status(memory: Memory, room: str, opening: float, seeds: Sequence[bytes], first: bool) -> str:
    """What everybody may know: `first` is whether the draw is still to come, so that only its commitment is told."""
    return json.dumps(
        {
            "room": room,
            "opening": int(opening),
            "at": int(memory.at),
            "called": list(memory.called),
            "waiting": [given - called for given, called in zip(memory.given, memory.called, strict=True)],
            "rate": round(memory.rate, 2),
            "everybody": memory.everybody,
            "commitments": [commitment(seed) for seed in seeds],
            "seeds": [] if first else [seed.hex() for seed in seeds],
        },
        separators=(",", ":"),
    )


class Store:
    """The data plane of one key-value store."""

    def __init__(
        self, arn: str, credentials: Callable[[], Any], send: Callable[..., Any] = urllib.request.urlopen
    ) -> None:
        """`credentials` gives the caller's, with `access_key`, `secret_key` and `token`."""
        self._host = f"{arn.split(':')[4]}.cloudfront-kvs.global.api.aws"
        self._path = f"/key-value-stores/{urllib.parse.quote(arn, safe='')}"
        self._credentials = credentials
        self._send = send

    def put(self, key: str, value: str) -> None:
        """Write a value. Raises HTTPError where somebody else has written meanwhile: the next pass writes again."""
        with self._call("GET", self._path, b"", {}) as answer:
            version = answer.headers["ETag"]
        body = json.dumps({"Value": value}).encode()
        given = {"content-type": "application/json", "if-match": version}
        with self._call("PUT", f"{self._path}/keys/{key}", body, given):
            return

    def _call(self, method: str, path: str, body: bytes, given: Mapping[str, str]) -> Any:
        one = self._credentials()
        signed = sigv4a.headers(
            method=method, host=self._host, path=path, body=body, given=given, service=SERVICE, regions="*",
            credentials=(one.access_key, one.secret_key, one.token), now=datetime.now(UTC),
        )  # fmt: skip
        request = urllib.request.Request(
            f"https://{self._host}{path}", data=body or None, headers=signed, method=method
        )
        return self._send(request, timeout=_TIMEOUT)
