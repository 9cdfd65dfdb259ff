"""The code of the gate for a stack's rooms: one CloudFront Function on every behaviour that reaches a service."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CODE: Final = Path(__file__).with_name("gate.js")
MAX_CODE: Final = 9 * 1024
"""Bytes of the function; CloudFront takes 10 KB (CloudFront Developer Guide, "Quotas on CloudFront Functions")."""
NEVER: Final = 99_999_999_999
"""Seconds since the epoch that no clock reaches: a room without an end."""
CHECKOUT: Final = ("/checkout*",)
"""Paths on which a checkout is in progress: who was there before is let in first."""


@dataclass(frozen=True, kw_only=True)
class GatedRoom:
    """What the gate knows of a room beforehand."""

    name: str
    """Name of the sale event; empty for the unannounced room."""
    paths: Sequence[str]
    """Path patterns that only admitted customers reach."""
    free: Sequence[str] = ()
    """Path patterns that everybody reaches all the same."""
    session_seconds: int
    fails_open: bool
    start: int = 0
    """Seconds since the epoch: the beginning of the pre-queue."""
    end: int = NEVER


def code(rooms: Sequence[GatedRoom]) -> str:
    """The function's code. Raises ValueError where it is larger than `MAX_CODE`."""
    text = _without_comments(CODE.read_text(encoding="utf-8"))
    built = text.replace("__ROOMS__", f"{{{','.join(f'{json.dumps(one.name)}:{_room(one)}' for one in rooms)}}}")
    size = len(built.encode())
    if size > MAX_CODE:
        raise ValueError(
            f"admission.protectedPaths: the gate must stay within {MAX_CODE} bytes (got {size}); "
            "join path patterns with wildcards"
        )
    return built


def _room(room: GatedRoom) -> str:
    fields: Mapping[str, str] = {
        "paths": _patterns(room.paths, "i"),
        "free": _patterns(room.free),
        "checkout": _patterns(CHECKOUT, "i"),
        "session": str(room.session_seconds),
        "open": json.dumps(room.fails_open),
        "from": str(room.start),
        "until": str(room.end),
    }
    return f"{{{','.join(f'{name}:{value}' for name, value in fields.items())}}}"


def _patterns(patterns: Sequence[str], flags: str = "") -> str:
    """CloudFront's `*` and `?` as regular expressions. A service may read paths without regard to case, so that what is
    protected is compared that way, and what is free is not."""
    return f"[{','.join(f'/^{_expression(one)}$/{flags}' for one in patterns)}]"


def _expression(pattern: str) -> str:
    return "".join(
        {"*": ".*", "?": "."}.get(sign, re.sub(r"([^A-Za-z0-9_~&@:'\"-])", r"\\\1", sign)) for sign in pattern
    )


def _without_comments(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"
