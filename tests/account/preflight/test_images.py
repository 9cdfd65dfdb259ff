"""The images that tasks start with, and how registries are asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from account.preflight.checks import images
from account.preflight.registry import Answer, PublicRegistry
from account.preflight.verdict import NotKnown, Outcome
from devtools.recording.recorded import Recorded, RecordedInvoke
from tests.account.preflight.world import DENIED, THROTTLED, Images, Refused, lines, outcomes, subject, world
from tests.configuration import service

PUBLIC, OWN, RELEASED = images.checks()
PRIVATE = "123456789012.dkr.ecr.ap-south-1.amazonaws.com/shop/ui:1.0"
ON_OWN = subject(services=[service("ui", publicPaths=["/"], image=PRIVATE)])


def test_public_images_that_exist_hold() -> None:
    (line,) = lines(PUBLIC, subject(), world(images=Images(True)))
    assert (line.outcome, line.text) == (Outcome.HOLDS, "3 public images exist")


def test_a_public_image_that_its_registry_lacks_will_fail() -> None:
    found = lines(PUBLIC, subject(), world(images=Images(False)))
    assert {line.outcome for line in found} == {Outcome.FAILS}
    assert any(line.remedy == "set saleday:services[cart].image to one that exists" for line in found)


def test_a_registry_out_of_reach_is_not_known() -> None:
    (line,) = lines(PUBLIC, subject(), world(images=Images(NotKnown("no network"))))
    assert (line.outcome, line.text) == (Outcome.NOT_KNOWN, "whether 3 public images exist: no network")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"imageDetails": [{"imageDigest": "sha256:1"}]}, Outcome.HOLDS),
        (Refused("ImageNotFoundException"), Outcome.FAILS),
        (Refused("RepositoryNotFoundException"), Outcome.FAILS),
        (DENIED, Outcome.NOT_KNOWN),
        (THROTTLED, Outcome.NOT_KNOWN),
    ],
)
def test_images_in_accounts_are_looked_up_there(answer: Any, outcome: Outcome) -> None:
    assert outcomes(OWN, ON_OWN, world({"ecr.describe_images": answer})) == [outcome]


def test_a_stack_on_public_images_asks_no_account() -> None:
    assert not OWN.concerns(subject())


RELEASES = RecordedInvoke("aws:ssm/getParametersByPath:getParametersByPath", {"path": "/saleday-test/releases"}, "")
THERE = {"imageDetails": [{"imageDigest": "sha256:1"}]}


def released(value: str, image: Any) -> dict[str, Any]:
    parameter = {"Name": "/saleday-test/releases/ui", "Value": value}
    return {"ssm.get_parameters_by_path": {"Parameters": [parameter]}, "ecr.describe_images": image}


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (released("none", DENIED), Outcome.HOLDS),
        (released(PRIVATE, THERE), Outcome.HOLDS),
        (released(PRIVATE, Refused("ImageNotFoundException")), Outcome.FAILS),
        (released(PRIVATE, DENIED), Outcome.NOT_KNOWN),
        ({}, Outcome.NOT_KNOWN),
    ],
)
def test_what_a_pipeline_has_released_has_to_be_there(answers: Any, outcome: Outcome) -> None:
    of = replace(subject(), program=Recorded([], [RELEASES], {}))
    assert outcomes(RELEASED, of, world(answers)) == [outcome]
    assert not RELEASED.concerns(subject())


CHALLENGE = {
    "WWW-Authenticate": 'Bearer realm="https://registry.example/token",service="r",scope="repository:shop:pull"'
}
ADDRESS = "https://registry.example/v2/shop/ui/manifests/1.0"


def asked_with_token(status: int) -> PublicRegistry:
    def fetch(method: str, address: str, headers: Mapping[str, str]) -> Answer:
        if address.startswith("https://registry.example/token?"):
            assert "service=r" in address
            assert "scope=repository%3Ashop%3Apull" in address
            return Answer(status=200, headers={}, body=json.dumps({"token": "t"}).encode())
        assert (method, address) == ("HEAD", ADDRESS)
        if headers.get("Authorization") != "Bearer t":
            return Answer(status=401, headers=CHALLENGE)
        return Answer(status=status, headers={})

    return PublicRegistry(fetch)


@pytest.mark.parametrize(("status", "there"), [(200, True), (404, False)])
def test_a_registry_is_asked_with_the_token_that_it_gives_to_strangers(status: int, there: bool) -> None:
    assert asked_with_token(status).has("registry.example/shop/ui:1.0") is there


@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_registry_that_does_not_say_is_not_known(status: int) -> None:
    with pytest.raises(NotKnown, match=f"HTTP {status}"):
        asked_with_token(status).has("registry.example/shop/ui:1.0")


def test_a_registry_without_an_answer_is_not_known() -> None:
    def fetch(*_: Any) -> Answer:
        raise TimeoutError

    with pytest.raises(NotKnown, match=r"registry\.example has no answer"):
        PublicRegistry(fetch).has("registry.example/shop/ui:1.0")


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        ("registry.example/ui@sha256:abc", "sha256:abc"),
        ("registry.example/ui", "latest"),
        ("registry.example/ui:2", "2"),
    ],
)
def test_images_are_named_by_digest_tag_or_neither(image: str, reference: str) -> None:
    addresses: list[str] = []

    def fetch(method: str, address: str, headers: Mapping[str, str]) -> Answer:
        addresses.append(address)
        return Answer(status=200, headers={})

    assert PublicRegistry(fetch).has(image)
    assert addresses == [f"https://registry.example/v2/ui/manifests/{reference}"]
