"""The waiting room as it is deployed: nothing without a setting; with one, before every path that reaches a service."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.admission import page
from components.admission.gate import NEVER, GatedRoom
from components.admission.rooms import Rooms
from components.edge import EdgeTier
from devtools.recording.recorder import Recorded, record
from functions.admission_rooms import Room, chosen
from specs.admission import PLACEHOLDERS
from specs.edge import Edge
from tests.components import edge_tier

ROOM = Room(
    name="diwali", first=("checkout",), session=1200, fails_open=False, draws=True, start=100, until=200, steps=(),
    schedule="{}",
)  # fmt: skip
ROOMS = Rooms(
    gated=[GatedRoom(name="diwali", paths=("/*",), session_seconds=1200, fails_open=False)],
    run=[ROOM],
    template=None,
    log_retention_days=30,
)


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    def program() -> None:
        args = edge_tier._args(Edge.model_validate({}), False, edge_tier.REGION)
        topic = pulumi.Output.from_input("arn:aws:sns:ap-south-1:123456789012:alerts")
        EdgeTier("edge", replace(args, rooms=ROOMS, alert_topic_arn=topic))

    return record(program)


def of(recorded: Recorded, token: str) -> list[Any]:
    return list(recorded.of(token))


def test_every_behaviour_that_reaches_a_service_passes_the_gate(recorded: Recorded) -> None:
    (cdn,) = of(recorded, "aws:cloudfront/distribution:Distribution")
    (gate,) = of(recorded, "aws:cloudfront/function:Function")
    every = [cdn.inputs["defaultCacheBehavior"], *cdn.inputs["orderedCacheBehaviors"]]
    for behaviour in every:
        gated = [one["functionArn"] for one in behaviour.get("functionAssociations") or []]
        assert gated == ([] if behaviour["targetOriginId"] == "media" else [gate.outputs["arn"]]), behaviour
    first = [one["pathPattern"] for one in cdn.inputs["orderedCacheBehaviors"][:2]]
    assert first == ["/_room/api/*", "/_room/*"], "before any pattern of the shop's"


def test_a_stack_without_a_room_deploys_nothing_of_it() -> None:
    built = edge_tier.build()
    for token in ("cloudfront/keyValueStore:KeyValueStore", "lambda/function:Function", "dynamodb/table:Table"):
        assert not built.of(token)


def test_the_store_holds_nobody_back_until_the_controller_writes(recorded: Recorded) -> None:
    (state,) = of(recorded, "aws:cloudfront/keyvaluestoreKey:KeyvaluestoreKey")
    assert json.loads(state.inputs["value"])["until"] == 0


def test_only_the_distribution_calls_the_api(recorded: Recorded) -> None:
    (cdn,) = of(recorded, "aws:cloudfront/distribution:Distribution")
    permissions = of(recorded, "aws:lambda/permission:Permission")
    assert len(permissions) == 2
    assert {one.inputs["sourceArn"] for one in permissions} == {cdn.outputs["arn"]}
    (url,) = of(recorded, "aws:lambda/functionUrl:FunctionUrl")
    assert url.inputs["authorizationType"] == "AWS_IAM"


def test_no_key_stands_in_the_state(recorded: Recorded) -> None:
    (key,) = [one for one in of(recorded, "aws:kms/key:Key") if one.inputs.get("keyUsage") == "GENERATE_VERIFY_MAC"]
    assert key.inputs["customerMasterKeySpec"] == "HMAC_256"
    assert not of(recorded, "aws:secretsmanager/secretVersion:SecretVersion")


def test_an_events_room_goes_before_the_unannounced_one() -> None:
    always = replace(ROOM, name="", start=0, until=NEVER)
    assert chosen([always, ROOM], 150) == ROOM
    assert chosen([always, ROOM], 250) == always
    assert chosen([ROOM], 250) is None


def test_the_page_is_filled_in_and_escapes_the_shops_name(tmp_path: Path) -> None:
    own = page.files("<b>Shop & Co", None)["_room/index.html"][1]
    assert "&lt;b&gt;Shop &amp; Co" in own
    assert not [placeholder for placeholder in PLACEHOLDERS if placeholder in own]
    template = tmp_path / "own.html"
    template.write_text("".join(PLACEHOLDERS), encoding="utf-8")
    filled = page.files("Shop", str(template))["_room/index.html"][1]
    assert 'role="status"' in filled
    assert 'src="/_room/room.js"' in filled
    assert "<style" not in own
    assert "<script>" not in own, "the shop's content security policy admits its own files alone"
