"""The alarms as a whole: what CloudWatch accepts, whom they tell, and that no two share a name."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.monitoring.values import (
    HOUR,
    MAX_DESCRIPTION,
    MAX_EVALUATION,
    Alarm,
    Composite,
    DeferredDimension,
    Math,
    Metric,
    Notice,
)
from components.observability import audit
from components.observability.edge_alarms import BURNS_TOGETHER, SHOP_ERRORS, SHOP_REFUSED, shop_composites
from components.observability.plan import alarm_plan
from components.observability.services import service_plan
from specs.observability import Observability
from tests.components.observability_parts import (
    CLUSTER,
    WEB_ACLS,
    cache,
    database,
    plan,
    stores,
    table,
    watched,
)
from tests.some import some

RUNBOOKS = Path(__file__).resolve().parents[2] / "docs" / "runbooks.md"
PLAN = plan()
ALARMS = {alarm.name: alarm for alarm in PLAN.alarms}
COMPOSITES = {composite.name: composite for composite in PLAN.composites}
AUDIT = [audit.event_alarm(event, "audit") for event in audit.EVENTS]


def _terms(alarm: Alarm) -> list[Metric]:
    return list(alarm.measure.terms.values()) if isinstance(alarm.measure, Math) else [alarm.measure]


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


@pytest.mark.parametrize("alarm", [*PLAN.alarms, *PLAN.composites, *AUDIT], ids=lambda alarm: alarm.name)
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


@pytest.mark.parametrize("alarm", PLAN.alarms, ids=lambda alarm: alarm.name)
def test_every_alarm_keeps_to_the_quotas(alarm: Alarm) -> None:
    assert alarm.measure.period * alarm.periods <= MAX_EVALUATION
    assert 1 <= len(_terms(alarm)) <= 10, "an expression takes ten metrics at most"
    assert len({term.period for term in _terms(alarm)}) == 1, "the metrics of one alarm share their period"
    assert len({term.region for term in _terms(alarm)}) == 1, "the metrics of one alarm come from one region"


@pytest.mark.parametrize("alarm", PLAN.alarms, ids=lambda alarm: alarm.name)
def test_an_alarm_lives_where_its_metrics_are(alarm: Alarm) -> None:
    regions = {term.region for term in _terms(alarm)}
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
    edge, shop = _terms(ALARMS["edge-blocked"])[0], _terms(ALARMS["shop-blocked"])[0]
    assert dict(edge.dimensions) == {"WebACL": WEB_ACLS["CLOUDFRONT"], "Rule": "ALL"}, "CloudFront's have no region"
    assert dict(shop.dimensions) == {"WebACL": WEB_ACLS["REGIONAL"], "Rule": "ALL", "Region": "ap-south-1"}


def test_thresholds_follow_the_settings() -> None:
    alarms = {one.name: one for one in plan(settings=Observability(queue_age_seconds=42, replica_lag_ms=77)).alarms}
    assert alarms["queue-orders-age"].threshold == 42
    assert alarms["database-orders-replica-lag"].threshold == 77


def test_internal_services_are_read_by_discovery_name() -> None:
    failed = ALARMS["service-catalog-errors"].measure
    assert isinstance(failed, Math)
    assert dict(failed.terms["failed"].dimensions) == {"TargetDiscoveryName": "saleday-prod-catalog"}, (
        "with a service's name beside it the metric counts one caller's requests"
    )
    assert dict(failed.terms["total"].dimensions) == {
        "DiscoveryName": "saleday-prod-catalog",
        "ServiceName": "saleday-prod-catalog",
        "ClusterName": CLUSTER,
    }


def test_public_services_are_read_at_the_load_balancer() -> None:
    latency = ALARMS["service-ui-latency"].measure
    assert isinstance(latency, Math)
    p99 = latency.terms["p99"]
    assert dict(p99.dimensions) == {
        "LoadBalancer": DeferredDimension("loadBalancer"),
        "TargetGroup": DeferredDimension("targetGroup/ui"),
    }
    assert (p99.stat, ALARMS["service-ui-latency"].threshold) == ("p99", 1.0), "the load balancer counts in seconds"


def test_a_service_whose_traffic_alternates_is_read_at_both_of_its_target_groups() -> None:
    made = plan(watched("ui", alternate_target_group_arn_suffix="targetgroup/ui-b/1"))
    for what in ("errors", "latency", "unhealthy"):
        measure = next(alarm for alarm in made.alarms if alarm.name == f"service-ui-{what}").measure
        assert isinstance(measure, Math)
        groups = {dict(term.dimensions)["TargetGroup"] for term in measure.terms.values()}
        assert groups == {DeferredDimension("targetGroup/ui"), DeferredDimension("targetGroup/ui/alternate")}, what
        assert all(name in measure.expression() for name in measure.terms), "no group is left out of the sum"


def test_internal_services_are_judged_by_their_mean_time_in_milliseconds() -> None:
    alarm = ALARMS["service-catalog-latency"]
    assert isinstance(alarm.measure, Metric)
    assert alarm.measure.stat == "Average", "Service Connect publishes no percentiles"
    assert alarm.threshold == 217, "1000 ms / ln 100"


def test_a_worker_that_nobody_calls_has_no_alarm_on_requests() -> None:
    made = plan(watched("worker", public=False, discovery_name=None, backlog_queue="orders"))
    assert {name.removeprefix("service-worker-") for name in made.names if name.startswith("service-worker-")} == {
        "tasks-missing",
        "cpu",
        "memory",
        "at-maximum",
        "trouble",
    }


def test_a_service_that_does_not_scale_is_never_at_its_maximum() -> None:
    names = plan(watched("ui", min_tasks=3, max_tasks=3)).names
    assert "service-ui-at-maximum" not in names, "it would ring for ever"
    assert "service-ui-at-maximum" in ALARMS


def test_a_database_is_watched_for_what_it_has() -> None:
    def kinds(**fields: Any) -> set[str]:
        made = plan(databases={"orders": database(**fields)})
        return {name.removeprefix("database-orders-") for name in made.names if name.startswith("database-")}

    everything = kinds()
    assert everything == {
        "cpu",
        "deadlocks",
        "capacity",
        "replica-lag",
        "transaction-ids",
        "connections",
        "borrow-latency",
        "sign-in",
    }
    assert everything - kinds(has_readers=False) == {"replica-lag"}
    assert everything - kinds(engine="aurora-mysql") == {"transaction-ids"}
    assert everything - kinds(proxy_name=None) == {"connections", "borrow-latency", "sign-in"}
    assert kinds(instance_class="db.r7g.large") ^ everything == {"capacity", "memory"}


def test_memory_of_a_database_is_judged_by_its_class() -> None:
    def limit(instance_class: str) -> float:
        made = plan(databases={"orders": database(instance_class=instance_class)})
        return next(one.threshold for one in made.alarms if one.name == "database-orders-memory")

    gib = 1024**3
    assert limit("db.r7g.2xlarge") == pytest.approx(0.05 * 64 * gib)
    assert limit("db.r8g.xlarge") == pytest.approx(0.05 * 32 * gib)
    assert limit("db.t4g.medium") == pytest.approx(0.05 * 4 * gib)
    assert limit("db.x2g.large") == pytest.approx(0.05 * 4 * gib), "the least that any class has"


def test_each_index_of_a_table_is_watched_for_throttles() -> None:
    made = plan(tables={"carts": table(indexes=("by-customer", "by-day"))})
    throttles = {one.name: one for one in made.alarms if one.name.endswith("-throttles")}
    assert throttles.keys() == {
        "table-carts-throttles",
        "table-carts.by-customer-throttles",
        "table-carts.by-day-throttles",
    }
    dimensions = dict(_terms(throttles["table-carts.by-day-throttles"])[0].dimensions)
    assert dimensions == {"TableName": "saleday-prod-carts", "GlobalSecondaryIndexName": "by-day"}


@pytest.mark.parametrize(
    "alarm", [one for one in PLAN.alarms if one.name.startswith("table-")], ids=lambda one: one.name
)
def test_alarms_on_tables_fill_what_is_missing(alarm: Alarm) -> None:
    assert isinstance(alarm.measure, Math)
    assert alarm.measure.formula.startswith("FILL("), "DynamoDB's alarms keep their state while data is missing"


@pytest.mark.parametrize(("nodes", "alarms"), [(1, 1), (2, 1), (10, 1), (11, 2), (30, 3)])
def test_caches_of_many_nodes_are_watched_in_tens(nodes: int, alarms: int) -> None:
    made = plan(caches={"sessions": cache(nodes=nodes)})
    cpu = [one for one in made.alarms if re.fullmatch(r"cache-sessions(\.\d+)?-cpu", one.name)]
    assert len(cpu) == alarms
    watched_nodes = [term.dimensions[0][1] for one in cpu for term in _terms(one)]
    assert len(set(watched_nodes)) == nodes, "each node once"


def test_a_single_node_has_no_replication_lag() -> None:
    assert "cache-sessions-replication-lag" not in plan(caches={"sessions": cache(nodes=1)}).names
    assert "cache-sessions-replication-lag" in ALARMS


def test_a_serverless_cache_is_judged_by_its_limits() -> None:
    alarms = {
        one.name: one for one in plan(caches={"sessions": cache(nodes=0)}).alarms if one.name.startswith("cache-")
    }
    assert alarms.keys() == {f"cache-sessions-{what}" for what in ("throttles", "evictions", "memory", "cpu")}
    assert alarms["cache-sessions-memory"].threshold == 8e9, "80 % of 10 GB"
    assert alarms["cache-sessions-cpu"].threshold == 4_800_000, "80 % of 100,000 a second, over a minute"
    assert {_terms(one)[0].dimensions for one in alarms.values()} == {(("clusterId", "saleday-prod-sessions"),)}


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


def test_pods_are_watched_by_what_container_insights_of_eks_publishes() -> None:
    pods = watched(namespace="saleday", discovery_name=None)
    inside = watched("cart", public=False, namespace="saleday", discovery_name=None)
    made = {alarm.name: alarm for one in (pods, inside) for alarm in service_plan(one, suppressor=SHOP_ERRORS).alarms}
    for name in ("ui", "cart"):
        for what in ("cpu", "memory", "tasks-missing", "at-maximum"):
            metrics = measured(made[f"service-{name}-{what}"])
            assert {metric.namespace for metric in metrics} == {"ContainerInsights"}, what
            dimensions = {("ClusterName", CLUSTER), ("Namespace", "saleday"), ("PodName", name)}
            assert all(set(metric.dimensions) == dimensions for metric in metrics)
    assert {"service-ui-errors", "service-ui-latency", "service-ui-unhealthy"} <= made.keys(), (
        "the load balancer counts"
    )
    assert not {"service-cart-errors", "service-cart-latency"} & made.keys(), (
        "nobody counts the requests of its callers"
    )


def measured(alarm: Alarm) -> list[Metric]:
    """The metrics that an alarm looks at."""
    if isinstance(alarm.measure, Math):
        return [term for term in alarm.measure.terms.values() if isinstance(term, Metric)]
    assert isinstance(alarm.measure, Metric)
    return [alarm.measure]
