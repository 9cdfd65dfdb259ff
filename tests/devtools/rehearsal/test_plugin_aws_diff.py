"""What the AWS plugin tells of changes, and what it replaces."""

from __future__ import annotations

from typing import Any

import pytest

from devtools.rehearsal.plugins.protocol import provider_pb2
from devtools.rehearsal.plugins.wire import UNKNOWN, SecretValue, encode
from tests.devtools.rehearsal.asked_plugin import BUCKET, CLUSTER, QUEUE, TABLE, Asked, Context, urn

ACTION = "aws:codepipeline/customActionType:CustomActionType"
ADD, DELETE, UPDATE = "ADD", "DELETE", "UPDATE"

# --- diff


@pytest.mark.parametrize(
    ("token", "old", "new", "changes"),
    [
        (QUEUE, {"delaySeconds": 1.0}, {"delaySeconds": 2.0}, {"delaySeconds": UPDATE}),
        (QUEUE, {"delaySeconds": 60.0}, {"delaySeconds": "60"}, {}),
        (
            QUEUE,
            {"messageRetentionSeconds": 1209600.0},
            {"messageRetentionSeconds": 1209601.0},
            {"messageRetentionSeconds": UPDATE},
        ),
        (QUEUE, {"tags": {"a": "1"}}, {"tags": {"a": "2", "b c": "3"}}, {"tags.a": UPDATE, 'tags["b c"]': ADD}),
        (QUEUE, {"tags": {"a": "1"}}, {"tags": {}}, {"tags": DELETE}),
        (QUEUE, {"tags": {}}, {}, {}),
        (QUEUE, {"name": "a"}, {"name": "b"}, {"name": "UPDATE_REPLACE"}),
        (QUEUE, {"fifoQueue": False}, {"fifoQueue": True}, {"fifoQueue": "UPDATE_REPLACE"}),
        (QUEUE, {"policy": '{"a": [1, 2]}'}, {"policy": '{ "a":[1,2] }'}, {}),
        (QUEUE, {"policy": '{"a": 1}'}, {"policy": '{"a": 2}'}, {"policy": UPDATE}),
        (QUEUE, {"delaySeconds": 1.0}, {"delaySeconds": UNKNOWN}, {"delaySeconds": UPDATE}),
        (QUEUE, {"name": "a"}, {"name": UNKNOWN}, {"name": "UPDATE_REPLACE"}),
        (QUEUE, {"kmsMasterKeyId": SecretValue("a")}, {"kmsMasterKeyId": SecretValue("a")}, {}),
        (QUEUE, {"__defaults": ["name"], "name": "a"}, {"__defaults": [], "name": "a"}, {}),
        (QUEUE, {"policy": "{}"}, {}, {}),  # computed: left to the provider again, it stays as it is
        (TABLE, {"hashKey": "a"}, {"hashKey": "b"}, {"hashKey": "UPDATE_REPLACE"}),
        (TABLE, {"ttl": {"enabled": True}}, {"ttl": {"enabled": False}}, {"ttl.enabled": UPDATE}),
        (
            TABLE,
            {"attributes": [{"name": "a", "type": "S"}, {"name": "b", "type": "S"}]},
            {"attributes": [{"name": "b", "type": "S"}, {"name": "a", "type": "S"}]},
            {},
        ),
        (
            TABLE,
            {"attributes": [{"name": "a", "type": "S"}]},
            {"attributes": [{"name": "b", "type": "S"}, {"name": "a", "type": "S"}]},
            {"attributes[0]": ADD},
        ),
        ("aws:rds/subnetGroup:SubnetGroup", {"subnetIds": ["a", "b"]}, {"subnetIds": ["b", "a"]}, {}),
        (
            CLUSTER,
            {"availabilityZones": ["a"]},
            {"availabilityZones": ["b"]},
            {"availabilityZones[0]": "UPDATE_REPLACE"},
        ),
        (BUCKET, {"region": "eu-west-1"}, {"region": "eu-west-2"}, {"region": "UPDATE_REPLACE"}),
        # The list replaces when it grows; what is inside an element speaks for itself.
        (
            ACTION,
            {"configurationProperties": [{"name": "a", "description": "b"}]},
            {"configurationProperties": [{"name": "a", "description": "c"}, {"name": "d"}]},
            {"configurationProperties[0].description": UPDATE, "configurationProperties[1]": "ADD_REPLACE"},
        ),
        (
            "aws:ecs/service:Service",
            {"loadBalancers": [{"containerName": "a", "containerPort": 1.0}]},
            {"loadBalancers": [{"containerName": "a", "containerPort": 2.0}]},
            {"loadBalancers[0].containerPort": UPDATE},
        ),
        (
            "aws:lambda/function:Function",
            {
                "code": {
                    "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7",
                    "hash": "1",
                    "path": "a",
                }
            },
            {
                "code": {
                    "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7",
                    "hash": "2",
                    "path": "a",
                }
            },
            {"code": UPDATE},
        ),
    ],
)
def test_a_change_is_told_by_its_path_and_only_what_forces_it_replaces(
    aws: Asked, token: str, old: dict[str, Any], new: dict[str, Any], changes: dict[str, str]
) -> None:
    assert aws.changes(token, old, new) == changes


def test_only_changed_properties_can_replace(aws: Asked) -> None:
    answer = aws.diff(QUEUE, {"name": "a", "delaySeconds": 1.0}, {"name": "a", "delaySeconds": 2.0})
    assert (list(answer.diffs), list(answer.replaces)) == (["delaySeconds"], [])


def test_naming_what_the_provider_had_chosen_is_no_change(aws: Asked) -> None:
    old, new = {"bucket": "b"}, {"bucket": "b", "region": "ap-south-1"}
    assert not aws.diff(BUCKET, old, new, {"bucket": "b", "region": "ap-south-1"}).detailedDiff
    assert aws.diff(BUCKET, old, {"bucket": "b", "region": "eu-west-1"}, {"region": "ap-south-1"}).replaces


def test_ignored_changes_are_left_out(aws: Asked) -> None:
    request = provider_pb2.DiffRequest(
        id="i",
        urn=urn(QUEUE),
        old_inputs=encode({"name": "a", "tags": {"x": "1"}}),
        news=encode({"name": "b", "tags": {"x": "2"}}),
        ignoreChanges=["name", "tags.x"],
    )
    assert aws.plugin.Diff(request, Context()).changes == provider_pb2.DiffResponse.DIFF_NONE


@pytest.mark.parametrize(
    ("old", "new", "first"),
    [
        ({"name": "own", "hashKey": "a"}, {"name": "own", "hashKey": "b", "__defaults": []}, True),
        ({"name": "x-1", "hashKey": "a"}, {"name": "x-1", "hashKey": "b", "__defaults": ["name"]}, False),
        ({"name": "own", "hashKey": "a"}, {"name": "new", "hashKey": "b", "__defaults": []}, False),
        ({"name": "own", "hashKey": "a"}, {"name": "own", "hashKey": "a", "__defaults": []}, False),
    ],
)
def test_a_given_name_that_stays_makes_room_before_its_successor(
    aws: Asked, old: dict[str, Any], new: dict[str, Any], first: bool
) -> None:
    assert aws.diff(TABLE, old, new).deleteBeforeReplace is first
