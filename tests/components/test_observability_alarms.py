"""The alarms as a whole: what CloudWatch accepts, whom they tell, and that no two share a name."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from components.monitoring.values import (
    HOUR,
    MAX_DESCRIPTION,
    MAX_EVALUATION,
    Alarm,
    Composite,
    Math,
    Metric,
    Notice,
)
from components.observability import audit
from components.observability.edge_alarms import BURNS_TOGETHER, SHOP_ERRORS, SHOP_REFUSED, shop_composites
from components.observability.plan import alarm_plan
from specs.observability import Observability
from tests.components.observability_parts import (
    ALARMS,
    PLAN,
    WEB_ACLS,
    cache,
    database,
    plan,
    stores,
    table,
    terms,
    watched,
)
from tests.each import for_each
from tests.some import some

RUNBOOKS = Path(__file__).resolve().parents[2] / "docs" / "runbooks.md"
COMPOSITES = {composite.name: composite for composite in PLAN.composites}
AUDIT = [audit.event_alarm(event, "audit") for event in audit.EVENTS]


def _anchors() -> set[str]:
    headings = re.findall(r"^#+ (.+)$", RUNBOOKS.read_text(), re.MULTILINE)
    return {heading.strip().lower().replace(" ", "-") for heading in headings}


def test_no_two_alarms_share_a_name() -> None:
    names = [*PLAN.names, *(alarm.name for alarm in AUDIT)]
    assert len(set(names)) == len(names), "PutMetricAlarm would silently overwrite the first of two"


def test_services_whose_names_begin_alike_get_alarms_of_their_own() -> None:
    kinds = {name.removeprefix("service-ui-") for name in PLAN.names if name.startswith("service-ui-")}
    services = [watched("cart"), *(watched(f"cart-{kind}") for kind in kinds)]
    names = plan(*services).names
    assert len(set(names)) == len(names), "the alarm of one service must not be taken for another service"


def test_stores_whose_names_begin_alike_get_alarms_of_their_own() -> None:
    tables = {
        name: table(name, indexes)
        for name, indexes in (("a", ("b", "b-throttles")), ("a-b", ()), ("a-b-throttles", ()))
    }
    caches = {name: cache(name, nodes=nodes) for name, nodes in (("c", 25), ("c-1", 2), ("c-2", 2))}
    names = plan(tables=tables, caches=caches).names
    assert len(set(names)) == len(names)


def test_a_store_and_a_service_of_one_name_get_alarms_of_their_own() -> None:
    assert {"service-orders-cpu", "database-orders-cpu", "queue-orders-age"} <= ALARMS.keys()


@for_each([*PLAN.alarms, *PLAN.composites, *AUDIT], lambda alarm: alarm.name)
def test_every_alarm_says_what_it_means_and_where_its_runbook_is(alarm: Alarm | Composite) -> None:
    text = alarm.notice.text
    assert len(text) <= MAX_DESCRIPTION
    assert alarm.notice.means.endswith(".")
    assert alarm.notice.look.endswith(".")
    assert alarm.notice.runbook in _anchors(), "the description must lead somewhere"


def test_every_section_for_an_alarm_belongs_to_one() -> None:
    shops = (
        plan(watched(), caches={"sessions": cache(nodes=0)}),
        plan(databases={"orders": database(instance_class="db.r7g.large")}),
    )
    used = {one.notice.runbook for made in (PLAN, *shops) for one in (*made.alarms, *made.composites)}
    used |= {alarm.notice.runbook for alarm in AUDIT}
    general = {
        "runbooks",
        "how-alarms-reach-people",
        "the-shop",
        "services",
        "databases",
        "tables,-queues,-caches",
        "cost",
        "volume-cleanup-failing",
        "order-events",  # with alarms of their own tier
        "order-events-failing",
        "order-events-undelivered",
        "job-failed",  # with alarms of the service tier
        "secret-changes",
        "instances-at-maximum",
        "audit",
        "upkeep",
        "after-destroying-a-stack",
        "what-watching-costs",
    }
    assert _anchors() - general == used, "a section that no alarm names is out of date"


@for_each(PLAN.alarms, lambda alarm: alarm.name)
def test_every_alarm_keeps_to_the_quotas(alarm: Alarm) -> None:
    assert alarm.measure.period * alarm.periods <= MAX_EVALUATION
    assert 1 <= len(terms(alarm)) <= 10, "an expression takes ten metrics at most"
    assert len({term.period for term in terms(alarm)}) == 1, "the metrics of one alarm share their period"
    assert len({term.region for term in terms(alarm)}) == 1, "the metrics of one alarm come from one region"


@for_each(PLAN.alarms, lambda alarm: alarm.name)
def test_an_alarm_lives_where_its_metrics_are(alarm: Alarm) -> None:
    regions = {term.region for term in terms(alarm)}
    assert (regions == {"us-east-1"}) == alarm.at_edge, "an alarm sees only metrics of its own region"


def test_composites_join_alarms_of_their_own_region_that_come_before_them() -> None:
    before = {alarm.name: alarm.at_edge for alarm in PLAN.alarms}
    for composite in some(PLAN.composites):
        needed = [*composite.members, *([composite.suppressor] if composite.suppressor else [])]
        assert {before[name] for name in needed} == {composite.at_edge}, composite.name
        before[composite.name] = composite.at_edge


def test_whoever_tells_nobody_is_joined_in_a_composite() -> None:
    joined = {name for composite in PLAN.composites for name in composite.members}
    silent = {one.name for one in (*PLAN.alarms, *PLAN.composites) if not one.tells}
    assert silent <= joined
    suppressed = {name for one in PLAN.composites if one.suppressor for name in one.members}
    windows = {name for name in ALARMS if name.endswith("-window")}
    assert silent == windows | suppressed, "what is silent while the whole shop rings calls nobody past its composite"


def test_an_outage_of_the_whole_shop_calls_people_for_the_shop_alone() -> None:
    """Every service's alarms are in alarm beside the shop's: only what is not about one service calls anybody."""
    ringing = {name for name in (*ALARMS, *COMPOSITES) if name.startswith(("service-", "queue-orders", "shop"))}
    suppressed = {one.name for one in PLAN.composites if one.suppressor in ringing}
    calls = {one.name for one in (*PLAN.alarms, *PLAN.composites) if one.name in ringing and one.tells} - suppressed
    assert calls == {"shop", SHOP_ERRORS, "shop-refused", "shop-blocked"}


def test_every_alarm_that_ends_unheard_is_joined_by_a_composite_that_tells() -> None:
    heard = {name for one in PLAN.composites if one.tells_all_clear for name in one.members}
    unheard = {one.name for one in (*PLAN.alarms, *PLAN.composites) if not one.tells_all_clear}
    windows = {name for name in unheard if name.endswith("-window")}
    assert unheard - windows <= heard, "somebody has to say that the trouble is over"


def test_a_services_composite_holds_all_of_its_alarms_and_its_queues() -> None:
    members = set(COMPOSITES["service-orders-trouble"].members)
    own = {name for name in (*ALARMS, *COMPOSITES) if name.startswith("service-orders-")} - {"service-orders-trouble"}
    windows = {name for name in own if name.endswith("-window")}
    assert members == (own - windows) | {"queue-orders-age", "queue-orders-dead-letters"}
    assert COMPOSITES["service-orders-trouble"].joined == "OR"


def test_a_services_composite_is_silent_while_the_whole_shop_rings() -> None:
    assert {
        one.suppressor for name, one in COMPOSITES.items() if name in ("service-ui-trouble", "service-orders-trouble")
    } == {SHOP_ERRORS}


def test_the_shops_composite_rings_for_what_customers_feel_only() -> None:
    assert COMPOSITES["shop"].members == (
        "shop-errors",
        "shop-refused",
        "service-ui-availability-burn-fast",
        "service-ui-speed-burn-fast",
    ), "internal services are heard through the public ones"


@pytest.mark.parametrize("count", [1, 49, 50, 51, 120])
def test_the_shops_composite_takes_any_number_of_public_services(count: int) -> None:
    burns = [f"service-s{number}-availability-burn-fast" for number in range(count)]
    *joints, shop = shop_composites(burns)
    under = {joint.name: joint.members for joint in joints}
    rung = [name for member in shop.members for name in under.get(member, (member,))]
    assert sorted(rung) == sorted([SHOP_ERRORS, SHOP_REFUSED, *burns])
    assert all(not joint.tells for joint in joints)
    assert shop.tells
    assert (shop.name, bool(joints)) == ("shop", count > BURNS_TOGETHER)


def test_a_shop_without_web_acls_has_no_alarm_on_them() -> None:
    made = alarm_plan(services=[watched()], stores=stores(), web_acls={}, region="ap-south-1", settings=Observability())
    assert not [name for name in made.names if name.endswith("-blocked")]


def test_web_acls_are_looked_up_the_way_their_scope_publishes() -> None:
    edge, shop = terms(ALARMS["edge-blocked"])[0], terms(ALARMS["shop-blocked"])[0]
    assert dict(edge.dimensions) == {"WebACL": WEB_ACLS["CLOUDFRONT"], "Rule": "ALL"}, "CloudFront's have no region"
    assert dict(shop.dimensions) == {"WebACL": WEB_ACLS["REGIONAL"], "Rule": "ALL", "Region": "ap-south-1"}


def test_production_alone_watches_for_what_deployments_do_too() -> None:
    elsewhere, production = audit.watched_events(production=False), audit.watched_events(production=True)
    assert len(production) == 15, "CIS 4.1 to 4.14, and the broken glass"
    assert {event.name for event in elsewhere} == {
        "root-use",
        "denied-calls",
        "sign-in-without-mfa",
        "failed-sign-ins",
        "trail-change",
        "key-disabled",
        "break-glass",
    }


@pytest.mark.parametrize("event", audit.EVENTS, ids=lambda event: event.name)
def test_filter_patterns_are_within_their_quota_and_balanced(event: audit.Event) -> None:
    assert len(event.pattern) <= audit.MAX_PATTERN
    assert event.pattern.startswith("{ ")
    assert event.pattern.endswith(" }")
    assert event.pattern.count("(") == event.pattern.count(")")


NOTICE = Notice(means="Something.", look="there.", runbook="shop-errors")
METRIC = Metric(namespace="AWS/ECS", name="CPUUtilization", dimensions=(), stat="Average")


def test_values_that_cloudwatch_would_refuse_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="multiple of 60"):
        METRIC.every(90)
    with pytest.raises(ValueError, match="at most 86400 s"):
        Alarm(name="x", notice=NOTICE, measure=METRIC.every(6 * HOUR), threshold=1, periods=5, breaching=1)
    with pytest.raises(ValueError, match="gate it"):
        Alarm(name="x", notice=NOTICE, measure=replace(METRIC, stat="p99"), threshold=1)
    with pytest.raises(ValueError, match="between 1 and periods"):
        Alarm(name="x", notice=NOTICE, measure=METRIC, threshold=1, periods=1, breaching=2)
    with pytest.raises(ValueError, match="share one period"):
        Math(formula="{a} + {b}", terms={"a": METRIC, "b": METRIC.every(HOUR)}, label="x")
    with pytest.raises(ValueError, match="1 to 10 metrics"):
        Math(formula="{m0}", terms={f"m{number}": METRIC for number in range(11)}, label="x")
    with pytest.raises(ValueError, match="lower-case letter"):
        Math(formula="{Bad}", terms={"Bad": METRIC}, label="x")
    with pytest.raises(ValueError, match="1 to 100 alarms"):
        Composite(name="x", notice=NOTICE, members=tuple(map(str, range(101))))
    with pytest.raises(ValueError, match="10240 characters"):
        Composite(name="x", notice=NOTICE, members=tuple(f"{number:0200}" for number in range(60))).rule("saleday-prod")
