"""Registration and controller against DynamoDB as Moto has it: crashes, duplicates, skewed clocks; nobody is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import boto3
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from moto import mock_aws

from functions import admission_pass, admission_table
from functions.admission_pass import Memory, Override, lapsed, run
from functions.admission_rate import Schedule, Step
from functions.admission_table import GRACE, Busy, Table, shared_out
from functions.admission_token import Ticket

OPENING = 1_900_000_000.0
LANES = 3
SCHEDULE = Schedule(
    event="diwali", opening=OPENING, visit=60.0, cap=5.0, reaction=120.0, growth=0.001, limits=(0.001, 1.0, 900.0, 0.1),
    steps=(Step(OPENING - 1800, 0.0, 0.0), Step(OPENING, 60.0, 120.0)),
)  # fmt: skip


class Crash(Exception):
    """A function that ended at some call: just before it, or after it was done."""


class Failing:
    """A client that crashes at the n-th call from now."""

    def __init__(self, client: Any) -> None:
        self._client, self.left, self.done = client, None, False
        self.exceptions = client.exceptions

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)

        def counted(**arguments: Any) -> Any:
            if self.left is None:
                return call(**arguments)
            self.left -= 1
            if self.left < 0:
                self.left = None
                if self.done:
                    call(**arguments)
                raise Crash
            return call(**arguments)

        return counted


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("dynamodb", region_name="ap-south-1", aws_access_key_id="a", aws_secret_access_key="b")


class Queue(RuleBasedStateMachine):
    aws: ClassVar[Any]
    tickets = Bundle("tickets")
    tables: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        Queue.tables += 1
        name = f"room-{Queue.tables}"
        self.aws.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )  # fmt: skip
        self.client = Failing(self.aws)
        self.table = Table(self.client, name, "diwali", stripe=self._stripe)
        self.turn = 0
        self.now = OPENING - 60
        self.entered: dict[Ticket, str] = {}
        self.placed: dict[int, dict[int, str]] = {lane: {} for lane in range(LANES)}
        self.history: list[tuple[float, list[int]]] = []

    def _stripe(self, most: int) -> int:
        self.turn += 1
        return self.turn % min(most, 2)

    @property
    def memory(self) -> Memory:
        return Memory.of(self.table.remembered()[0], LANES)

    @rule(
        target=tickets, device=st.sampled_from("abcdefgh"), lane=st.integers(0, LANES - 1),
        skew=st.integers(-30, 30), crash=st.none() | st.integers(0, 4), done=st.booleans(), stale=st.booleans(),
    )  # fmt: skip
    def join(self, device: str, lane: int, skew: int, crash: int | None, done: bool, stale: bool) -> Any:
        now, memory = int(self.now) + skew, self.memory
        self.client.left, self.client.done = crash, done
        cohort = max(0, memory.cohort - stale)
        over = lambda ticket: lapsed(memory, self.table, ticket, now)  # noqa: E731
        try:
            first = self.table.join(device, lane, cohort, now, over)
        except (Crash, Busy):
            return None
        finally:
            self.client.left = None
        again = self.table.join(device, (lane + 1) % LANES, cohort, now, over)
        assert first.ticket == again.ticket, "one customer, one place"
        return device, first.ticket

    @rule(seconds=st.integers(0, 120), crash=st.none() | st.integers(0, 120), done=st.booleans(), hurt=st.booleans())
    def controller_passes(self, seconds: int, crash: int | None, done: bool, hurt: bool) -> None:
        self.now += seconds
        self.client.left, self.client.done = crash, done
        try:
            document, version = self.table.remembered()
            before = Memory.of(document, LANES)
            after = run(
                before, SCHEDULE, self.table, self.now, hurting=hurt, seed=lambda lane, _cohort: bytes([lane]) * 32,
                ladder=1, override=Override(), lease=300.0,
            )  # fmt: skip
            assert sum(after.called) - sum(before.called) <= 1 + after.due + 60 * 5.0 / 0.2
            self.table.remember(after.document(), version)
        except Crash:
            pass
        finally:
            self.client.left = None

    @rule(one=tickets, crash=st.none() | st.integers(0, 3), done=st.booleans())
    def enter(self, one: Any, crash: int | None, done: bool) -> None:
        if one is None:
            return
        device, ticket = one
        memory, place = self.memory, self.table.place(ticket)
        if place is None or not memory.is_called(ticket.lane, place) or lapsed(memory, self.table, ticket, self.now):
            return
        self.client.left, self.client.done = crash, done
        try:
            came = self.table.enter(device, ticket, int(self.now))
        except Crash:
            came = self.table.enter(device, ticket, int(self.now))
        finally:
            self.client.left = None
        if came:
            assert self.entered.setdefault(ticket, device) == device
            assert self.table.enter(device, ticket, int(self.now)), "an answer that was lost is given again"
        assert not self.table.enter(device + "x", ticket, int(self.now)), "a ticket is its customer's alone"

    @rule(one=tickets)
    def look(self, one: Any) -> None:
        if one is None:
            return
        device, ticket = one
        place = self.table.place(ticket)
        if place is not None:
            assert place >= 0
            assert self.placed[ticket.lane].setdefault(place, device) == device, "no place twice"

    @invariant()
    def customers_are_conserved(self) -> None:
        memory = self.memory
        assert self.table.came() == len(self.entered)
        assert all(0 <= called <= given for called, given in zip(memory.called, memory.given, strict=True))
        given = [self._numbers(lane, memory.cohort) for lane in range(LANES)]
        assert list(memory.given) == given, "each number that was given has a place"
        if self.now < OPENING:
            assert not sum(memory.called)

    def _numbers(self, lane: int, cohorts: int) -> int:
        closed = [self.table.cohort(lane, number) for number in range(cohorts)]
        return sum(one.size for one in closed if one is not None)


@pytest.fixture(autouse=True)
def few_stripes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moto takes milliseconds for each item."""
    monkeypatch.setattr(admission_table, "STRIPES", 2)


def test_nobody_has_a_place_twice_and_nobody_is_lost(client: Any) -> None:
    play(client, 2)


@pytest.mark.thorough
def test_nobody_is_lost_in_many_more_histories(client: Any) -> None:
    play(client, 60)


def play(client: Any, histories: int) -> None:
    Queue.aws = client
    checks = list(HealthCheck)
    run_state_machine_as_test(
        Queue,
        settings=settings(max_examples=histories, stateful_step_count=20, deadline=None, suppress_health_check=checks),
    )


def test_those_who_go_first_leave_a_tenth_to_the_others() -> None:
    assert shared_out(100, [30, 500, 500]) == [30, 60, 10]
    assert shared_out(100, [0, 20, 500]) == [0, 20, 80]
    assert shared_out(100, [0, 0, 7]) == [0, 0, 7]
    assert shared_out(0, [3, 3, 3]) == [0, 0, 0]
    assert shared_out(1, [5, 0, 5]) == [0, 0, 1]


def test_a_silence_of_the_controller_is_not_made_up_for_at_once(client: Any) -> None:
    table = _table(client, "silence")
    for number in range(400):
        table._put(f"d{number}", Ticket(room="diwali", lane=2, cohort=0, stripe=0, number=number, joined=1), None)
    client.update_item(
        TableName="silence", Key={"id": {"S": "count#diwali#2#0#0"}}, UpdateExpression="SET given = :n",
        ExpressionAttributeValues={":n": {"N": "400"}},
    )  # fmt: skip
    memory = _pass(Memory.of("", LANES), table, OPENING)
    later = _pass(memory, table, OPENING + 3600)
    assert sum(later.called) <= 1 + 5.0 * admission_pass.MAX_GAP


def test_the_ladder_goes_before_the_share_and_comes_back_after_it(client: Any) -> None:
    table, memory, now = _table(client, "ladder"), Memory.of("", LANES), OPENING
    memory = _pass(memory, table, now, hurting=True)
    assert (memory.level, memory.share) == (1, 1.0)
    memory = _pass(memory, table, now + 200, hurting=True)
    assert (memory.level, memory.share) == (1, pytest.approx(0.7))
    for minute in range(12):
        memory = _pass(memory, table, now + 400 + 60 * minute, hurting=False)
    assert (memory.level, memory.share) == (0, 1.0)


def test_a_place_lapses_after_its_time_and_not_before(client: Any) -> None:
    table = _table(client, "lapse")
    joined = table.join("d1", 2, 0, int(OPENING) - 5, lambda _: False)
    memory = _pass(Memory.of("", LANES), table, OPENING)
    memory = _pass(memory, table, OPENING + 10)
    assert memory.called[2] == 1
    for minute in (1, 9, 10, 11):
        memory = _pass(memory, table, OPENING + 10 + 60 * minute)
        assert lapsed(memory, table, joined.ticket, OPENING + 10 + 60 * minute) == (60 * minute >= GRACE)
    again = table.join("d1", 2, memory.cohort, int(OPENING) + 2000, lambda _: True)
    assert again.ticket != joined.ticket
    assert not table.enter("d1", joined.ticket, int(OPENING) + 2000), "the place that was given up is worth nothing"


def test_a_person_may_hold_everybody_back(client: Any) -> None:
    table = _table(client, "override")
    table.join("d1", 2, 0, int(OPENING) - 5, lambda _: False)
    memory = Memory.of("", LANES)
    for second in range(0, 60, 10):
        memory = _pass(memory, table, OPENING + second, override=Override(rate=0.0, reason="payments are down"))
    assert not sum(memory.called)


def _pass(
    memory: Memory, table: Table, now: float, hurting: bool | None = None, override: Override | None = None
) -> Memory:
    return run(
        memory, SCHEDULE, table, now, hurting=hurting, seed=lambda lane, _cohort: bytes([lane]) * 32, ladder=1,
        override=override or Override(), lease=300.0,
    )  # fmt: skip


def _table(client: Any, name: str) -> Table:
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    return Table(client, name, "diwali", stripe=lambda _: 0)
