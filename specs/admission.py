"""Settings of a stack's waiting room: what it protects, who goes first, what happens when it fails.

No rate is set here: `sale.admission` derives it from the weakest link of the stack's own proof.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from specs.base import Percent, Rate, Spec
from specs.services import PathPattern

MAX_TOKEN_MINUTES: Final = 60
"""Minutes that an admission token may live: the gate knows the signing key and the one before it, and keys change every
hour."""
MAX_PROTECTED: Final = 8
"""Paths of a room: the gate's code and its 1 KB value in the key-value store hold them all."""
PLACEHOLDERS: Final = ("{{title}}", "{{status}}", "{{script}}")
"""What a template has to contain: the shop's name; position, wait and hint, which the page fills in; the polling."""
ROOT: Final = Path(__file__).resolve().parent.parent
"""Where a relative path starts: the project's folder."""

Degradation = Literal["longerCache", "noPersonalisation", "noSuggestions", "readOnlyCart", "checkoutOnly"]
"""A step of the ladder that a shop climbs down before it turns customers away."""


class Visit(Spec):
    """What an admitted customer does. The derived rate turns requests/s into customers/s by it (Little's law); the
    controller corrects it by what it measures."""

    requests: Rate = 30
    """Requests to CloudFront from admission to leaving, pictures and files included. The default is an estimate."""
    minutes: Annotated[float, Field(gt=0, le=240)] = 6
    """Minutes from admission to leaving, on average. The default is an estimate."""


class Admission(Spec):
    """A waiting room for more customers than the shop can carry, without an announced opening."""

    protected_paths: Annotated[tuple[PathPattern, ...], Field(min_length=1, max_length=MAX_PROTECTED)]
    """Paths that only admitted customers reach: `/*` for the whole shop but `edge.cache.static` and `.media`, or path
    patterns of `edge.cache` or of a service's `publicPaths`."""
    first: tuple[Literal["checkout", "signedIn"], ...] = ("checkout", "signedIn")
    """Who is let in before all others, in this order: customers with a checkout in progress, then signed-in ones."""
    session_minutes: Annotated[int, Field(ge=1)] = 20
    """Minutes that a customer stays admitted after the last request, at most the 60 of a token."""
    on_failure: Literal["open", "closed"] = "closed"
    """When the controller is silent for longer than its lease: `open` lets everybody in, `closed` keeps customers
    waiting and those inside shopping."""
    capacity_percent: Percent = 90
    """Share of the capacity of the weakest link that customers are admitted for; the rest is for what rounds, bursts
    and is retried."""
    max_per_second: Rate | None = None
    """Most customers admitted in a second, whatever the proof carries. Default: no cap."""
    visit: Visit = Visit()
    """What an admitted customer does."""
    template: Annotated[str, Field(min_length=1)] | None = None
    """HTML file of the waiting page, relative to the project's folder, with the placeholders `{{title}}`, `{{status}}`
    and `{{script}}`. Default: a plain page of the program's own."""
    challenge: Literal["none", "captcha", "challenge"] = "none"
    """What WAF asks of a customer before a place is given: a CAPTCHA, or a silent challenge to the browser; both are
    charged by the attempt."""
    degradation: tuple[Degradation, ...] = ()
    """Steps taken one after the other, in this order, before the rate is lowered: each is a flag that services read.
    Default: none."""

    @property
    def protects_everything(self) -> bool:
        """Whether the whole shop is behind the room."""
        return "/*" in self.protected_paths

    def protects(self, path: str) -> bool:
        """Whether a path, or every path of a pattern, is behind the room."""
        return any(covers(pattern, path) for pattern in self.protected_paths)

    @field_validator("protected_paths", "first", "degradation")
    @classmethod
    def _named_once(cls, named: tuple[str, ...]) -> tuple[str, ...]:
        twice = next((one for one in named if named.count(one) > 1), None)
        if twice is not None:
            raise ValueError(f"each entry stands once (got {twice} twice); remove one")
        return named

    @field_validator("session_minutes")
    @classmethod
    def _token_outlives_the_session(cls, minutes: int) -> int:
        if minutes > MAX_TOKEN_MINUTES:
            raise ValueError(
                f"a session must not be longer than its token may live, {MAX_TOKEN_MINUTES} minutes (got {minutes}); "
                "lower it"
            )
        return minutes

    @field_validator("template")
    @classmethod
    def _template_has_its_placeholders(cls, file: str | None) -> str | None:
        if file is None:
            return None
        try:
            text = (ROOT / file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"the template must be an HTML file in UTF-8 (got {file}); correct the path") from None
        missing = [one for one in PLACEHOLDERS if one not in text]
        if missing:
            raise ValueError(
                f"the template must contain {', '.join(PLACEHOLDERS)} (got {file} without {', '.join(missing)}); "
                "add what is missing"
            )
        return file


class EventAdmission(Admission):
    """A waiting room that opens before a sale event does."""

    pre_queue_minutes: Annotated[int, Field(ge=5, le=1440)] = 30
    """Minutes before the opening from which customers get places."""
    order: Literal["lottery", "fifo"] = "lottery"
    """Places at the opening: `lottery` draws them among all who came before it, `fifo` gives them by arrival. Who comes
    later is served in order of arrival."""


def covers(pattern: str, path: str) -> bool:
    """Whether `pattern` (CloudFront's `*` and `?`) takes every path that `path` takes."""
    regex = "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in pattern)
    return re.fullmatch(regex, path) is not None
