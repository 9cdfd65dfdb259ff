"""The waiting room's rate: never more than the weakest link carries, hardly less, and told as plain values."""

from __future__ import annotations

import functools
import math
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from functions.admission_rate import Schedule, Step
from sale.admission.carried import Span, between_events, carried, growth_rate
from sale.admission.rates import schedule, unannounced
from sale.plan import Plan, compile_plan
from settings.stack_file import read
from specs.admission import Admission, EventAdmission, Visit
from specs.sale import SaleEvent
from specs.shop import Shop

NOW = datetime(2030, 9, 1, tzinfo=UTC)


@functools.cache
def prod() -> Shop:
    return read("prod")


@functools.cache
def planned(lcu: float = 400, headroom: float = 1.5, **room: object) -> Plan:
    """Prod's plan with a room; `lcu` of the load balancer are granted for reservations."""
    shop = prod()
    (sale,) = shop.sale_events
    rooms = EventAdmission.model_validate({"protectedPaths": ["/*"], **room})
    sale = sale.model_copy(update={"admission": rooms, "headroom": headroom})
    quotas = shop.quotas.model_copy(update={"granted": {"albReservedLcu": lcu}})
    return compile_plan(shop.model_copy(update={"sale_events": (sale,), "quotas": quotas}), NOW)


TOLD: dict[int, Schedule] = {}
"""By the identity of a plan, which `planned` keeps."""


def told_of(plan: Plan) -> Schedule:
    if id(plan) not in TOLD:
        TOLD[id(plan)] = schedule(plan, plan.events[0])
    return TOLD[id(plan)]


def opened(plan: Plan) -> tuple[SaleEvent, Schedule, tuple[Span, ...]]:
    return plan.events[0], told_of(plan), carried(plan, plan.events[0])


def at(plan: Plan, after: float) -> Step:
    """What is published for so many seconds after the opening."""
    return told_of(plan).at(plan.events[0].start.timestamp() + after)


def test_room_inside_follows_what_is_carried_by_littles_law() -> None:
    event, told, spans = opened(planned(capacityPercent=100, visit=Visit(requests=20, minutes=5)))
    first = spans[0]
    assert told.at(event.start.timestamp()).standing == pytest.approx(first.standing * 300 / 20, rel=1e-3)
    assert told.visit == 300


def test_nobody_has_to_leave_when_the_plan_goes_down() -> None:
    _, told, spans = opened(planned(capacityPercent=100))
    visit, requests = told.visit, 30
    for before, after in pairwise(spans):
        if after.standing < before.standing:
            fallen = next(one for one in told.steps if one.weakest == after.weakest.name and one.since > before.start)
            left = before.standing * math.exp(-(after.start - fallen.since) / visit)
            assert left <= after.standing, "those inside before have gone by then"
            assert fallen.standing == pytest.approx(after.standing * visit / requests, rel=1e-3)
            return
    raise AssertionError("the plan goes down after the peak")


def test_a_load_balancer_without_a_reservation_is_waited_for() -> None:
    _, _, spans = opened(planned(lcu=0))
    assert spans[0].weakest.name == "load balancer as it stands"
    assert at(planned(lcu=0), 1200).standing > 3 * at(planned(lcu=0), 0).standing
    assert at(planned(lcu=0), 0).standing < at(planned(lcu=400), 0).standing


def test_more_stands_with_more_headroom_and_quotas_limit_what_autoscaling_brings() -> None:
    event, _, spans = opened(planned())
    assert spans[0].standing == pytest.approx(1.5 * event.demand.highest_requests, rel=0.01), "forecast x headroom"
    assert at(planned(headroom=1.6), 0).standing > at(planned(), 0).standing
    assert spans[0].limit.name == "Fargate Spot vCPU"
    assert all(one.most >= one.standing for one in spans)


def test_tasks_that_are_full_already_are_not_filled_further() -> None:
    shop = prod()
    full = tuple(
        one.model_copy(update={"scaling": one.scaling.model_copy(update={"cpu_percent": 90})}) for one in shop.services
    )
    plan = compile_plan(shop.model_copy(update={"services": full}), NOW)
    assert growth_rate(plan) == 0
    assert growth_rate(planned()) > 0


def test_a_share_and_a_cap_are_published() -> None:
    assert at(planned(capacityPercent=50), 300).standing == pytest.approx(
        at(planned(capacityPercent=100), 300).standing / 2, rel=1e-3
    )
    assert told_of(planned(maxPerSecond=7)).cap == 7


def test_nobody_is_let_in_before_the_opening_and_the_room_is_off_before_its_pre_queue() -> None:
    plan = planned(preQueueMinutes=45)
    assert at(plan, -46 * 60).most < 0
    assert at(plan, -1).most == 0


def test_requests_that_the_room_does_not_hold_back_are_left_room_for() -> None:
    checkout = at(planned(protectedPaths=("/cart*", "/checkout*")), 300)
    assert 0 < checkout.standing < at(planned(), 300).standing


@pytest.mark.parametrize("room", [{}, {"maxPerSecond": 12.5}])
def test_a_published_document_is_read_as_it_was_written(room: dict[str, object]) -> None:
    told = told_of(planned(lcu=0, headroom=1.5, **room))
    assert Schedule.of(told.document()) == told
    assert len(told.document()) < 4096, "the environment of a function holds 4 KB"


def test_the_unannounced_room_knows_what_stands_between_events_and_in_them() -> None:
    shop: Shop = planned().shop
    (event,) = shop.sale_events
    edge = shop.edge.model_copy(update={"admission": Admission(protected_paths=("/*",))})
    plain = event.model_copy(update={"admission": None})
    plan = compile_plan(shop.model_copy(update={"edge": edge, "sale_events": (plain,)}), NOW)
    told, opening = unannounced(plan), event.start.timestamp()
    usual = told.at(opening - 86_400).standing
    assert usual == pytest.approx(between_events(plan).standing * 0.9 * 360 / 30, rel=1e-3)
    assert told.at(opening + 300).standing > 3 * usual
    assert told.at(opening + 10 * 86_400).standing == usual
