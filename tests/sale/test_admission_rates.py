"""The waiting room's rate: never more than the weakest link carries, hardly less, and told as plain values."""

from __future__ import annotations

import functools
import json
import math
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from functions.admission_rate import Schedule
from sale.admission.carried import Span, carried, standing
from sale.admission.rates import document, schedule, unannounced
from sale.plan import Plan, compile_plan
from settings.stack_file import read
from specs.admission import Admission, EventAdmission
from specs.sale import SaleEvent
from specs.shop import Shop

NOW = datetime(2030, 9, 1, tzinfo=UTC)


@functools.cache
def prod() -> Shop:
    return read("prod")


def planned(lcu: float = 400, headroom: float = 1.5, **room: object) -> Plan:
    """Prod's plan with a room; `lcu` of the load balancer are granted for reservations."""
    shop = prod()
    (sale,) = shop.sale_events
    rooms = EventAdmission.model_validate({"protectedPaths": ["/*"], **room})
    sale = sale.model_copy(update={"admission": rooms, "headroom": headroom})
    quotas = shop.quotas.model_copy(update={"granted": {"albReservedLcu": lcu}})
    return compile_plan(shop.model_copy(update={"sale_events": (sale,), "quotas": quotas}), NOW)


def opened(plan: Plan) -> tuple[SaleEvent, Schedule, tuple[Span, ...]]:
    (event,) = plan.events
    return event, schedule(plan, event), carried(plan, event)


def requests(plan: Plan) -> list[tuple[float, float, float]]:
    """By 30 s from the opening on: the time, requests/s of those inside, and what is carried then."""
    event, told, spans = opened(plan)
    assert event.admission is not None
    visit, inside, found = event.admission.visit, 0.0, []
    lasts, opening, over = visit.minutes * 60, event.start.timestamp(), spans[-1].end
    grid = {opening + after for after in range(0, int(over - opening), 30)}
    moments = sorted(grid | {one.since for one in told.steps if opening <= one.since < over})
    for moment, after in pairwise(moments):
        stay = math.exp((moment - after) / lasts)
        inside = inside * stay + told.at(moment).rate * lasts * (1 - stay)
        span = next(one for one in spans if one.start <= after < one.end)
        found.append((after, inside * visit.requests / lasts, span.requests))
    return found


def test_those_inside_never_ask_for_more_than_is_carried_and_for_hardly_less() -> None:
    plan = planned(capacityPercent=100)
    over = [(moment, asked, most) for moment, asked, most in requests(plan) if asked > most * 1.011]
    assert not over
    asked, most = (sum(one[column] for one in requests(plan)) for column in (1, 2))
    assert asked > 0.98 * most


def test_a_load_balancer_without_a_reservation_is_waited_for() -> None:
    event, told, spans = opened(planned(lcu=0))
    at_first, later = (
        next(one for one in spans if one.start <= event.start.timestamp() + after < one.end) for after in (0, 1200)
    )
    assert at_first.weakest == "load balancer capacity"
    assert at_first.requests < later.requests / 2
    assert told.at(event.start.timestamp() + 100).weakest == "load balancer capacity"


def test_what_raises_the_weakest_link_raises_the_rate() -> None:
    event, told, spans = opened(planned())
    assert spans[0].weakest == "tasks of ui at the opening"
    assert spans[0].requests == pytest.approx(1.5 * event.demand.highest_requests, rel=0.01), "forecast x headroom"
    wide = planned(headroom=1.6)
    assert opened(wide)[1].at(event.start.timestamp() + 300).rate > told.at(event.start.timestamp() + 300).rate


def test_a_share_and_a_cap_lower_the_rate() -> None:
    moment = 300.0
    rates = {}
    for name, room in {
        "all": {"capacityPercent": 100},
        "half": {"capacityPercent": 50},
        "cap": {"maxPerSecond": 7},
    }.items():
        event, told, _ = opened(planned(**room))
        rates[name] = told.at(event.start.timestamp() + moment).rate
    assert rates["half"] == pytest.approx(rates["all"] / 2, rel=1e-3)
    assert rates["cap"] == 7


def test_nobody_is_let_in_before_the_opening_and_everybody_after_the_end() -> None:
    event, told, spans = opened(planned(preQueueMinutes=45))
    opening = event.start.timestamp()
    assert told.at(opening - 46 * 60).rate < 0, "the shop is open as ever"
    assert told.at(opening - 1).rate == 0
    assert told.at(spans[-1].end + 1).rate < 0


def test_requests_that_the_room_does_not_hold_back_are_left_room_for() -> None:
    event, told, _ = opened(planned())
    _, checkout, _ = opened(planned(protectedPaths=["/cart*", "/checkout*"]))
    moment = event.start.timestamp() + 300
    assert 0 < checkout.at(moment).rate < told.at(moment).rate


def test_a_published_document_is_read_as_it_was_written() -> None:
    told = schedule(planned(lcu=0), planned(lcu=0).events[0])
    text = document(told)
    assert Schedule.of(text) == told
    assert len(text) < 4096, "the environment of a function holds 4 KB"
    assert json.loads(text)["unit"] == "customers/s"


def test_the_unannounced_room_knows_what_stands_between_events_and_in_them() -> None:
    shop: Shop = planned().shop
    (event,) = shop.sale_events
    edge = shop.edge.model_copy(update={"admission": Admission(protected_paths=("/*",))})
    plain = event.model_copy(update={"admission": None})
    plan = compile_plan(shop.model_copy(update={"edge": edge, "sale_events": (plain,)}), NOW)
    told, opening = unannounced(plan), event.start.timestamp()
    assert told.at(opening - 86_400).rate == pytest.approx(standing(plan).requests * 0.9 / 30, rel=1e-3)
    assert told.at(opening + 300).rate > 3 * told.at(opening - 86_400).rate
    assert told.at(opening + 10 * 86_400).rate == told.at(opening - 86_400).rate
