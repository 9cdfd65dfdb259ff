"""Whatever a service is started with in any stack is followed: a change of it reaches that service, and no other."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from moto.events.models import EventPattern

from devtools.recording.recorded import Recorded
from tests.program.variants import NAMES, recorded_variant


@pytest.fixture(scope="module", params=NAMES)
def shop(request: pytest.FixtureRequest) -> Recorded:
    return recorded_variant(str(request.param))


def started_with(shop: Recorded) -> dict[str, set[str]]:
    """By ARN of a secret: the services of ECS and the deployments of Kubernetes that fetch it as they start."""
    users = defaultdict(set)
    definitions = {one.outputs["arn"]: one for one in shop.of("aws:ecs/taskDefinition:TaskDefinition")}
    for service in shop.of("aws:ecs/service:Service"):
        containers = json.loads(definitions[service.inputs["taskDefinition"]].inputs["containerDefinitions"])
        for secret in (secret for container in containers for secret in container.get("secrets", [])):
            users[arn(secret["valueFrom"])].add(service.inputs["name"])
    for one in manifests(shop):
        if one["kind"] == "SecretProviderClass":
            for secret in yaml.safe_load(one["spec"]["parameters"]["objects"]):
                users[arn(secret["objectName"])].add(one["metadata"]["name"])
    return users


def arn(reference: str) -> str:
    return ":".join(reference.split(":")[:7])


def manifests(shop: Recorded) -> Iterator[Any]:
    for file in shop.of("aws:s3/bucketObjectv2:BucketObjectv2"):
        yield from yaml.safe_load_all(file.inputs["content"])


def reached(shop: Recorded, event: Any) -> set[str]:
    """The services that a rule's target names, of the rules that take this event."""
    patterns = {
        rule.inputs["name"]: rule.inputs.get("eventPattern") for rule in shop.of("aws:cloudwatch/eventRule:EventRule")
    }
    names: set[str] = set()
    for target in shop.of("aws:cloudwatch/eventTarget:EventTarget"):
        pattern = patterns[target.inputs["rule"]]
        if pattern and EventPattern.load(pattern).matches_event(event):
            names.update(json.loads(target.inputs["inputTransformer"]["inputTemplate"])["services"])
    return names


def test_a_rotation_reaches_every_service_that_was_started_with_the_secret(shop: Recorded) -> None:
    users = started_with(shop)
    assert users, "the shop's databases are signed in to by password"
    for secret, names in users.items():
        rotated = {"eventName": "RotationSucceeded", "additionalEventData": {"SecretId": secret}}
        for event in (
            {"detail-type": "AWS Service Event via CloudTrail", "resources": [], "detail": rotated},
            {"detail-type": "Secret Label Updated", "resources": [secret], "detail": {"labelUpdated": "AWSCURRENT"}},
        ):
            assert reached(shop, {"source": "aws.secretsmanager", **event}) == names


def test_every_database_has_a_schedule_of_the_stacks_own(shop: Recorded) -> None:
    secrets = {one.outputs["masterUserSecrets"][0]["secretArn"] for one in shop.of("aws:rds/cluster:Cluster")}
    rotations = [one.inputs for one in shop.of("aws:secretsmanager/secretRotation:SecretRotation")]
    assert {one["secretId"] for one in rotations} == secrets
    assert all(one["rotateImmediately"] is False for one in rotations), "an update rotates nothing"
