"""Unused volumes and snapshots: marked, waited for, looked at again, deleted; never one that is used or kept."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.volume_cleanup import MAX_DELETIONS, Cleanup, CleanupError, Rules, handler

REGION = "ap-south-1"
ZONE = f"{REGION}a"
MARK = "saleday-prod-unused-since"
RULES = Rules(armed=True, grace=timedelta(days=14), snapshot_age=timedelta(days=90), keep_tag="Keep", mark_tag=MARK)
DAY = timedelta(days=1)
NOW = datetime.now(UTC)
NUMBERS = itertools.count(1)


class Recording:
    """EC2's client, which notes what it is asked to change."""

    CHANGES = ("create_tags", "delete_tags", "delete_volume", "delete_snapshot")

    def __init__(self, client: Any) -> None:
        self._client = client
        self.own = {"Project": "saleday", "Stack": f"stack-{next(NUMBERS)}"}
        """Tags of what belongs to the test's own stack: Moto's account is one for all."""
        self.changes: list[str] = []
        self.denied: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if name not in self.CHANGES:
            return call

        def noted(**arguments: Any) -> Any:
            self.changes.append(name)
            if name in self.denied:
                raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": ""}}, name)
            return call(**arguments)

        return noted


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        # Moto knows a thousand public images, each with a snapshot, and would list them every time.
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        yield boto3.client("ec2", region_name=REGION)


@pytest.fixture
def ec2(client: Any) -> Recording:
    return Recording(client)


def tagged(kind: str, tags: dict[str, str]) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


def volume(ec2: Recording, **tags: str) -> str:
    made = ec2.create_volume(Size=1, AvailabilityZone=ZONE, TagSpecifications=tagged("volume", ec2.own | tags))
    return str(made["VolumeId"])


def snapshot(ec2: Recording, **tags: str) -> str:
    """Of a volume that is gone."""
    source = ec2.create_volume(Size=1, AvailabilityZone=ZONE)["VolumeId"]
    made = ec2.create_snapshot(VolumeId=source, TagSpecifications=tagged("snapshot", ec2.own | tags))["SnapshotId"]
    ec2._client.delete_volume(VolumeId=source)
    return str(made)


def run(ec2: Recording, after: timedelta = timedelta(), rules: Rules = RULES) -> dict[str, int]:
    """One run over the test's own stack."""
    return Cleanup(ec2, replace(rules, scope=ec2.own), NOW + after).run()


def volumes(ec2: Recording) -> set[str]:
    return {one["VolumeId"] for one in ec2.describe_volumes()["Volumes"]}


def snapshots(ec2: Recording) -> set[str]:
    return {one["SnapshotId"] for one in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]}


def tags_of(ec2: Recording, resource: str) -> dict[str, str]:
    found = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [resource]}])["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def image(ec2: Recording) -> str:
    return str(ec2.register_image(Name=f"image-{next(NUMBERS)}", RootDeviceName="/dev/xvda")["ImageId"])


def instance(ec2: Recording) -> str:
    made = ec2.run_instances(
        ImageId=image(ec2), MinCount=1, MaxCount=1, InstanceType="t4g.micro", Placement={"AvailabilityZone": ZONE}
    )
    return str(made["Instances"][0]["InstanceId"])


def test_an_unused_volume_is_marked_first_and_deleted_after_the_grace_period(ec2: Recording) -> None:
    unused = volume(ec2)
    assert run(ec2) == {"mark": 1}
    assert tags_of(ec2, unused)[MARK] == NOW.isoformat(timespec="seconds")
    assert run(ec2, 13 * DAY) == {"wait": 1}
    assert unused in volumes(ec2)
    assert run(ec2, 15 * DAY) == {"delete": 1}
    assert unused not in volumes(ec2)


def test_without_arms_nothing_changes_and_the_answer_says_what_would(ec2: Recording) -> None:
    volume(ec2)
    volume(ec2, **{MARK: (NOW - 30 * DAY).isoformat()})
    before = volumes(ec2)
    assert run(ec2, rules=replace(RULES, armed=False)) == {"mark": 1, "delete": 1}
    assert ec2.changes == []
    assert volumes(ec2) == before


def test_an_attached_volume_is_never_deleted_and_loses_its_mark(ec2: Recording) -> None:
    used = volume(ec2, **{MARK: (NOW - 30 * DAY).isoformat()})
    ec2.attach_volume(VolumeId=used, InstanceId=instance(ec2), Device="/dev/sdf")
    assert run(ec2) == {"unmark": 1}
    assert MARK not in tags_of(ec2, used)
    assert used in volumes(ec2)


def test_a_kept_volume_is_never_deleted_whatever_the_tag_says(ec2: Recording) -> None:
    for value in ("true", "false", ""):
        volume(ec2, Keep=value, **{MARK: (NOW - 30 * DAY).isoformat()})
    before = volumes(ec2)
    assert run(ec2) == {"unmark": 3}, "set free again, it waits for the whole grace period"
    assert volumes(ec2) == before


def test_a_volume_of_somebody_else_is_not_looked_at_unless_the_settings_take_the_whole_account(ec2: Recording) -> None:
    other, untagged = volume(ec2, Stack="other"), ec2.create_volume(Size=1, AvailabilityZone=ZONE)["VolumeId"]
    assert run(ec2) == {}
    Cleanup(ec2, RULES, NOW).run()
    assert all(MARK in tags_of(ec2, one) for one in (other, untagged))


@pytest.mark.parametrize("change", ["attached", "kept", "marked anew", "gone"])
def test_a_volume_that_changes_after_the_list_is_left_alone(
    ec2: Recording, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    old = volume(ec2, **{MARK: (NOW - 30 * DAY).isoformat()})
    server = instance(ec2)
    look_again = Cleanup._is_still

    def meanwhile(self: Cleanup, *arguments: Any) -> bool:
        if change == "attached":
            ec2.attach_volume(VolumeId=old, InstanceId=server, Device="/dev/sdf")
        elif change == "gone":
            ec2._client.delete_volume(VolumeId=old)
        else:
            tag = {"Key": "Keep", "Value": ""} if change == "kept" else {"Key": MARK, "Value": NOW.isoformat()}
            ec2._client.create_tags(Resources=[old], Tags=[tag])
        return look_again(self, *arguments)

    monkeypatch.setattr(Cleanup, "_is_still", meanwhile)
    assert run(ec2) == {"changed meanwhile": 1}
    assert "delete_volume" not in ec2.changes


def test_what_aws_refuses_as_used_by_now_is_no_failure(ec2: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    old = volume(ec2, **{MARK: (NOW - 30 * DAY).isoformat()})
    ec2.attach_volume(VolumeId=old, InstanceId=instance(ec2), Device="/dev/sdf")
    stale = [{"VolumeId": old, "State": "available", "Tags": [{"Key": MARK, "Value": (NOW - 30 * DAY).isoformat()}]}]
    pages = Cleanup._pages

    def behind(self: Cleanup, call: str, *arguments: Any, **fixed: Any) -> Iterator[Any]:
        yield from [{"Volumes": stale}] if call == "describe_volumes" else pages(self, call, *arguments, **fixed)

    monkeypatch.setattr(Cleanup, "_pages", behind)
    assert run(ec2) == {"changed meanwhile": 1}, "lists of EC2 lag behind; the deletion itself does not"
    assert old in volumes(ec2)


def test_a_mark_that_no_time_can_be_read_from_starts_the_period_anew(ec2: Recording) -> None:
    for value in ("", "yesterday", "2026-01-01T00:00:00"):
        volume(ec2, **{MARK: value})
    assert run(ec2) == {"mark": 3}


def test_a_run_deletes_a_limited_number(ec2: Recording) -> None:
    for _ in range(MAX_DELETIONS + 1):
        volume(ec2, **{MARK: (NOW - 30 * DAY).isoformat()})
    assert run(ec2) == {"delete": MAX_DELETIONS, "left for the next run": 1}
    assert run(ec2) == {"delete": 1}


def test_a_denied_call_fails_the_run_after_the_rest_is_done(ec2: Recording) -> None:
    volume(ec2)
    old = volume(ec2, **{MARK: (NOW - 30 * DAY).isoformat()})
    ec2.denied = {"create_tags"}
    with pytest.raises(CleanupError, match="1 of 2 could not be treated"):
        run(ec2)
    assert old not in volumes(ec2)


def test_a_run_repeated_changes_nothing_more(ec2: Recording) -> None:
    volume(ec2)
    run(ec2)
    ec2.changes.clear()
    assert run(ec2, DAY) == {"wait": 1}
    assert ec2.changes == []


def test_a_snapshot_counts_from_its_age_on_and_then_waits_as_well(ec2: Recording) -> None:
    old = snapshot(ec2)
    assert run(ec2, 89 * DAY) == {}
    assert run(ec2, 91 * DAY) == {"mark": 1}
    assert run(ec2, 106 * DAY) == {"delete": 1}
    assert old not in snapshots(ec2)


def test_snapshots_of_images_launch_templates_and_backups_stay(ec2: Recording) -> None:
    marked = {MARK: (NOW - 30 * DAY).isoformat()}
    [registered] = ec2.describe_images(ImageIds=[image(ec2)])["Images"]
    of_image = registered["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    tags = [{"Key": key, "Value": value} for key, value in (ec2.own | marked).items()]
    ec2._client.create_tags(Resources=[of_image], Tags=tags)
    of_template = snapshot(ec2, **marked)
    kept, backup = snapshot(ec2, Keep="", **marked), snapshot(ec2, **{"aws:backup:source-resource": "vol-1", **marked})
    ec2.create_launch_template(
        LaunchTemplateName="shop-image",
        LaunchTemplateData={"BlockDeviceMappings": [{"DeviceName": "/dev/xvdb", "Ebs": {"SnapshotId": of_template}}]},
    )
    assert {of_image, of_template, kept, backup} <= snapshots(ec2)
    ec2.changes.clear()
    assert run(ec2, 200 * DAY) == {"unmark": 3}, "all but the backup, which is not looked at"
    assert {of_image, of_template, kept, backup} <= snapshots(ec2)
    assert "delete_snapshot" not in ec2.changes


def test_the_entry_point_reads_its_variables(ec2: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "ARMED": "false",
        "GRACE_DAYS": "14",
        "SNAPSHOT_DAYS": "90",
        "KEEP_TAG": "Keep",
        "MARK_TAG": MARK,
        "SCOPE": json.dumps(ec2.own),
        "AWS_DEFAULT_REGION": REGION,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    volume(ec2)
    assert handler({}, None) == {"mark": 1}
    assert ec2.changes == []
