"""Names that need another resource, the project's own table of quotas, and what the tables are read into."""

from __future__ import annotations

from typing import Any

import pytest

from aws_facts.quotas import QUOTAS, Quota
from devtools.conformance import cloudformation, patterns
from devtools.conformance.names import engines, log_groups, managed, metrics, quotas
from devtools.conformance.names.tables import Resources
from devtools.conformance.partners import partner, stem

FUNCTION = "aws:lambda/function:Function"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"


def stack(*resources: tuple[str, dict[str, Any]], **outputs: str) -> Resources:
    return {f"{token}::{index}": (token, inputs, outputs) for index, (token, inputs) in enumerate(resources)}


def test_a_log_group_belongs_to_something_that_writes_to_it() -> None:
    made = stack((FUNCTION, {"name": "orders"}), (GROUP, {"name": "/aws/lambda/orders"}))
    assert list(log_groups.writers(made)) == []
    other = stack((FUNCTION, {"name": "orders"}), (GROUP, {"name": "/aws/lambda/order"}))
    assert [place for _, place, _ in log_groups.writers(other)] == ["name"], (
        "the function would make a group of its own"
    )


def test_an_alarm_on_the_programs_own_metric_needs_the_filter_that_makes_it() -> None:
    made = (FILTER, {"metricTransformation": {"namespace": "shop/audit", "name": "RootUse"}})
    alarm = {"namespace": "shop/audit", "metricName": "RootUse"}
    assert list(metrics.own(stack(made, (ALARM, alarm)))) == []
    assert len(list(metrics.own(stack(made, (ALARM, alarm | {"metricName": "Rootuse"}))))) == 1


def test_a_distributions_policy_is_one_of_aws_or_of_the_program() -> None:
    caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    own = "aws:cloudfront/cachePolicy:CachePolicy"
    right = {"defaultCacheBehavior": {"cachePolicyId": caching_disabled}}
    wrong = {"defaultCacheBehavior": {"cachePolicyId": caching_disabled.replace("4", "5")}}
    assert list(managed.cloudfront_policies(stack((DISTRIBUTION, right)))) == []
    assert len(list(managed.cloudfront_policies(stack((DISTRIBUTION, wrong))))) == 1
    made = stack((DISTRIBUTION, wrong), (own, {}), id=wrong["defaultCacheBehavior"]["cachePolicyId"])
    assert list(managed.cloudfront_policies(made)) == []


def test_the_projects_quotas_are_called_as_aws_calls_them() -> None:
    assert list(quotas.misnamed(QUOTAS)) == []


@pytest.mark.parametrize(("service", "title"), [("ecs", "Tasks per service"), ("fargate", "Services per cluster")])
def test_a_quotas_code_of_another_name_or_service_is_found(service: str, title: str) -> None:
    wrong = Quota(
        name="tasks",
        value=5000,
        unit="tasks",
        title=title,
        grade="A",
        source="x",
        adjustable=False,
        service=service,
        code="L-9EF96962",
    )
    assert len(list(quotas.misnamed({"tasks": wrong}))) == 1, "a request would raise another quota"


def test_a_widgets_row_takes_over_what_stands_above_it() -> None:
    rows = [
        ["AWS/ECS", "CPUUtilization", "ClusterName", "shop", "ServiceName", "ui"],
        ["...", "cart"],
        [".", "CPU", "."],
    ]
    used = [metric for _, metric in metrics.uses({"metrics": rows})]
    assert [metric.name for metric in used] == ["CPUUtilization", "CPUUtilization", "CPU"]
    assert used[1].dimensions == {"ClusterName", "ServiceName"}


def test_a_searched_metric_is_looked_up_too() -> None:
    search = "SEARCH('{AWS/SQS,Queue} MetricName=\"NumberOfMessagesSent\"', 'Sum')"
    assert list(metrics.metrics("", {"metrics": [[{"expression": search}]]})), "queues publish by QueueName"


def test_families_follow_from_the_versions_that_there_are() -> None:
    assert {"aurora-mysql8.0", "aurora-postgresql17"} <= engines.families_of("aws_rds_dbcluster")
    assert {"valkey8", "redis7", "redis6.x"} <= engines.families_of("aws_elasticache_cachecluster")


def test_a_property_is_found_under_the_other_models_name_for_it() -> None:
    members = {stem(name): name for name in ("GroupDescription", "DBClusterIdentifier", "Subnets")}
    assert partner("description", members, "SecurityGroup") == "GroupDescription"
    assert partner("clusterIdentifier", members, "Cluster") == "DBClusterIdentifier"
    assert partner("subnet", members) == "Subnets"
    assert partner("description", members, "Role") is None, "another thing's description is no match"


@pytest.mark.parametrize("token", sorted(cloudformation.types()))
def test_every_type_of_the_table_is_there(token: str) -> None:
    assert cloudformation.schema_of(token), f"{cloudformation.types()[token]} is no type or property of CloudFormation"


def test_every_line_of_the_limits_has_a_limit_and_a_source() -> None:
    lines = [line for table in patterns.limits().values() for line in table.values()]
    assert all(limits and source for limits, source in lines)
