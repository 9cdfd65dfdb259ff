"""What services and stores are watched for: which metrics, at which thresholds."""

from __future__ import annotations

import re
from typing import Any

import pytest

from components.monitoring.values import (
    Alarm,
    DeferredDimension,
    Math,
    Metric,
)
from components.observability.edge_alarms import SHOP_ERRORS
from components.observability.services import service_plan
from specs.observability import Observability
from tests.components.observability_parts import (
    ALARMS,
    CLUSTER,
    PLAN,
    cache,
    database,
    plan,
    table,
    terms,
    watched,
)


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
    dimensions = dict(terms(throttles["table-carts.by-day-throttles"])[0].dimensions)
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
    watched_nodes = [term.dimensions[0][1] for one in cpu for term in terms(one)]
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
    assert {terms(one)[0].dimensions for one in alarms.values()} == {(("clusterId", "saleday-prod-sessions"),)}


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
