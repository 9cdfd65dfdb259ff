"""The gate in two engines: who is let through, who is sent to the room, and what no request gets round."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from components.admission.gate import MAX_CODE, GatedRoom, code
from functions.admission_token import MAX_LIFE, Bearer, Token, issue_token, read_token
from tests.admission.engines import Node, QuickJs, Run
from tests.admission.world import BEARER, KEYS, NOW, ROOM, request, state, token

CODE = code([ROOM])
FORGED = 2000


@pytest.fixture(scope="module")
def node() -> Iterator[Run]:
    engine = Node()
    yield engine.run
    engine.close()


@pytest.fixture(scope="module", params=["node", "quickjs"])
def run(request: pytest.FixtureRequest, node: Run) -> Run:
    return node if request.param == "node" else QuickJs().run


def passes(answer: dict[str, Any]) -> bool:
    assert "error" not in answer, answer
    return "statusCode" not in answer


def test_a_token_from_the_api_opens_every_protected_path(run: Run) -> None:
    for uri in ("/", "/cart", "/checkout/pay"):
        answer = run(CODE, state(), NOW, request(uri, token(checkout=True)))
        assert passes(answer), uri
        assert answer["headers"]["x-viewer-address"] == {"value": "198.51.100.7"}


def test_without_a_token_a_page_goes_to_the_room_and_a_call_is_told_to_wait(run: Run) -> None:
    page = run(CODE, state(), NOW, request("/p/1", query={"c": {"value": "red"}, "ü": {"value": ""}}))
    assert page["statusCode"] == 303
    assert page["headers"]["location"]["value"] == "/_room/index.html?to=%2Fp%2F1%3Fc%3Dred%26%C3%BC"
    assert page["headers"]["cache-control"]["value"] == "no-store"
    call = run(CODE, state(), NOW, request("/cart", method="POST"))
    assert call["statusCode"] == 429
    assert call["headers"]["retry-after"]["value"] == "30"


@pytest.mark.parametrize(
    "uri",
    [
        "/%63heckout",
        "/assets/../checkout",
        "/assets/%2e%2e/checkout",
        "/assets/%2E./cart",
        "/assets/..%2fcart",
        "/assets/%252e%252e/cart",
        "/assets/..;/cart",
        "/assets/%zz",
        "//cart",
        "/Assets/../cart",
        "/assets\\..\\cart",
        "/assets/%00/../cart",
    ],
)
def test_no_spelling_of_a_path_gets_round_the_gate(run: Run, uri: str) -> None:
    assert not passes(run(CODE, state(), NOW, request(uri)))


def test_free_paths_and_those_of_no_room_stay_open(run: Run) -> None:
    only_checkout = code([replace(ROOM, paths=("/checkout*", "/p?y"), free=())])
    assert passes(run(CODE, state(), NOW, request("/assets/site.css")))
    assert passes(run(only_checkout, state(), NOW, request("/catalog/1")))
    for uri in ("/CHECKOUT", "/%63heckout", "/x/../checkout", "/./checkout", "//checkout", "/pay", "/checkout/"):
        assert not passes(run(only_checkout, state(), NOW, request(uri))), uri


def test_a_token_is_worth_nothing_to_another_device_browser_or_ticket(run: Run) -> None:
    admit = token()
    for stolen in ("ticket", "device", "user_agent"):
        thief = replace(BEARER, **{stolen: "another"})
        assert not passes(run(CODE, state(), NOW, request(admit=admit, bearer=thief))), stolen
    assert not passes(run(CODE, state(), NOW, request(admit=token(room="other"))))


def test_a_token_ends_with_its_time_its_keys_and_a_recall(run: Run) -> None:
    admit = token(life=60)
    assert passes(run(CODE, state(), NOW + 59, request(admit=admit, accept="*/*")))
    assert not passes(run(CODE, state(), NOW + 60, request(admit=admit)))
    assert not passes(run(CODE, state(nb=NOW + 1), NOW, request(admit=admit)))
    assert not passes(run(CODE, state(keys={}), NOW, request(admit=admit)))


def test_what_lets_more_in_waits_for_the_edges_clock_and_what_lets_fewer_in_does_not(run: Run) -> None:
    opened = state(until=NOW + 60)
    assert not passes(run(CODE, opened, NOW + 59, request()))
    assert passes(run(CODE, opened, NOW + 60, request()))
    closed = state(**{"from": NOW - 1})
    assert not passes(run(CODE, closed, NOW, request()))
    assert passes(run(CODE, state(**{"from": NOW + 60}), NOW, request()))


def test_a_silent_controller_opens_a_room_that_fails_open_and_no_other(run: Run) -> None:
    fails_open = code([replace(ROOM, fails_open=True)])
    late = NOW + 301
    assert passes(run(fails_open, state(), late, request()))
    assert not passes(run(fails_open, state(), NOW, request()))
    assert not passes(run(CODE, state(), late, request()))
    assert passes(run(CODE, state(), late, request(admit=token()))), "those inside go on shopping"


def test_an_unreadable_store_holds_back_only_while_a_room_that_fails_closed_is_due(run: Run) -> None:
    for value in (None, "{", "null", "{}"):
        assert not passes(run(CODE, value, NOW, request())), value
    assert passes(run(CODE, None, NOW - 7200, request()))
    assert passes(run(CODE, None, NOW, request("/assets/a.js")))
    assert passes(run(code([replace(ROOM, fails_open=True)]), None, NOW, request()))


def test_a_page_renews_the_token_in_the_second_half_of_its_life(run: Run) -> None:
    admit = token()
    assert passes(run(CODE, state(), NOW + 599, request("/p/1", admit)))
    answer = run(CODE, state(), NOW + 600, request("/p/1", admit, query={"v": {"value": "2"}}))
    assert (answer["statusCode"], answer["headers"]["location"]["value"]) == (303, "/p/1?v=2")
    renewed = answer["cookies"]["__Host-admit"]
    assert renewed["attributes"] == "Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=4800"
    read = read_token(renewed["value"], BEARER, KEYS)
    assert read == Token(room="diwali", expires=NOW + 1800, since=NOW)
    assert passes(run(CODE, state(), NOW + 600, request("/p/1", renewed["value"])))
    assert passes(run(CODE, state(), NOW + 600, request("/p/1", admit, method="POST"))), "no form is lost"
    assert passes(run(CODE, state(), NOW + 600, request("//evil.example", admit))), "no redirect to another host"


def test_a_token_remembers_that_checkout_has_begun(run: Run) -> None:
    answer = run(CODE, state(), NOW, request("/checkout", token()))
    read = read_token(answer["cookies"]["__Host-admit"]["value"], BEARER, KEYS)
    assert read is not None
    assert read.checkout
    assert passes(run(CODE, state(), NOW, request("/checkout", answer["cookies"]["__Host-admit"]["value"])))


def test_nobody_stays_for_ever(run: Run) -> None:
    old = issue_token(Token(room="diwali", expires=NOW + 60, since=NOW - 6 * 3600 - 1), BEARER, KEYS, NOW)
    assert passes(run(CODE, state(), NOW, request("/p/1", old))), "until its token ends"


def test_the_origin_hears_of_degradation_from_the_gate_alone(run: Run) -> None:
    event = request(admit=token())
    event["request"]["headers"]["x-degradation"] = {"value": "none"}
    assert "x-degradation" not in run(CODE, state(), NOW, event)["headers"]
    told = run(CODE, state(steps="longerCache,noSuggestions"), NOW, event)
    assert told["headers"]["x-degradation"] == {"value": "longerCache,noSuggestions"}


def test_the_rooms_own_calls_reach_it_with_the_digest_of_an_empty_body(run: Run) -> None:
    answer = run(CODE, state(), NOW, request("/_room/api/join", method="POST"))
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert answer["headers"]["x-amz-content-sha256"] == {"value": digest}


def test_python_and_the_gate_agree_on_forged_tokens_and_refuse_each(node: Run) -> None:
    quick, sure = QuickJs().run, random.Random(16)
    real = token()
    for number in range(FORGED):
        forged = _forged(real, sure)
        if forged == real:
            continue
        assert not passes((node if number % 2 else quick)(CODE, state(), NOW, request(admit=forged))), forged
        read = read_token(forged, BEARER, KEYS)
        assert read is None, forged


def _forged(real: str, sure: random.Random) -> str:
    fields = real.split(".")
    kind = sure.randrange(5)
    if kind == 0:  # one sign of it
        place = sure.randrange(len(real))
        return real[:place] + sure.choice("0123456789abcABC_-. é|") + real[place + 1 :]
    if kind == 1:  # one field of it
        fields[sure.randrange(6)] = sure.choice(["", "1", "diwali", "constructor", "9" * 11, "c", "__proto__", "-1"])
        return ".".join(fields)
    if kind == 2:  # signed by another key
        return token_of_another_key(sure)
    if kind == 3:  # longer or shorter
        return sure.choice([real + "A", real[:-1], real + "." + fields[6], "", "x" * 5000, real.upper()])
    moved = Bearer(ticket="1." + BEARER.ticket, device=BEARER.device, user_agent=BEARER.user_agent)
    return token(bearer=moved)


def token_of_another_key(sure: random.Random) -> str:
    keys = dict.fromkeys(KEYS, f"{sure.getrandbits(256):064x}")
    return issue_token(Token(room="diwali", expires=NOW + 600, since=NOW), BEARER, keys, NOW)


def test_a_token_never_lives_longer_than_the_gate_knows_its_key() -> None:
    with pytest.raises(ValueError, match=rf"at most {MAX_LIFE} seconds \(got 3601\)"):
        token(life=MAX_LIFE + 1)


def test_a_gate_with_more_paths_than_the_function_holds_is_refused_in_one_line() -> None:
    many = [GatedRoom(name="n" * 10, paths=["/" + "a" * 127] * 8, session_seconds=60, fails_open=False)] * 4
    with pytest.raises(ValueError, match="must stay within 9216 bytes") as error:
        code(many)
    assert "\n" not in str(error.value)
    assert len(CODE.encode()) <= MAX_CODE
