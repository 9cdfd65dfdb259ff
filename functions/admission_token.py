"""Tickets and admission tokens of the waiting room: what the room's API signs, and the gate at the edge checks.

    ticket   1.<room>.<lane>.<cohort>.<stripe>.<number>.<joined>.<mac>      a place, from joining on
    token    1.<room>.<key's hour>.<expires>.<since>.<b or c>.<mac>         the right to enter; `c`: checkout begun

A token's MAC covers the ticket, the device's cookie and the browser's name: it is worth nothing without the three, and
there is no way to check out that has not come from a place. Times are in seconds since the epoch. Keys are HMAC-SHA256.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

VERSION: Final = "1"
HOUR: Final = 3600
MAX_LIFE: Final = HOUR
"""Seconds that a token may live: the gate knows the keys of the hours around it."""
TICKET_COOKIE: Final = "__Host-ticket"
DEVICE_COOKIE: Final = "__Host-device"
TOKEN_COOKIE: Final = "__Host-admit"
_TOKEN: Final = re.compile(r"1\.([a-z0-9-]*)\.([0-9]+)\.([0-9]{9,11})\.([0-9]{9,11})\.([bc])\.([A-Za-z0-9_-]{43})")
_TICKET: Final = re.compile(
    r"1\.([a-z0-9-]*)\.([0-9])\.([0-9]{1,9})\.([0-9]{1,3})\.([0-9]{1,9})\.([0-9]{9,11})\.([A-Za-z0-9_-]{43})"
)


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """What a token is bound to, beside its room."""

    ticket: str
    device: str
    user_agent: str


@dataclass(frozen=True, kw_only=True)
class Token:
    room: str
    expires: int
    since: int
    """When its customer was admitted."""
    checkout: bool = False
    """Whether a checkout has begun: who comes back after the token is let in first."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A place: its number in a stripe of a cohort."""

    room: str
    lane: int
    cohort: int
    stripe: int
    number: int
    joined: int


def mac(key: str, text: str) -> str:
    """HMAC-SHA256 in base64url without padding."""
    signed = hmac.digest(key.encode(), text.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def hour(now: float) -> int:
    """Number of the hour, which names the key of tokens made in it."""
    return int(now // HOUR)


def issue_token(token: Token, bearer: Bearer, keys: Mapping[int, str], now: float) -> str:
    """Raises ValueError for a token that lives longer than `MAX_LIFE`, KeyError without the hour's key."""
    if token.expires - now > MAX_LIFE:
        raise ValueError(f"a token lives at most {MAX_LIFE} seconds (got {token.expires - now:.0f})")
    kid = hour(now)
    flag = "c" if token.checkout else "b"
    fields = f"{VERSION}.{token.room}.{kid}.{token.expires}.{token.since}.{flag}"
    return f"{fields}.{_token_mac(keys[kid], fields, bearer)}"


def read_token(text: str, bearer: Bearer, keys: Mapping[int, str]) -> Token | None:
    """A token of one of these keys, which may have expired; None for anything else."""
    found = _TOKEN.fullmatch(text)
    if found is None or (key := keys.get(int(found[2]))) is None or not bearer.device:
        return None
    if not hmac.compare_digest(found[6], _token_mac(key, text.rpartition(".")[0], bearer)):
        return None
    return Token(room=found[1], expires=int(found[3]), since=int(found[4]), checkout=found[5] == "c")


def issue_ticket(ticket: Ticket, device: str, key: str) -> str:
    one = ticket
    fields = f"{VERSION}.{one.room}.{one.lane}.{one.cohort}.{one.stripe}.{one.number}.{one.joined}"
    return f"{fields}.{_ticket_mac(key, fields, device)}"


def read_ticket(text: str, device: str, key: str) -> Ticket | None:
    """A ticket that this key has signed for this device; None for anything else."""
    found = _TICKET.fullmatch(text)
    if found is None or not device:
        return None
    if not hmac.compare_digest(found[7], _ticket_mac(key, text.rpartition(".")[0], device)):
        return None
    lane, cohort, stripe, number, joined = (int(found[place]) for place in range(2, 7))
    return Ticket(room=found[1], lane=lane, cohort=cohort, stripe=stripe, number=number, joined=joined)


def _token_mac(key: str, fields: str, bearer: Bearer) -> str:
    return mac(key, f"admit|{fields}|{bearer.ticket}|{bearer.device}|{bearer.user_agent}")


def _ticket_mac(key: str, fields: str, device: str) -> str:
    return mac(key, f"ticket|{fields}|{device}")
