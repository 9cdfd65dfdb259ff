"""The function that starts new tasks once a secret has changed, against Moto's ECS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.secret_changes import answer, is_done

CLUSTER = "saleday-prod"
CATALOG, ORDERS = f"{CLUSTER}-catalog", f"{CLUSTER}-orders"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    with mock_aws():
        yield


class Ecs:
    """Moto's ECS with two services, and what Moto does not do: deployments that move on, and calls that are refused."""

    def __init__(self, *names: str) -> None:
        self._client = boto3.client("ecs")
        self.exceptions = self._client.exceptions
        self.state = "IN_PROGRESS"
        self.updated: list[str] = []
        self.refused: set[str] = set()
        self._client.create_cluster(clusterName=CLUSTER)
        container = {"name": "one", "image": "one", "memory": 64}
        self._client.register_task_definition(family="one", containerDefinitions=[container])
        for name in names:
            self._client.create_service(cluster=CLUSTER, serviceName=name, taskDefinition="one", desiredCount=1)

    def describe_services(self, **call: Any) -> dict[str, Any]:
        assert len(call["services"]) <= 10, "ECS describes ten at a time"
        found: dict[str, Any] = self._client.describe_services(**call)
        for service in found["services"]:
            for deployment in service["deployments"]:
                deployment["rolloutState"] = self.state
        return found

    def update_service(self, **call: Any) -> None:
        if call["service"] in self.refused:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "UpdateService")
        self._client.update_service(**call)
        self.updated.append(call["service"])


def change(*services: str, ago: timedelta = -HOUR) -> dict[str, Any]:
    """A change of a secret, by default one that is newer than any deployment."""
    return {"changed": f"{datetime.now(UTC) - ago:%Y-%m-%dT%H:%M:%SZ}", "services": list(services)}


def test_exactly_the_services_of_the_secret_get_new_tasks() -> None:
    ecs = Ecs(CATALOG, ORDERS)
    assert not is_done(ecs, CLUSTER, change(CATALOG)), "its deployment has only begun"
    assert ecs.updated == [CATALOG]


@pytest.mark.parametrize(("state", "done"), [("IN_PROGRESS", False), ("COMPLETED", True), ("FAILED", False)])
def test_a_change_is_done_with_only_once_the_new_tasks_run(state: str, done: bool) -> None:
    ecs = Ecs(CATALOG)
    ecs.state = state
    assert is_done(ecs, CLUSTER, change(CATALOG, ago=HOUR)) is done
    assert ecs.updated == [], "a deployment that began after the change already takes the new value"


def test_the_second_event_of_one_rotation_starts_nothing() -> None:
    ecs = Ecs(CATALOG)
    is_done(ecs, CLUSTER, change(CATALOG, ago=timedelta(seconds=-3)))
    later = change(CATALOG, ago=timedelta(seconds=30))
    ecs.updated.clear()
    is_done(ecs, CLUSTER, later)
    assert ecs.updated == []


def test_a_deployment_of_the_same_second_may_have_begun_before_the_change() -> None:
    ecs = Ecs(CATALOG)
    assert not is_done(ecs, CLUSTER, change(CATALOG, ago=timedelta()))
    assert ecs.updated == [CATALOG]


def test_one_service_that_refuses_does_not_hold_up_the_others() -> None:
    ecs = Ecs(CATALOG, ORDERS)
    ecs.refused = {CATALOG}
    assert not is_done(ecs, CLUSTER, change(CATALOG, ORDERS))
    assert ecs.updated == [ORDERS]


def test_services_that_are_gone_are_no_reason_to_wait() -> None:
    ecs = Ecs(CATALOG)
    boto3.client("ecs").delete_service(cluster=CLUSTER, service=CATALOG, force=True)
    assert is_done(ecs, CLUSTER, change(CATALOG, "never-there"))
    assert ecs.updated == []


def test_more_services_than_one_call_describes_are_all_looked_at() -> None:
    names = [f"{CLUSTER}-s{number}" for number in range(12)]
    ecs = Ecs(*names)
    is_done(ecs, CLUSTER, change(*names))
    assert ecs.updated == names


def test_only_messages_that_are_not_done_come_again() -> None:
    ecs = Ecs(CATALOG, ORDERS)
    ecs.state = "COMPLETED"
    old, new = change(CATALOG, ago=HOUR), change(ORDERS)
    records = [{"messageId": str(n), "body": json.dumps(one)} for n, one in enumerate((old, new))]
    assert answer(ecs, CLUSTER, records) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
