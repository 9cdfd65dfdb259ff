"""Requests of one waiting customer and of the room's controller."""

from __future__ import annotations

from typing import Final

POLL_SECONDS: Final = 20.0
"""Between two polls of one customer, on average (Cloudflare's Waiting Room refreshes its page every 20 s)."""
PASS_SECONDS: Final = 10.0
"""Between two writes of the controller, at most."""
POLL_KB: Final = 0.5
"""Size of an answer; an estimate."""
WRITES_PER_PLACE: Final = 2.0
"""Units: the customer's own item, which gives one place to each, and the counter of a stripe."""
CALLS_PER_PLACE: Final = 2.0
"""Of the function: to join, and to come in."""
CALL_SECONDS: Final = 0.05
"""Of the function, for each call; an estimate."""
