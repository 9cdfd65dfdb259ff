"""Batch jobs: what starts a run, what follows when Spot takes it back, and who hears of a run that failed."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from devtools.recording.recorded import Resource
from tests.components import shared
from tests.components.service_tier import ENDPOINTS_GROUP, Built, build, service
from tests.components.shared import ACCOUNT, DATA_KEY, LOGS_KEY, REGION

ARN = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
CLUSTER = ARN.format("ecs", "cluster/saleday-dev")
QUEUE = ARN.format("sqs", "saleday-dev-index-failed")
JOB = service(
    "index",
    schedule="0 2 * * ? *",
    command=["index", "--all"],
    uses={"databases": ["catalog"], "buckets": {"media": "readWrite"}},
    environment={"DB": "${database.catalog.endpoint}"},
    secrets={"DB_PASSWORD": "${database.catalog.password}"},
)


@functools.cache
def nightly() -> Built:
    return build([service("ui", publicPaths=["/"])], jobs=[JOB])


def one(kind: str, name: str) -> Resource:
    return nightly().one(kind, f"services-index-{name}")


def statements(what: str) -> dict[str, dict[str, Any]]:
    return nightly().statements(f"index-{what}")


def test_the_clock_starts_it_on_spot() -> None:
    schedule = one("scheduler/schedule:Schedule", "schedule").inputs
    assert schedule["scheduleExpression"] == "cron(0 2 * * ? *)"
    assert schedule["scheduleExpressionTimezone"] == "Asia/Kolkata"
    assert schedule["kmsKeyArn"] == DATA_KEY
    task = schedule["target"]["ecsParameters"]
    assert task["capacityProviderStrategies"] == [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    assert task["networkConfiguration"]["assignPublicIp"] is False
    assert schedule["target"]["retryPolicy"] == {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 10}
    assert schedule["target"]["deadLetterConfig"]["arn"] == QUEUE


def test_what_spot_takes_back_runs_again_where_nobody_takes_it() -> None:
    target = one("cloudwatch/eventTarget:EventTarget", "retry").inputs
    task = target["ecsTarget"]
    assert task["capacityProviderStrategies"] == [{"capacityProvider": "FARGATE", "weight": 1}]
    schedule = one("scheduler/schedule:Schedule", "schedule").inputs["target"]
    assert task["taskDefinitionArn"] == schedule["ecsParameters"]["taskDefinitionArn"], "the same work"
    assert task["networkConfiguration"] == schedule["ecsParameters"]["networkConfiguration"]
    assert target["deadLetterConfig"]["arn"] == QUEUE
    assert target["retryPolicy"]["maximumRetryAttempts"] == 10


def ended(stop_code: str, *exit_codes: int, provider: str = "FARGATE_SPOT", family: str = "index") -> Any:
    """ECS's event of a stopped task, its containers' codes side by side as EventBridge matches a list of objects."""
    return {
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "detail": {
            "clusterArn": CLUSTER,
            "taskDefinitionArn": ARN.format("ecs", f"task-definition/saleday-dev-{family}:7"),
            "lastStatus": "STOPPED",
            "capacityProviderName": provider,
            "stopCode": stop_code,
            "containers": {"exitCode": list(exit_codes)},
        },
    }


OUTCOMES = [
    ("done", ended("EssentialContainerExited", 0), set()),
    ("done on the second run", ended("EssentialContainerExited", 0, provider="FARGATE"), set()),
    ("taken back by Spot", ended("SpotInterruption", 143), {"retry"}),
    ("taken back before it could end", ended("SpotInterruption"), {"retry"}),
    ("no room on Spot", ended("TaskFailedToStart"), {"retry"}),
    ("broken", ended("EssentialContainerExited", 1), {"failed"}),
    ("broken on the second run", ended("EssentialContainerExited", 137, provider="FARGATE"), {"failed"}),
    ("not started on demand either", ended("TaskFailedToStart", provider="FARGATE"), {"failed"}),
    ("stopped by hand", ended("UserInitiated", 143), {"failed"}),
    ("another job's", ended("SpotInterruption", 143, family="index-2"), set()),
    ("a service's", ended("EssentialContainerExited", 1, family="ui"), set()),
]


@pytest.mark.parametrize(("event", "followed"), [row[1:] for row in OUTCOMES], ids=[row[0] for row in OUTCOMES])
def test_a_run_is_followed_by_a_second_one_or_by_an_alarm_but_never_by_a_third(event: Any, followed: set[str]) -> None:
    rules = {what: one("cloudwatch/eventRule:EventRule", what).inputs["eventPattern"] for what in ("retry", "failed")}
    assert {what for what, pattern in rules.items() if EventPattern.load(pattern).matches_event(event)} == followed


def test_a_task_that_still_runs_concerns_nobody() -> None:
    event = ended("SpotInterruption")
    event["detail"]["lastStatus"] = "DEPROVISIONING"
    for what in ("retry", "failed"):
        pattern = one("cloudwatch/eventRule:EventRule", what).inputs["eventPattern"]
        assert not EventPattern.load(pattern).matches_event(event), "or one interruption would start several runs"


def test_every_failure_ends_in_one_queue_that_rings() -> None:
    queue = one("sqs/queue:Queue", "failed").inputs
    assert (queue["kmsMasterKeyId"], queue["messageRetentionSeconds"]) == (DATA_KEY, 14 * 86_400)
    assert one("cloudwatch/eventTarget:EventTarget", "failed").inputs["arn"].endswith("-index-failed")
    alarm = one("cloudwatch/metricAlarm:MetricAlarm", "failed").inputs
    assert alarm["dimensions"] == {"QueueName": "saleday-dev-index-failed"}
    assert alarm["threshold"] == 0
    assert alarm["alarmActions"]
    policy = shared.statements(one("sqs/queuePolicy:QueuePolicy", "failed").inputs["policy"])
    rules = policy["RulesReport"]["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert rules == [ARN.format("events", f"rule/saleday-dev-index-{what}") for what in ("failed", "retry")]


@pytest.mark.parametrize("what", ["schedule", "retry"])
def test_what_starts_it_may_start_this_job_in_this_cluster_and_nothing_else(what: str) -> None:
    own = statements(what)
    assert own["RunJob"]["Action"] == ["ecs:RunTask"]
    assert own["RunJob"]["Resource"] == [ARN.format("ecs", "task-definition/saleday-dev-index:*")]
    assert own["RunJob"]["Condition"] == {"ArnEquals": {"ecs:cluster": CLUSTER}}
    roles = [f"arn:aws:iam::{ACCOUNT}:role/saleday-dev-index-{role}" for role in ("execution", "task")]
    assert own["HandRolesOver"]["Resource"] == roles
    assert own["HandRolesOver"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    trust = json.loads(one("iam/role:Role", f"{what}-role").inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert "index" in trust["Condition"]["ArnLike"]["aws:SourceArn"], "not for any other schedule or rule"


def test_its_own_role_grants_what_it_uses_and_the_other_one_what_starts_it() -> None:
    assert set(statements("task")) == {"BucketMedia", "ObjectsMedia", "KeyS3"}, "no traces: it serves no request"
    assert "SecretCatalog" in statements("execution")
    assert statements("execution")["WriteLogs"]["Resource"] == [
        ARN.format("logs", "log-group:/ecs/saleday-dev/index:*")
    ]


def test_a_job_without_stores_has_a_role_that_grants_nothing() -> None:
    built = build([service("ui", publicPaths=["/"])], jobs=[service("tidy", schedule="0 2 * * ? *")])
    assert built.one("iam/role:Role", "services-tidy-task-role")
    assert not [role for role in built.of("iam/rolePolicy:RolePolicy") if role.name == "services-tidy-task-policy"]


def test_its_container_is_hardened_and_gets_all_of_spots_notice() -> None:
    [container] = nightly().containers("index")
    assert container["readonlyRootFilesystem"] is True
    assert container["privileged"] is False
    assert container["user"] == "1000"
    assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert container["stopTimeout"] == 120, "seconds, as many as Spot gives"
    assert container["command"] == ["index", "--all"]
    assert container["secrets"][0]["valueFrom"].endswith(":password::")
    assert container["logConfiguration"]["options"]["awslogs-group"] == "/ecs/saleday-dev/index"
    assert one("cloudwatch/logGroup:LogGroup", "logs").inputs["kmsKeyId"] == LOGS_KEY


def test_it_reaches_its_stores_and_aws_and_nobody_reaches_it() -> None:
    group = one("ec2/securityGroup:SecurityGroup", "group").outputs["id"]
    flows = {flow for flow in nightly().flows() if group in flow[:2]}
    assert flows == {(group, "sg-catalog-proxy", 3306, 3306), (group, ENDPOINTS_GROUP, 443, 443)}


def test_off_spot_there_is_nothing_to_follow() -> None:
    built = build([service("ui", publicPaths=["/"])], jobs=[JOB | {"spot": False}])
    schedule = built.one("scheduler/schedule:Schedule", "services-index-schedule").inputs
    [strategy] = schedule["target"]["ecsParameters"]["capacityProviderStrategies"]
    assert strategy["capacityProvider"] == "FARGATE"
    assert [rule.name for rule in built.of("cloudwatch/eventRule:EventRule")] == ["services-index-failed"]
