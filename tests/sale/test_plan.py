"""The plan of an event: what each tier does, when, what is in force at a time, and what is left when it is late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sale.plan import Plan, compile_plan
from sale.timeline import Step, timeline
from tests.configuration import service
from tests.sale.events import BEFORE, sale, shop

OPENING = datetime(2027, 10, 21, 18, 30, tzinfo=UTC)
CLOSING = datetime(2027, 10, 23, 18, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DATA: dict[str, Any] = {
    "databases": [
        {
            "name": "orders",
            "engine": "aurora-postgresql",
            "databaseName": "ordersdb",
            "serverless": {"minAcu": 2, "maxAcu": 128},
            "readers": 2,
        },
        {
            "name": "stock",
            "engine": "aurora-mysql",
            "databaseName": "stockdb",
            "provisioned": {"instanceClass": "db.r7g.4xlarge"},
            "readers": 1,
            "readerScaling": {"max": 8},
        },
    ],
    "tables": [
        {
            "name": "carts",
            "hashKey": {"name": "id"},
            "indexes": [{"name": "by-customer", "hashKey": {"name": "customer"}}],
            "maxReads": 5000,
        }
    ],
    "caches": [
        {"name": "sessions", "serverless": {"maxEcpu": 200_000}},
        {"name": "pages", "nodes": {"nodeType": "cache.t4g.small", "replicas": 1}},
    ],
    "queues": [{"name": "orders"}],
}
SERVICES = [
    service("ui", publicPaths=["/"], calls=["cart"], scaling={"min": 3, "max": 500}, cpu=1024, memory=2048),
    service(
        "cart",
        cpu=1024,
        memory=2048,
        scaling={"min": 3, "max": 500},
        environment={"ORDERS": "${database.orders.readerEndpoint}", "STOCK": "${database.stock.readerEndpoint}"},
        uses={
            "tables": {"carts": "readWrite"},
            "databases": ["orders", "stock"],
            "caches": ["sessions", "pages"],
            "queues": {"orders": "send"},
        },
        measured={"readsPerRequest": 2, "writesPerRequest": 1, "commandsPerRequest": 5, "queriesPerRequest": 2},
    ),
]
BIG = {"peakRequestsPerSecond": 20_000, "peakOrdersPerSecond": 200}


def plan(
    now: datetime = BEFORE, *events: dict[str, object], deployed: datetime | None = None, **changes: object
) -> Plan:
    values: dict[str, object] = {"services": SERVICES, "data": DATA, "quotas": {"granted": {"albReservedLcu": 5000}}}
    return compile_plan(shop(*(events or (sale(demand=BIG),)), **values | changes), now, deployed)


def step(found: tuple[Step, ...], resource: str, what: str, *, up: bool = True) -> Step:
    matching = [one for one in found if one.resource == resource and one.what == what]
    assert matching, f"no step {what} of {resource} in {[f'{one.resource}: {one.what}' for one in found]}"
    return matching[0] if up else matching[-1]


def test_tasks_stand_a_lead_time_before_the_opening_and_go_back_in_steps() -> None:
    tasks = plan().tasks["ui"]
    before_opening = (OPENING - HOUR).timestamp()
    assert tasks.at(before_opening - 900 - 1) == 3
    assert tasks.at(before_opening) == 300, "20,000 requests/s x 1.5 over 100 a task"
    assert tasks.at((CLOSING + 5 * HOUR).timestamp()) == 3


def test_stores_follow_the_same_demand() -> None:
    one = plan()
    assert "orders" not in one.readers, "Aurora scales no readers of Serverless v2"
    assert one.readers["stock"].highest == 3, "16,000 statements/s x 1.5 over 64 ACU of 98 a second each, and a writer"
    assert one.acu["orders"].highest == 82, "the same over a writer and two readers, as many as stand"
    assert one.ecpu["sessions"].highest == 60_000
    assert one.replicas["pages"].highest == 5
    assert one.most_reads["carts"].highest == 24_000
    assert one.lcu.highest == 2160, "20,000 answers/s of 20 KB are 1,440 LCU, x 1.5"


def test_a_cache_is_raised_an_hour_ahead_even_with_a_shorter_lead() -> None:
    short = plan(BEFORE, sale(demand=BIG, leadMinutes=10))
    raised = short.ecpu["sessions"].changes[0][0]
    assert raised <= (OPENING - HOUR).timestamp()
    assert short.tasks["ui"].changes[0][0] > raised


def test_a_table_is_warmed_a_day_ahead_and_never_cooled() -> None:
    warm = plan().warm["carts"]
    assert (warm.reads, warm.writes, warm.indexes) == (24_000, 12_000, ("by-customer",))
    assert warm.at == (OPENING - 24 * HOUR).timestamp()
    steps = [one for one in timeline(plan()) if one.what == "warm throughput"]
    assert len(steps) == 1, "there is no way back"


def test_a_table_that_is_late_is_warmed_soon_and_one_that_was_warmed_stays_so() -> None:
    late = plan(OPENING - HOUR / 2)
    assert late.warm == plan().warm
    assert late.calling(late.warm["carts"]) == OPENING.timestamp(), "when this deployment's schedule stands"
    over = plan(CLOSING + 12 * HOUR)
    assert over.calling(over.warm["carts"]) == over.warm["carts"].at, "nothing is warmed for a sale that is over"


def test_a_small_table_needs_no_warming() -> None:
    assert plan(BEFORE, sale()).warm == {}


def test_the_load_balancer_decreases_at_most_twice_a_day() -> None:
    changes = plan().lcu.changes
    values = [0.0, *(value for _, value in changes)]
    falls = [time for (time, value), before in zip(changes, values, strict=False) if value < before]
    assert falls, "the reservation comes back"
    assert all(last - first >= 86_400 for first, last in zip(falls, falls[2:], strict=False))


def test_no_more_capacity_is_reserved_than_aws_has_granted() -> None:
    assert plan(quotas={"granted": {"albReservedLcu": 200}}).lcu.highest == 200
    assert plan(quotas={"granted": {"albReservedLcu": 50}}).lcu.changes == (), "ELB reserves 100 at the least"
    assert plan(quotas={}).lcu.changes == (), "the quota is 0 until AWS raises it"


def test_what_is_in_force_is_what_a_deployment_finds() -> None:
    long_before, at_opening = plan().prepared, plan(OPENING).prepared
    assert long_before.services[0].scaling.min == 3
    assert at_opening.services[0].scaling.min == 300
    database = at_opening.data.databases[0]
    assert database.serverless is not None
    assert (database.serverless.min_acu, database.serverless.max_acu) == (82, 128)
    stock = at_opening.data.databases[1].reader_scaling
    assert stock is not None
    assert stock.min == 3
    cache = at_opening.data.caches[0].serverless
    assert cache is not None
    assert cache.min_ecpu == 60_000
    assert at_opening.data.tables[0].max_reads == 24_000
    assert at_opening.edge.reserved_lcu is not None


def test_only_what_is_still_to_come_is_scheduled() -> None:
    before, amid = plan(), plan(OPENING)
    scheduled = [one.value for one in amid.scheduled(amid.tasks["ui"])]
    assert scheduled
    assert scheduled == [one.value for one in before.scheduled(before.tasks["ui"])][1:], "the rise is past"


def test_times_are_those_of_the_events_clocks() -> None:
    one = plan()
    first = one.scheduled(one.tasks["ui"])[0]
    assert (first.expression, first.time_zone) == ("at(2027-10-21T22:45:00)", "Asia/Kolkata")
    offset = plan(
        BEFORE, sale(demand=BIG, timeZone=None, start="2027-10-22T00:00:00+05:30", end="2027-10-24T00:00:00+05:30")
    )
    first = offset.scheduled(offset.tasks["ui"])[0]
    assert (first.expression, first.time_zone) == ("at(2027-10-21T17:15:00)", "UTC"), "an offset has no name"


def test_an_hour_that_clocks_show_twice_is_told_in_utc() -> None:
    berlin = sale(demand=BIG, timeZone="Europe/Berlin", start="2027-10-30T22:00:00", end="2027-10-31T12:00:00")
    one = plan(BEFORE, berlin)
    twice = datetime(2027, 10, 31, 0, 30, tzinfo=UTC).timestamp()
    assert one.at(twice, 1).time_zone == "UTC"
    assert one.at(twice - 7200, 1).time_zone == "Europe/Berlin"


def test_customers_behind_one_address_do_not_hit_the_limits() -> None:
    edge = plan(BEFORE, sale(demand=BIG, busiestAddressPercent=2)).prepared.edge
    limits = {limit.name: limit.requests for limit in edge.rate_limits}
    assert limits["all"] == 36_000, "20,000 requests/s x 60 s x 2 % x 1.5"
    assert limits["cart"] == 14_400, "the share of the mix"
    assert limits["login"] == 100, "no mix says how many sign in, so the limit stays"


def test_the_sales_pages_are_cached_while_it_is_ahead() -> None:
    one = plan(BEFORE, sale(demand=BIG, cachedPaths=["/sale/*"]))
    assert one.prepared.edge.cache.catalog == ("/catalog/*", "/sale/*")


def test_a_queue_alarms_when_orders_wait_longer_than_promised() -> None:
    assert plan(BEFORE, sale(demand=BIG, slo={"drainMinutes": 2})).prepared.observability.queue_age_seconds == 120


def test_alarms_hold_public_services_to_the_events_promise_where_it_is_stricter() -> None:
    strict = plan(BEFORE, sale(demand=BIG, slo={"availabilityPercent": 99.95, "latencyP99": 400})).prepared.services
    assert [(one.slo.availability_percent, one.slo.latency_p99) for one in strict] == [(99.95, 400), (99.9, 1000)]
    loose = plan(BEFORE, sale(demand=BIG, slo={"availabilityPercent": 99, "latencyP99": 4000})).prepared.services
    assert (loose[0].slo.availability_percent, loose[0].slo.latency_p99) == (99.9, 1000)


def test_quotas_are_asked_for_with_what_they_lack() -> None:
    quotas = plan().quotas
    assert quotas["fargateVcpu"] == 420, "300 tasks of ui and 120 of cart, 1 vCPU each"
    assert "cloudfrontRequests" not in quotas, "30,000 of 250,000 requests/s"
    assert "fargateVcpu" not in plan(quotas={"granted": {"fargateVcpu": 500}}).quotas


def test_overlapping_events_are_planned_together() -> None:
    second = sale(name="payday", demand=BIG, start="2027-10-22T00:00:00", end="2027-10-22T12:00:00")
    assert plan(BEFORE, sale(demand=BIG), second).tasks["ui"].highest == 500, "600, of which the service may have 500"


def test_events_that_follow_each_other_go_back_in_between() -> None:
    later = sale(name="payday", demand=BIG, start="2027-11-05T00:00:00", end="2027-11-06T00:00:00")
    tasks = plan(BEFORE, sale(demand=BIG), later).tasks["ui"]
    assert tasks.at(datetime(2027, 10, 28, tzinfo=UTC).timestamp()) == 3
    assert tasks.at(datetime(2027, 11, 4, 18, 30, tzinfo=UTC).timestamp()) == 300


def test_nothing_is_deployed_from_a_day_before_until_the_way_back_is_done() -> None:
    (freeze,) = plan().freezes
    assert freeze.start == OPENING - 24 * HOUR
    assert freeze.end.timestamp() >= max(moment for moment, _ in plan().tasks["ui"].changes)


def test_a_plan_after_the_way_back_keeps_what_no_schedule_takes_back() -> None:
    before, over = plan(), plan(CLOSING + 12 * HOUR)
    assert (over.events, over.planned) == ((), before.planned)
    assert over.task_bounds == before.task_bounds
    assert over.prepared.edge.rate_limits == before.prepared.edge.rate_limits, "until the event leaves the settings"
    assert over.quotas == before.quotas
    assert timeline(over) == ()


def test_an_event_that_is_over_changes_nothing_for_the_next() -> None:
    later = sale(name="payday", demand=BIG, start="2027-10-24T12:00:00", end="2027-10-25T00:00:00")
    before, between = plan(BEFORE, sale(demand=BIG), later), plan(CLOSING + 6 * HOUR, sale(demand=BIG), later)
    assert [one.name for one in between.events] == ["payday"]
    assert (between.tasks, between.lcu, between.warm) == (before.tasks, before.lcu, before.warm)


def test_a_plan_is_the_same_whenever_it_is_made_before_its_steps() -> None:
    early, later = plan(), plan(BEFORE + 10 * HOUR)
    assert early.tasks == later.tasks
    assert early.prepared == later.prepared


def test_the_timeline_says_what_why_which_quota_and_what_it_costs() -> None:
    found = timeline(plan())
    rise = step(found, "service ui", "fewest tasks")
    assert (rise.before, rise.after, rise.cost) == ("3 tasks", "300 tasks", "+8.63 USD/h")
    assert "diwali: forecast x 1.5" in rise.why
    assert "fargateVcpu" in rise.quota
    assert step(found, "database orders", "fewest ACU").cost == "+43.20 USD/h", "80 ACU of 3 instances at 0.18"
    assert step(found, "cache sessions", "fewest ECPU").cost == "not priced", "never zero"
    assert "way back" in step(found, "service ui", "fewest tasks", up=False).why
    assert [one.at for one in found] == sorted(one.at for one in found)


@pytest.mark.parametrize(
    ("resource", "what", "says"),
    [
        ("service ui", "fewest tasks", "297 tasks take"),
        ("database orders", "fewest ACU", "Aurora grows to it within minutes"),
        ("cache sessions", "fewest ECPU", "by the opening it reaches 60,000 ECPU/s at best"),
        ("load balancer", "reserved capacity", "ELB takes minutes to hours"),
        ("quota fargateVcpu", "Fargate On-Demand vCPU resource count", "until then 6 vCPU is all there is"),
        ("table carts", "warm throughput", "it starts now"),
    ],
)
def test_a_plan_that_is_too_late_says_what_is_still_possible(resource: str, what: str, says: str) -> None:
    late = timeline(plan(OPENING - HOUR / 2))
    assert says in step(late, resource, what).late
    assert step(timeline(plan()), resource, what).late == "", "in time"


def test_minutes_before_the_opening_a_cache_gets_only_so_far() -> None:
    late = timeline(plan(OPENING - timedelta(minutes=1)))
    assert "it reaches 37,798 ECPU/s at best" in step(late, "cache sessions", "fewest ECPU").late


def test_a_reservation_is_sized_by_what_the_load_balancer_was_measured_to_need() -> None:
    measured = plan(edge={"peakLcuPerThousandRequests": 100})
    assert measured.lcu.highest == 3000, "20,000 requests/s need 2,000 LCU, x 1.5"
    below = plan(edge={"peakLcuPerThousandRequests": 1})
    assert below.lcu.highest == plan().lcu.highest, "never less than what is billed"


def test_a_reservation_is_asked_for_as_long_ahead_as_it_may_take() -> None:
    one = plan()
    opening = one.events[0].start.timestamp()
    found = step(timeline(one), "load balancer", "reserved capacity")
    assert found.at <= opening - found.lead
    assert found.lead == 3 * 3600
