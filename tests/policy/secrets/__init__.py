"""Lines that hold a secret and lines that hold none, labelled by hand."""

from __future__ import annotations

import base64
import random
import re
import string
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("lines.txt")

_ALPHABETS = {
    "a": string.ascii_letters + string.digits,
    "h": "0123456789abcdef",
    "A": string.ascii_uppercase + "234567",
    "d": string.digits,
}
_STAND_IN = re.compile(r"«(?:([ahAd])(\d+)|(u)|(b64|wrap):([^»]*))»")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A named value, or a text where there is no name."""

    secret: bool
    name: str
    text: str
    number: int

    @property
    def held_out(self) -> bool:
        """Whether the line measures only: it was not looked at while the detector was made."""
        return self.number % 2 == 0

    def __str__(self) -> str:
        return f"{'secret' if self.secret else 'plain'} {self.name or '|'} {self.text}"


def lines() -> list[Line]:
    """All lines, their stand-ins filled in: no scanner of repositories takes this file for a leak."""
    found: list[Line] = []
    for text in FILE.read_text(encoding="utf-8").splitlines():
        if text and not text.startswith("#"):
            found.append(_line(text, len(found)))
    return found


def _line(text: str, number: int) -> Line:
    label, _, rest = text.partition(" ")
    chance = random.Random(number)
    name, _, value = ("", "", rest.removeprefix("| ")) if rest.startswith("| ") else rest.partition(" =")
    filled = _STAND_IN.sub(lambda match: _filled(match, chance), value.strip())
    return Line(secret=label == "secret", name=name, text=filled.replace("\\n", "\n"), number=number)


def _filled(match: re.Match[str], chance: random.Random) -> str:
    alphabet, length, uuid, coding, inner = match.groups()
    if coding:
        coded = base64.b64encode(inner.replace("\\n", "\n").encode())
        width = 76 if coding == "wrap" else len(coded)
        return "\n".join(coded.decode()[at : at + width] for at in range(0, len(coded), width))
    if uuid:
        return "-".join("".join(chance.choices(_ALPHABETS["h"], k=size)) for size in (8, 4, 4, 4, 12))
    return "".join(chance.choices(_ALPHABETS[alphabet], k=int(length)))
