"""The waiting room's API behind CloudFront: `join` gives a place, `place` tells it, `enter` admits who is called.

Answers are JSON; a page without JavaScript is redirected. Everything rests on three cookies of the shop's own host,
which scripts can't read: the device's, the ticket and the token (`admission_token`).
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from functions.admission_keys import Keys
from functions.admission_pass import Memory, lapsed
from functions.admission_rooms import Room, active
from functions.admission_table import Busy, Table
from functions.admission_token import (
    DEVICE_COOKIE,
    HOUR,
    TICKET_COOKIE,
    TOKEN_COOKIE,
    Bearer,
    Ticket,
    Token,
    issue_ticket,
    issue_token,
    mac,
    read_ticket,
    read_token,
)

MEMBER_COOKIE: Final = "__Host-member"
"""`<expires>.<mac>`, signed by the shop for who has signed in: HMAC-SHA256 of `member|<device>|<expires>`."""
PAGE: Final = "/_room/index.html"
_KEPT: Final = 7 * 24 * HOUR
_FRESH: Final = 1.0
"""Seconds that the controller's memory is relied on before it is read again."""
_DEVICE_BYTES: Final = 18


@dataclass(frozen=True, kw_only=True)
class Request:
    path: str
    cookies: Mapping[str, str]
    user_agent: str
    to: str
    """Where the customer wanted to go."""
    is_page: bool
    now: float


class Api:
    """The API of one room."""

    def __init__(
        self, table: Table, keys: Keys, *, room: str, lanes: Sequence[str], session: int, fails_open: bool
    ) -> None:
        """`lanes` names those that go first, in their order; everybody else is in the one after them."""
        self._table = table
        self._keys = keys
        self._room = room
        self._lanes = lanes
        self._session = session
        self._fails_open = fails_open
        self._memory = Memory.of("", len(lanes) + 1)
        self._read = 0.0

    def answer(self, request: Request) -> dict[str, Any]:
        actions = {"join": self._join, "place": self._place, "enter": self._enter}
        action = actions.get(request.path.removeprefix("/_room/api/"))
        if action is None:
            return _answer(404, {"error": "no such call"})
        try:
            return action(request)
        except Busy:
            return _answer(503, {"error": "busy"}, headers={"retry-after": str(2 + secrets.randbelow(6))})

    def _join(self, request: Request) -> dict[str, Any]:
        memory = self._remembered(request.now)
        device = request.cookies.get(DEVICE_COOKIE) or secrets.token_urlsafe(_DEVICE_BYTES)
        now = int(request.now)
        joined = self._table.join(
            device, self._lane(request, device), memory.cohort, now, lambda one: lapsed(memory, self._table, one, now)
        )
        ticket = issue_ticket(joined.ticket, device, self._keys.of_tickets(self._room))
        cookies = [_cookie(DEVICE_COOKIE, device, _KEPT), _cookie(TICKET_COOKIE, ticket, _KEPT)]
        return self._told(request, joined.ticket, cookies)

    def _place(self, request: Request) -> dict[str, Any]:
        ticket = self._ticket(request)
        return _answer(409, {"error": "join first"}) if ticket is None else self._told(request, ticket, [])

    def _enter(self, request: Request) -> dict[str, Any]:
        ticket, memory = self._ticket(request), self._remembered(request.now)
        if ticket is None:
            return self._back(request, 409, {"error": "join first"})
        place, now = self._table.place(ticket), int(request.now)
        stale = request.now >= memory.lease and not self._fails_open
        if place is None or stale or not memory.is_called(ticket.lane, place):
            return self._back(request, 200, {"admitted": False, "place": place})
        device = request.cookies[DEVICE_COOKIE]
        found = self._table.find(device)
        gone = found is None or (found.entered is None and memory.has_lapsed(ticket.lane, place, now))
        if gone or not self._table.enter(device, ticket, now):
            return self._back(request, 410, {"error": "place given up", "place": place})
        bearer = Bearer(ticket=request.cookies[TICKET_COOKIE], device=device, user_agent=request.user_agent)
        life = Token(room=self._room, expires=now + min(self._session, HOUR), since=now)
        token = issue_token(life, bearer, self._keys.of_hours(now), now)
        cookies = [_cookie(TOKEN_COOKIE, token, self._session + HOUR)]
        if request.is_page:
            return _answer(303, {}, cookies, {"location": _own(request.to)})
        return _answer(200, {"admitted": True}, cookies)

    def _told(self, request: Request, ticket: Ticket, cookies: Sequence[str]) -> dict[str, Any]:
        told = {"place": self._table.place(ticket), "lane": ticket.lane}
        return self._back(request, 200, told, cookies)

    def _back(
        self, request: Request, status: int, told: Mapping[str, Any], cookies: Sequence[str] = ()
    ) -> dict[str, Any]:
        """JSON, or the room's page to a browser that asked for one."""
        return _answer(303, {}, cookies, {"location": PAGE}) if request.is_page else _answer(status, told, cookies)

    def _ticket(self, request: Request) -> Ticket | None:
        text, device = request.cookies.get(TICKET_COOKIE, ""), request.cookies.get(DEVICE_COOKIE, "")
        ticket = read_ticket(text, device, self._keys.of_tickets(self._room))
        return ticket if ticket is not None and ticket.room == self._room else None

    def _lane(self, request: Request, device: str) -> int:
        proofs = {"checkout": self._was_in_checkout, "signedIn": self._has_signed_in}
        found = (number for number, lane in enumerate(self._lanes) if proofs[lane](request, device))
        return next(found, len(self._lanes))

    def _was_in_checkout(self, request: Request, device: str) -> bool:
        """Whether a token, of late, remembers a checkout."""
        bearer = Bearer(
            ticket=request.cookies.get(TICKET_COOKIE, ""), device=device, user_agent=request.user_agent
        )  # fmt: skip
        token = read_token(request.cookies.get(TOKEN_COOKIE, ""), bearer, self._keys.of_hours(request.now))
        return token is not None and token.checkout and request.now < token.expires + HOUR

    def _has_signed_in(self, request: Request, device: str) -> bool:
        expires, _, given = request.cookies.get(MEMBER_COOKIE, "").partition(".")
        if not (expires.isdigit() and request.now < int(expires)):
            return False
        return secrets.compare_digest(given, mac(self._keys.of_members(), f"member|{device}|{expires}"))

    def _remembered(self, now: float) -> Memory:
        if now - self._read >= _FRESH:
            self._memory, self._read = Memory.of(self._table.remembered()[0], len(self._lanes) + 1), now
        return self._memory


def request_of(event: Mapping[str, Any], now: float) -> Request:
    """A request as Lambda's function URLs hand it over (payload format 2.0)."""
    cookies = dict(one.split("=", 1) for one in event.get("cookies", ()) if "=" in one)
    headers = event.get("headers", {})
    return Request(
        path=event["rawPath"],
        cookies=cookies,
        user_agent=headers.get("user-agent", ""),
        to=(event.get("queryStringParameters") or {}).get("to", "/"),
        is_page="text/html" in headers.get("accept", ""),
        now=now,
    )


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Entry point of the function."""
    now = time.time()
    room = active(now)
    if room is None:
        return _answer(303, {}, headers={"location": "/"})
    if room.name not in _APIS:
        _APIS[room.name] = _api(room)
    return _APIS[room.name].answer(request_of(event, now))


_APIS: dict[str, Api] = {}


def _api(room: Room) -> Api:
    import boto3  # part of the runtime

    return Api(
        Table(boto3.client("dynamodb"), os.environ["TABLE"], room.name),
        Keys(boto3.client("kms"), os.environ["KEY"]),
        room=room.name,
        lanes=room.first,
        session=room.session,
        fails_open=room.fails_open,
    )


def _answer(
    status: int, told: Mapping[str, Any], cookies: Sequence[str] = (), headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "cache-control": "no-store", **(headers or {})},
        "cookies": list(cookies),
        "body": json.dumps(told),
    }


def _cookie(name: str, value: str, seconds: int) -> str:
    return f"{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}"


def _own(to: str) -> str:
    """A path of the shop; its first page for anything that a browser could take for another host."""
    is_own = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() and "\\" not in to
    return to if is_own else "/"
