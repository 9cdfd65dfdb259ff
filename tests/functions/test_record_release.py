"""The function that records releases, against Moto's ECS and Systems Manager."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions import record_release
from functions.record_release import RolledBackError, record

REGION = "ap-south-1"
OLD, NEW = (f"123456789012.dkr.ecr.{REGION}.amazonaws.com/saleday-prod-cart@sha256:{c * 64}" for c in "ab")
RELEASE = {
    "cluster": "saleday-prod",
    "service": "saleday-prod-cart",
    "container": "cart",
    "parameter": "/saleday-prod/releases/cart",
    "image": NEW,
}


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield


class Ecs:
    """Moto's ECS, with the state of the deployment that Moto itself never moves on."""

    def __init__(self, image: str, state: str = "COMPLETED") -> None:
        self._client = boto3.client("ecs")
        self._state = state
        self._client.create_cluster(clusterName=RELEASE["cluster"])
        for one in dict.fromkeys((OLD, image)):
            self._client.register_task_definition(
                family=RELEASE["service"],
                containerDefinitions=[
                    {"name": "collector", "image": "aws-otel", "memory": 64},
                    {"name": "cart", "image": one, "memory": 64},
                ],
            )
        self._client.create_service(
            cluster=RELEASE["cluster"],
            serviceName=RELEASE["service"],
            taskDefinition=RELEASE["service"],
            desiredCount=1,
        )

    def describe_services(self, **call: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._client.describe_services(**call)
        for service in answer["services"]:
            for deployment in service["deployments"]:
                deployment["rolloutState"] = self._state
        return answer

    def describe_task_definition(self, **call: Any) -> Any:
        return self._client.describe_task_definition(**call)


def recorded() -> str | None:
    found = boto3.client("ssm").get_parameters(Names=[RELEASE["parameter"]])["Parameters"]
    return found[0]["Value"] if found else None


def test_the_image_that_runs_is_recorded() -> None:
    boto3.client("ssm").put_parameter(Name=RELEASE["parameter"], Value="none", Type="String")
    assert record(Ecs(NEW), boto3.client("ssm"), RELEASE)
    assert recorded() == NEW
    assert record(Ecs(NEW), boto3.client("ssm"), RELEASE), "CodePipeline may ask twice"
    assert recorded() == NEW


def test_a_deployment_that_goes_on_is_waited_for() -> None:
    assert not record(Ecs(NEW, "IN_PROGRESS"), boto3.client("ssm"), RELEASE)
    assert recorded() is None


@pytest.mark.parametrize(("image", "state"), [(OLD, "COMPLETED"), (NEW, "FAILED"), (OLD, "FAILED")])
def test_a_deployment_that_was_rolled_back_is_no_release(image: str, state: str) -> None:
    with pytest.raises(RolledBackError, match="ECS rolled back"):
        record(Ecs(image, state), boto3.client("ssm"), RELEASE)
    assert recorded() is None


def test_a_service_that_is_gone_is_named() -> None:
    ecs = Ecs(NEW)
    with pytest.raises(LookupError, match="no service other in saleday-prod"):
        record(ecs, boto3.client("ssm"), RELEASE | {"service": "other"})


@pytest.mark.parametrize(
    ("state", "answers"),
    [("COMPLETED", "success"), ("IN_PROGRESS", "again"), ("FAILED", "failure")],
)
def test_the_pipeline_is_always_answered(monkeypatch: pytest.MonkeyPatch, state: str, answers: str) -> None:
    told: list[tuple[str, dict[str, Any]]] = []

    class Pipeline:
        def put_job_success_result(self, **call: Any) -> None:
            told.append(("again" if "continuationToken" in call else "success", call))

        def put_job_failure_result(self, **call: Any) -> None:
            told.append(("failure", call))

    clients = {"codepipeline": Pipeline(), "ecs": Ecs(NEW, state), "ssm": boto3.client("ssm")}
    monkeypatch.setattr(boto3, "client", clients.__getitem__)
    parameters = {"configuration": {"UserParameters": json.dumps(RELEASE)}}
    event = {"CodePipeline.job": {"id": "1", "data": {"actionConfiguration": parameters}}}
    record_release.handler(event, None)
    assert [kind for kind, _ in told] == [answers]
    event["CodePipeline.job"]["data"] = {}
    record_release.handler(event, None)
    assert told[-1][0] == "failure", "an answer that never comes would hold the pipeline for a day"
