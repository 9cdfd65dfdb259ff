"""The room from end to end: who joins is drawn, called, admitted by the API, and let through by the gate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from components.admission.gate import GatedRoom, code
from functions import admission_table
from functions.admission_api import Api, Request, request_of
from functions.admission_controller import Controller, is_hurting, override_of, queries
from functions.admission_keys import Keys
from functions.admission_pass import Override
from functions.admission_places import commitment
from functions.admission_rate import Schedule, Step
from functions.admission_rooms import Room
from functions.admission_state import MAX_VALUE, gate_value
from functions.admission_table import Table
from tests.admission.engines import QuickJs
from tests.admission.world import request

OPENING = 1_900_000_000.0
SCHEDULE = Schedule(
    event="diwali", opening=OPENING, visit=60.0, cap=50.0, reaction=120.0, growth=0.001,
    limits=(0.001, 1.0, 900.0, 0.1),
    steps=(Step(OPENING - 1800, 0.0, 0.0), Step(OPENING, 600.0, 600.0), Step(OPENING + 9000, 0.0, -1.0)),
)  # fmt: skip
GATE = code(
    [
        GatedRoom(
            name="diwali", paths=("/*",), free=("/assets/*",), session_seconds=1200, fails_open=False,
            start=int(OPENING) - 1800, end=int(OPENING) + 10_000,
        )
    ]
)  # fmt: skip


class Shop:
    """A room with all its parts, but for the store and the bucket, which keep what they are told."""

    def __init__(self) -> None:
        with_keys = {"region_name": "ap-south-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
        dynamodb, kms = boto3.client("dynamodb", **with_keys), boto3.client("kms", **with_keys)
        dynamodb.create_table(
            TableName="room", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )  # fmt: skip
        key = kms.create_key(KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256")["KeyMetadata"]["KeyId"]
        table, self.keys = Table(dynamodb, "room", "diwali"), Keys(kms, key)
        lanes = ("checkout", "signedIn")
        self.api = Api(table, self.keys, room="diwali", lanes=lanes, session=1200, fails_open=False)
        self.gate: list[str] = []
        self.status: list[str] = []
        self.override = Override()
        room = Room(
            name="diwali", first=lanes, session=1200, fails_open=False, schedule=SCHEDULE.document(), draws=True,
            start=int(OPENING) - 1800, until=int(OPENING) + 10_000, steps=("longerCache",),
        )  # fmt: skip
        self.controller = Controller(
            room, SCHEDULE, table, self.keys, tell_gate=self.gate.append, tell_waiting=self.status.append,
            hurting=lambda _now: False, override=lambda: self.override,
        )  # fmt: skip

    def call(self, path: str, now: float, cookies: dict[str, str] | None = None, *, page: bool = False) -> Any:
        return self.api.answer(
            Request(
                path=f"/_room/api/{path}",
                cookies=cookies or {},
                user_agent="Phone/1.0",
                to="/p/1",
                is_page=page,
                now=now,
            )
        )


def cookies_of(answer: Any) -> dict[str, str]:
    return dict(one.partition(";")[0].split("=", 1) for one in answer["cookies"])


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(admission_table, "STRIPES", 2)
    with mock_aws():
        yield Shop()


def test_a_customer_joins_is_drawn_called_admitted_and_let_through(shop: Shop) -> None:
    early = OPENING - 60
    cookies = cookies_of(shop.call("join", early))
    assert shop.controller.once(early)
    assert json.loads(shop.call("place", early, cookies)["body"]) == {"place": None, "lane": 2}
    told = json.loads(shop.status[-1])
    assert told["seeds"] == [], "the draw is still to come"
    assert told["commitments"][2] == commitment(shop.keys.seed("diwali", 2, 0))
    shop.controller.once(OPENING)
    shop.controller.once(OPENING + 10)
    assert bytes.fromhex(json.loads(shop.status[-1])["seeds"][2]) == shop.keys.seed("diwali", 2, 0)
    answer = shop.call("enter", OPENING + 12, cookies)
    assert json.loads(answer["body"]) == {"admitted": True}
    cookies |= cookies_of(answer)
    event = request("/cart")
    event["request"]["cookies"] = {name: {"value": value} for name, value in cookies.items()}
    event["request"]["headers"]["user-agent"] = {"value": "Phone/1.0"}
    run = QuickJs().run
    assert "statusCode" not in run(GATE, shop.gate[-1], OPENING + 12, event)
    event["request"]["cookies"].pop("__Host-ticket")
    assert run(GATE, shop.gate[-1], OPENING + 12, event)["statusCode"] == 303
    assert "statusCode" not in run(GATE, shop.gate[-1], OPENING + 10_000, event), "the room is over"


def test_nobody_is_admitted_before_the_call_after_the_lease_or_with_anothers_ticket(shop: Shop) -> None:
    early = OPENING - 60
    one, other = cookies_of(shop.call("join", early)), cookies_of(shop.call("join", early))
    assert one != other
    shop.controller.once(early)
    assert json.loads(shop.call("enter", early, one)["body"])["admitted"] is False
    shop.controller.once(OPENING)
    shop.controller.once(OPENING + 10)
    late = shop.call("enter", OPENING + 400, one)
    assert json.loads(late["body"])["admitted"] is False, "the controller is silent"
    stolen = {**other, "__Host-ticket": one["__Host-ticket"]}
    assert shop.call("enter", OPENING + 12, stolen)["statusCode"] == 409
    assert shop.call("enter", OPENING + 12, {})["statusCode"] == 409


def test_joining_twice_gives_the_same_ticket(shop: Shop) -> None:
    first = cookies_of(shop.call("join", OPENING - 60))
    again = cookies_of(shop.call("join", OPENING - 30, first))
    assert again == first


def test_who_has_signed_in_or_was_in_checkout_goes_first(shop: Shop) -> None:
    from functions.admission_token import Bearer, Token, issue_token, mac

    early = OPENING - 60
    device = "d" * 24
    expires = f"{int(OPENING)}"
    member = f"{expires}.{mac(shop.keys.of_members(), f'member|{device}|{expires}')}"
    answer = shop.call("join", early, {"__Host-device": device, "__Host-member": member})
    assert json.loads(answer["body"])["lane"] == 1
    forged = shop.call("join", early, {"__Host-device": "e" * 24, "__Host-member": member})
    assert json.loads(forged["body"])["lane"] == 2
    bearer = Bearer(ticket="t", device="f" * 24, user_agent="Phone/1.0")
    life = Token(room="diwali", expires=int(early) - 60, since=int(early) - 900, checkout=True)
    token = issue_token(life, bearer, shop.keys.of_hours(early - 900), early - 900)
    back = {"__Host-device": "f" * 24, "__Host-ticket": "t", "__Host-admit": token}
    assert json.loads(shop.call("join", early, back)["body"])["lane"] == 0


def test_a_browser_without_scripts_is_led_on_by_redirects(shop: Shop) -> None:
    joined = shop.call("join", OPENING - 60, page=True)
    assert (joined["statusCode"], joined["headers"]["location"]) == (303, "/_room/index.html")
    shop.controller.once(OPENING)
    shop.controller.once(OPENING + 10)
    entered = shop.call("enter", OPENING + 12, cookies_of(joined), page=True)
    assert (entered["statusCode"], entered["headers"]["location"]) == (303, "/p/1")


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", ""])
def test_nobody_is_sent_to_another_host(shop: Shop, to: str) -> None:
    event = {"rawPath": "/_room/api/enter", "queryStringParameters": {"to": to}}
    read = request_of(event, OPENING)
    from functions.admission_api import _own

    assert _own(read.to) == "/"


def test_the_gates_state_fits_its_value_whatever_the_ladder() -> None:
    keys = dict.fromkeys(range(500000, 500003), "f" * 64)
    steps = ("longerCache", "noPersonalisation", "noSuggestions", "readOnlyCart", "checkoutOnly")
    assert len(gate_value("e" * 40, 1_900_000_000, 99_999_999_999, 2e9, keys, steps, 1_900_000_000)) < MAX_VALUE / 2
    with pytest.raises(ValueError, match="within 1024 bytes"):
        gate_value("e" * 1000, 0, 0, 0, keys, ())


@pytest.mark.parametrize(
    ("document", "told"),
    [('{"rate": 5}', "must have a reason"), ('{"speed": 5}', "rate, steps and reason only"), ("[]", "only"),
     ('{"rate": "5", "reason": "x"}', "must be a number"), ('{"rate": -1, "reason": "x"}', "must be a number")],
)  # fmt: skip
def test_an_order_that_means_nothing_is_refused_in_one_line(document: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        override_of(document)


def test_signals_hurt_by_what_the_event_promises() -> None:
    limits = (0.001, 1.0, 900.0, 0.1)
    calm = {"requests": 1000.0, "origin": 1.0, "latency": 0.9, "queue0": 100.0}
    assert not is_hurting(calm, limits)
    assert not is_hurting({}, limits)
    for worse in ({"balancer": 1.0}, {"latency": 1.1}, {"queue1": 901.0}):
        assert is_hurting({**calm, **worse}, limits), worse
    assert len({one["Id"] for one in queries("app/x/1", ["a", "b"])}) == 6
