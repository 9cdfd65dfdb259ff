"""The detector of secrets against labelled lines, half of which were held out while it was made."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.pack.secret_names import Claim, claim
from policy.pack.secret_text import in_text, in_value
from tests.policy.secrets import Line, lines

LINES = lines()
AT_LEAST = 0.98


def found(line: Line) -> bool:
    return in_value(line.name, line.text) if line.name else in_text(line.text)


@pytest.mark.parametrize("held_out", [False, True], ids=["tuned", "held out"])
def test_precision_and_recall_of_each_half(held_out: bool) -> None:
    half = [line for line in LINES if line.held_out is held_out]
    told = [line for line in half if found(line)]
    right = [line for line in told if line.secret]
    assert len(right) / len(told) >= AT_LEAST
    assert len(right) / sum(line.secret for line in half) >= AT_LEAST


def test_there_are_lines_of_both_kinds() -> None:
    assert len(LINES) >= 300
    assert min(sum(line.secret is kind for line in LINES) for kind in (True, False)) >= 150


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PASSWORD_POLICY", "strong"),
        ("PASSWORD_HASH_ALGORITHM", "argon2id"),
        ("CSRF_TOKEN_COOKIE", "csrf"),
        ("FORGOT_PASSWORD_PAGE", "/forgot"),
        ("SECRETS_BACKEND", "vault"),
        ("DB_PASSWORD", "${DB_PASSWORD}"),
        ("DB_PASSWORD", "arn:aws:secretsmanager:ap-south-1:1:secret:x"),
        ("API_KEY", "<your-api-key>"),
    ],
)
def test_what_only_speaks_of_secrets_is_none(name: str, value: str) -> None:
    assert not in_value(name, value)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("DB_PASSWORD", Claim.PASSWORD),
        ("dbPwd", Claim.PASSWORD),
        ("clientSecret", Claim.SECRET),
        ("--db-password", Claim.PASSWORD),
        ("STRIPE_KEY", Claim.MAYBE),
        ("DB_PASSWORD_ORDERS", Claim.LIKELY),
        ("PASSWORD_FILE", Claim.NONE),
        ("CACHE_KEY", Claim.NONE),
        ("COMPASS", Claim.NONE),
    ],
)
def test_names_are_read_by_their_words(name: str, says: Claim) -> None:
    assert claim(name) is says


@settings(max_examples=80, deadline=None)
@given(name=st.text(max_size=20), value=st.text(max_size=400))
def test_no_text_breaks_it(name: str, value: str) -> None:
    assert in_value(name, value) in (True, False)


@pytest.mark.parametrize(
    "piece", ["a=", "--a ", "password ", "mysql ", "AAAA", "curl -u ", '{"name": ', "://", "\\", "["]
)
def test_a_long_text_takes_no_longer_than_it_is_long(piece: str) -> None:
    started = time.process_time()
    in_text(piece * (60_000 // len(piece)))
    assert time.process_time() - started < 1.5
