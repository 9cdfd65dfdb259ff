"""A million registrations by the tables' limits: computed, and played with clients that try again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sale.admission.registration import CROWD, WITHIN, granted, needed
from sale.simulation.registering import seconds_to_register

MINUTE = 60


def test_a_million_places_are_given_within_a_minute_by_what_an_account_has():
    limits = granted(needed(), {"lambdaConcurrency": 1000})
    assert limits == needed(), "AWS's default quotas are enough"
    assert limits.seconds(CROWD) <= MINUTE
    assert limits.counters * 1000 / 1.2 >= CROWD / MINUTE


def test_a_new_account_has_too_little_concurrency():
    assert granted(needed(), {"lambdaConcurrency": 10}).seconds(CROWD) > 60 * MINUTE


@pytest.mark.parametrize("scarce", ["writes", "counters", "environments"])
def test_each_limit_alone_holds_registrations_back(scarce):
    limits = needed()
    less = replace(limits, **{scarce: getattr(limits, scarce) / 2})
    assert less.seconds(CROWD) == pytest.approx(2 * WITHIN, rel=0.1)


def test_the_play_takes_what_was_computed(compiled_once):
    limits = needed()
    played = seconds_to_register(CROWD, limits)
    assert played is not None
    assert WITHIN <= played <= MINUTE
    halved = seconds_to_register(CROWD, replace(limits, environments=limits.environments / 2))
    assert halved == pytest.approx(2 * played, rel=0.15)
