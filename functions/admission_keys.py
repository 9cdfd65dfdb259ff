"""The waiting room's keys: MACs of an HMAC key in KMS, which never leaves it and which no state knows.

key of an hour     HMAC(key, "admit|<hour>")        signs tokens; the gate knows three of them
key of tickets     HMAC(key, "ticket|<room>")
seed of a draw     HMAC(key, "draw|<room>|<lane>|<cohort>"); its SHA-256 is known before, itself after the draw
"""

from __future__ import annotations

from typing import Any

from functions.admission_token import hour


class Keys:
    """Keys that have been asked for are kept as long as the function's environment is."""

    def __init__(self, client: Any, key_id: str) -> None:
        self._client = client
        self._key_id = key_id
        self._known: dict[str, bytes] = {}

    def of_hours(self, now: float) -> dict[int, str]:
        """The keys of the hour, the one before and the one after, by their number."""
        return {number: self._mac(f"admit|{number}").hex() for number in range(hour(now) - 1, hour(now) + 2)}

    def of_tickets(self, room: str) -> str:
        return self._mac(f"ticket|{room}").hex()

    def of_members(self) -> str:
        """Signs the cookie by which the shop says that somebody has signed in."""
        return self._mac("member").hex()

    def seed(self, room: str, lane: int, cohort: int) -> bytes:
        return self._mac(f"draw|{room}|{lane}|{cohort}")

    def _mac(self, message: str) -> bytes:
        known = self._known.get(message)
        if known is None:
            answer = self._client.generate_mac(
                KeyId=self._key_id, MacAlgorithm="HMAC_SHA_256", Message=message.encode()
            )
            known = self._known[message] = answer["Mac"]
        return known
