"""Rules on events whose target brings about such an event itself: none, or a stack would keep itself busy for ever."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from aws_facts.regions import EDGE_REGION
from devtools.recording.recorded import Recorded
from tests.program.variants import NAMES, recorded_variant

RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
Event = Any
"""As Moto takes it, or what is in it."""


def finding(**image: Any) -> Event:
    """Inspector's event about an image, as the Inspector guide shows it ("EventBridge event schema")."""
    details = {"awsEcrContainerImage": image}
    return {
        "source": "aws.inspector2",
        "detail-type": "Inspector2 Finding",
        "detail": {
            "severity": "CRITICAL",
            "status": "ACTIVE",
            "fixAvailable": "YES",
            "resources": {"type": "AWS_ECR_CONTAINER_IMAGE", "details": details},
        },
    }


def of_a_pipeline(repository: str) -> list[Event]:
    """What a run of a pipeline brings about: its image is pushed before it is judged, and nothing runs it yet."""
    return [
        finding(repositoryName=repository, inUseCount=0),
        {
            "source": "aws.ecr",
            "detail-type": "ECR Image Action",
            "detail": {"action-type": "PUSH", "result": "SUCCESS", "repository-name": repository},
        },
        {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {"bucket": {"name": f"{repository}-artifacts"}, "object": {"key": "source.zip"}},
        },
        {"source": "aws.codepipeline", "detail-type": "CodePipeline Pipeline Execution State Change", "detail": {}},
        {"source": "aws.codebuild", "detail-type": "CodeBuild Build State Change", "detail": {}},
    ]


def of_a_task(pattern: Event) -> list[Event]:
    """A task that the rule starts and that is taken back or does not start, on the capacity that the target names."""
    detail = pattern["detail"]
    stopped = {
        "clusterArn": detail["clusterArn"][0],
        "taskDefinitionArn": f"{detail['taskDefinitionArn'][0]['prefix']}1",
        "lastStatus": "STOPPED",
        "stopCode": "TaskFailedToStart",
    }
    on_demand = {
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "detail": stopped | {"capacityProviderName": "FARGATE"},
    }
    return [on_demand]


# What the targets bring about, by the service in their ARN. Queues, logs and messages to people bring about nothing.
QUIET = {"sqs", "logs", "sns", "ssm"}


def brought_about(recorded: Recorded, arn: str, pattern: Event) -> list[Event]:
    """Events that follow from a rule's target. An unknown kind of target fails: say here what it does."""
    service = arn.split(":")[2]
    repositories = [one.inputs["name"] for one in recorded.of("aws:ecr/repository:Repository")]
    if service in QUIET:
        return []
    if service == "events":  # handed on to the stack's region by a rule of another, which does not see it again
        assert arn.split(":")[3] != EDGE_REGION
        return []
    if service == "ecs":
        return of_a_task(pattern)
    if service == "codepipeline":
        return [event for one in repositories for event in of_a_pipeline(one)]
    if service == "lambda" and arn.endswith("-patch-build"):
        return [event for one in repositories for event in of_a_pipeline(one)]
    if (service == "lambda" and "rotat" in arn) or arn.endswith("-redeploy"):
        return [{"source": "aws.ecs", "detail-type": "ECS Deployment State Change", "detail": {}}]
    if service == "states":  # isolates, stops, revokes, blocks: calls of APIs, no finding of GuardDuty
        return [{"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": {"stopCode": "UserInitiated"}}]
    raise AssertionError(f"nobody knows what {arn} brings about")


@pytest.mark.parametrize("name", NAMES)
def test_no_rule_is_answered_by_what_its_own_target_brings_about(name: str) -> None:
    recorded = recorded_variant(name)
    patterns = {one.inputs["name"]: json.loads(one.inputs["eventPattern"]) for one in recorded.of(RULE)}
    assert patterns
    for target in recorded.of(TARGET):
        pattern = patterns[target.inputs["rule"]]
        for event in brought_about(recorded, target.inputs["arn"], pattern):
            assert not EventPattern(None, pattern).matches_event(event), (target.name, event)


def test_an_image_that_runs_is_told_of() -> None:
    prod = recorded_variant("prod")
    pattern = json.loads(prod.one(RULE, "delivery-patch").inputs["eventPattern"])
    [repository] = (one.inputs["name"] for one in prod.of("aws:ecr/repository:Repository") if one.name.endswith("-ui"))
    told = EventPattern(None, pattern).matches_event
    assert told(finding(repositoryName=repository, inUseCount=3))
    assert told(finding(repositoryName=repository)), "the function asks Inspector"
    assert not told(finding(repositoryName="of-somebody-else", inUseCount=3))
