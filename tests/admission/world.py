"""Requests, states and tokens for tests of the gate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from components.admission.gate import GatedRoom
from functions.admission_token import Bearer, Token, hour, issue_token

NOW: Final = 1_800_000_000
KEYS: Final = {hour(NOW) + shift: f"{shift + 1}" * 64 for shift in (-1, 0, 1)}
ROOM: Final = GatedRoom(
    name="diwali", paths=("/*",), free=("/assets/*", "/media/*"), session_seconds=1200, fails_open=False,
    start=NOW - 3600, end=NOW + 7200,
)  # fmt: skip
BEARER: Final = Bearer(ticket="1.diwali.2.0.7.41.1799990000.abc", device="d" * 32, user_agent="Phone/1.0")


def state(**other: object) -> str:
    """What the store says: in force, with an hour's lease."""
    usual = {"room": "diwali", "from": NOW - 600, "until": NOW + 7200, "lease": NOW + 300, "nb": 0, "keys": KEYS}
    return json.dumps({**usual, **other})


def token(life: int = 1200, *, bearer: Bearer = BEARER, room: str = "diwali", checkout: bool = False) -> str:
    return issue_token(Token(room=room, expires=NOW + life, since=NOW, checkout=checkout), bearer, KEYS, NOW)


def request(
    uri: str = "/cart",
    admit: str | None = None,
    bearer: Bearer = BEARER,
    method: str = "GET",
    accept: str = "text/html",
    query: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A viewer-request event (CloudFront Developer Guide, "CloudFront Functions event structure")."""
    cookies = {"__Host-ticket": bearer.ticket, "__Host-device": bearer.device, "__Host-admit": admit}
    return {
        "version": "1.0",
        "context": {"eventType": "viewer-request"},
        "viewer": {"ip": "198.51.100.7"},
        "request": {
            "method": method,
            "uri": uri,
            "querystring": dict(query or {}),
            "headers": {"user-agent": {"value": bearer.user_agent}, "accept": {"value": accept}},
            "cookies": {name: {"value": value} for name, value in cookies.items() if value},
        },
    }
