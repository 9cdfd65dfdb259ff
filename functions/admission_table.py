"""The waiting room's table: who has joined, which numbers are given, which cohorts are closed, who has come.

    room#<room>                              what the controller remembers; `version` guards it
    count#<room>#<lane>#<cohort>#<stripe>    numbers given (`given`); `closed` once no more are
    cohort#<room>#<lane>#<cohort>            base, counts, seed: never changed once written
    who#<room>#<device>                      a customer's one place; `entered` once admitted
    came#<room>#<stripe>                     customers who have been admitted

Every change is one conditional write, or one transaction: what is tried again changes nothing twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from functions.admission_places import Cohort
from functions.admission_token import Ticket

STRIPES: Final = 32
"""Items that count one lane of a cohort: an item takes 1,000 writes/s (DynamoDB Developer Guide, "Best practices for
designing and using partition keys"), and a million who join in a minute are 16,667 writes/s."""
CAME_STRIPES: Final = 8
RETURN: Final = 900
"""Seconds in which a ticket admits its customer again, for answers that got lost."""
GRACE: Final = 600
"""Seconds after the call until a place lapses."""
KEPT: Final = 7 * 86_400
"""Seconds that items are kept at least; DynamoDB deletes them later, so that nothing relies on it."""
_TRIES: Final = 6


class Busy(Exception):
    """No number could be had: to be tried again a little later."""


@dataclass(frozen=True, kw_only=True)
class Joined:
    ticket: Ticket
    entered: int | None
    """When its customer was first admitted."""


class Table:
    """The table of one room."""

    def __init__(self, client: Any, name: str, room: str, stripe: Callable[[int], int] = secrets.randbelow) -> None:
        """`client` is boto3's low-level one, which also makes transactions."""
        self._client = client
        self._name = name
        self._room = room
        self._stripe = stripe
        self._closed: dict[tuple[int, int], Cohort] = {}

    def join(self, device: str, lane: int, cohort: int, now: int, lapsed: Callable[[Ticket], bool]) -> Joined:
        """The customer's place: the one they have, or a new one in the first cohort from `cohort` on that is not
        closed. Raises Busy."""
        found = self.find(device)
        if found is not None and not self._is_over(found, now, lapsed):
            return found
        stripe = self._stripe(STRIPES)
        at, number = self._number(lane, cohort, stripe, now)
        ticket = Ticket(room=self._room, lane=lane, cohort=at, stripe=stripe, number=number, joined=now)
        if self._put(device, ticket, found):
            return Joined(ticket=ticket, entered=None)
        other = self.find(device)  # another request of the same customer was faster: this number stays unused
        if other is None:
            raise Busy
        return other

    def find(self, device: str) -> Joined | None:
        item = self._get(f"who#{self._room}#{device}")
        if item is None:
            return None
        fields = {name: int(item[name]["N"]) for name in ("lane", "cohort", "stripe", "number", "joined")}
        entered = int(item["entered"]["N"]) if "entered" in item else None
        return Joined(ticket=Ticket(room=self._room, **fields), entered=entered)

    def enter(self, device: str, ticket: Ticket, now: int) -> bool:
        """Record that a called customer has come; whether they may: not with a place that was given up, nor with one
        that was used more than `RETURN` ago."""
        same = "lane = :l AND cohort = :c AND stripe = :s AND #n = :n"
        values = {":l": ticket.lane, ":c": ticket.cohort, ":s": ticket.stripe, ":n": ticket.number}
        try:
            self._client.transact_write_items(
                TransactItems=[
                    {
                        "Update": {
                            **self._key(f"who#{self._room}#{device}"),
                            "UpdateExpression": "SET entered = :now",
                            "ConditionExpression": f"{same} AND attribute_not_exists(entered)",
                            "ExpressionAttributeNames": {"#n": "number"},
                            "ExpressionAttributeValues": _numbers({**values, ":now": now}),
                        }
                    },
                    {
                        "Update": {
                            **self._key(f"came#{self._room}#{self._stripe(CAME_STRIPES)}"),
                            "UpdateExpression": "ADD came :one",
                            "ExpressionAttributeValues": _numbers({":one": 1}),
                        }
                    },
                ]
            )
        except self._client.exceptions.TransactionCanceledException:
            found = self.find(device)
            entered = found.entered if found is not None and found.ticket == ticket else None
            return entered is not None and now < entered + RETURN
        return True

    def came(self) -> int:
        """Customers admitted so far."""
        found = (self._get(f"came#{self._room}#{stripe}") for stripe in range(CAME_STRIPES))
        return sum(int(item["came"]["N"]) for item in found if item is not None)

    def close(self, lane: int, cohort: int, base: int, seed: bytes | None, now: int) -> Cohort:
        """Give no more numbers of a cohort, and fix its places; the same ones however often and by whomever."""
        counts = [self._close_count(lane, cohort, stripe, now) for stripe in range(STRIPES)]
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.put_item(
                TableName=self._name,
                Item={
                    "id": {"S": f"cohort#{self._room}#{lane}#{cohort}"},
                    "base": {"N": str(base)},
                    "counts": {"L": [{"N": str(count)} for count in counts]},
                    "seed": {"S": seed.hex() if seed else ""},
                    "ttl": {"N": str(now + KEPT)},
                },
                ConditionExpression="attribute_not_exists(id)",
            )
        found = self.cohort(lane, cohort)
        if found is None:
            raise Busy
        return found

    def cohort(self, lane: int, cohort: int) -> Cohort | None:
        """A closed cohort; None while numbers are still given."""
        known = self._closed.get((lane, cohort))
        if known is not None:
            return known
        item = self._get(f"cohort#{self._room}#{lane}#{cohort}")
        if item is None:
            return None
        found = Cohort(
            base=int(item["base"]["N"]),
            counts=tuple(int(count["N"]) for count in item["counts"]["L"]),
            seed=bytes.fromhex(item["seed"]["S"]) or None,
        )
        self._closed[lane, cohort] = found
        return found

    def place(self, ticket: Ticket) -> int | None:
        """A ticket's place in its lane; None before it is drawn."""
        cohort = self.cohort(ticket.lane, ticket.cohort)
        return None if cohort is None else cohort.place(ticket.stripe, ticket.number)

    def remembered(self) -> tuple[str, int]:
        """What the controller has written last, and its version; empty and 0 before it has."""
        item = self._get(f"room#{self._room}")
        return ("", 0) if item is None else (item["memory"]["S"], int(item["version"]["N"]))

    def remember(self, memory: str, version: int) -> bool:
        """Write the controller's memory as the version after this one; False where another pass was faster."""
        try:
            self._client.put_item(
                TableName=self._name,
                Item={
                    "id": {"S": f"room#{self._room}"},
                    "memory": {"S": memory},
                    "version": {"N": str(version + 1)},
                },
                ConditionExpression="version = :v" if version else "attribute_not_exists(id)",
                **({"ExpressionAttributeValues": _numbers({":v": version})} if version else {}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _is_over(self, found: Joined, now: int, lapsed: Callable[[Ticket], bool]) -> bool:
        if found.entered is not None:
            return now >= found.entered + RETURN
        return lapsed(found.ticket)

    def _number(self, lane: int, cohort: int, stripe: int, now: int) -> tuple[int, int]:
        """The next number of a stripe, and the cohort that still gave it."""
        for at in range(cohort, cohort + _TRIES):
            try:
                answer = self._client.update_item(
                    **self._key(f"count#{self._room}#{lane}#{at}#{stripe}"),
                    UpdateExpression="ADD given :one SET #t = :ttl",
                    ConditionExpression="attribute_not_exists(closed)",
                    ExpressionAttributeNames={"#t": "ttl"},
                    ExpressionAttributeValues=_numbers({":one": 1, ":ttl": now + KEPT}),
                    ReturnValues="ALL_NEW",
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                continue
            return at, int(answer["Attributes"]["given"]["N"]) - 1
        raise Busy

    def _close_count(self, lane: int, cohort: int, stripe: int, now: int) -> int:
        answer = self._client.update_item(
            **self._key(f"count#{self._room}#{lane}#{cohort}#{stripe}"),
            UpdateExpression="ADD given :zero SET closed = :one, #t = :ttl",
            ExpressionAttributeNames={"#t": "ttl"},
            ExpressionAttributeValues=_numbers({":zero": 0, ":one": 1, ":ttl": now + KEPT}),
            ReturnValues="ALL_NEW",
        )
        return int(answer["Attributes"]["given"]["N"])

    def _put(self, device: str, ticket: Ticket, instead: Joined | None) -> bool:
        """Whether the place was written: where the customer has none, or still the one that is over."""
        fields = ("lane", "cohort", "stripe", "number", "joined")
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(id)"}
        if instead is not None:
            old = instead.ticket
            condition = {
                "ConditionExpression": "lane = :l AND cohort = :c AND stripe = :s AND #n = :n",
                "ExpressionAttributeNames": {"#n": "number"},
                "ExpressionAttributeValues": _numbers(
                    {":l": old.lane, ":c": old.cohort, ":s": old.stripe, ":n": old.number}
                ),
            }
        try:
            self._client.put_item(
                TableName=self._name,
                Item={
                    "id": {"S": f"who#{self._room}#{device}"},
                    **_numbers({name: getattr(ticket, name) for name in fields}),
                    "ttl": {"N": str(ticket.joined + KEPT)},
                },
                **condition,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _get(self, key: str) -> Mapping[str, Any] | None:
        return self._client.get_item(**self._key(key), ConsistentRead=True).get("Item")

    def _key(self, key: str) -> dict[str, Any]:
        return {"TableName": self._name, "Key": {"id": {"S": key}}}


def _numbers(values: Mapping[str, int]) -> dict[str, dict[str, str]]:
    return {name: {"N": str(value)} for name, value in values.items()}


def shared_out(wanted: int, waiting: Sequence[int]) -> list[int]:
    """How many of each lane are called, the first lanes first; a tenth of the calls is for the last lane, so that it
    never stands still."""
    last = min(waiting[-1], -(-wanted // 10)) if wanted > 0 else 0
    left, found = wanted - last, []
    for here in waiting[:-1]:
        found.append(min(here, left))
        left -= found[-1]
    return [*found, last + min(waiting[-1] - last, left)]
