"""Intervals of a calibration, and doubts about what an event stands on, where plans are made."""

from __future__ import annotations

from datetime import date

import pytest

from sale.measurements import doubts, footings
from specs.load_test import Calibration, Interval
from specs.services import Measured
from specs.shop import Shop
from tests.load.shops import event_shop

NOW = 1_918_000_000.0  # 2030-10-12


def calibrated(image: str | None = None, day: date = date(2030, 10, 1)) -> Shop:
    """The shop with all services calibrated, on their own images where none is named."""
    shop = event_shop()
    services = []
    for one in shop.services:
        found = Calibration(date=day, image=image or one.image, requests=1000)
        services.append(one.model_copy(update={"measured": one.measured.model_copy(update={"calibration": found})}))
    return shop.model_copy(update={"services": tuple(services)})


CASES = {
    "estimates": (event_shop(), "diwali stands on estimates of ui"),
    "another image": (calibrated(image="public.ecr.aws/shop/other:1"), "another image's numbers of ui"),
    "old": (calibrated(day=date(2030, 1, 1)), "old numbers of ui"),
}


@pytest.mark.parametrize("name", CASES)
def test_an_event_that_stands_on_doubtful_numbers_says_so(name):
    shop, told = CASES[name]
    line = doubts(shop, shop.sale_events[0], NOW)
    assert line is not None
    assert told in line


def test_an_event_on_fresh_numbers_of_its_own_images_is_not_doubted():
    shop = calibrated()
    assert doubts(shop, shop.sale_events[0], NOW) is None
    assert {one.standing for one in footings(shop, shop.sale_events[0], NOW)} == {"measured"}


def test_a_calibrated_capacity_is_drawn_from_its_interval():
    found = Calibration(
        date=date(2030, 10, 1), image="x", requests=1000, requests_per_second=Interval(low=80, high=125)
    )
    assert Measured(calibration=found).capacity_factor == pytest.approx(1.25)
    assert Measured(uncertainty_percent=40).capacity_factor == pytest.approx(1.4)
