"""Deletes unattached EBS volumes and unused snapshots after a grace period.

An unused item is first tagged with the time; when used again, or kept by tag, it loses this mark. Only an item
that has been marked for the whole grace period is deleted, after a last look. Until it is armed, the
function changes nothing and logs what it would do.
"""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from botocore.exceptions import ClientError

# Maximum deletions of a run: a mistake in a tag shows in the log before much is lost.
MAX_DELETIONS: Final = 20
# Tags of services that end their snapshots themselves: AWS Backup, Data Lifecycle Manager.
MANAGED_BY_OTHERS: Final = ("aws:backup:", "aws:dlm:", "dlm:managed")
# AWS knows better than the look before: in use by now, or gone already.
_BEATEN_TO_IT: Final = frozenset(
    {"VolumeInUse", "IncorrectState", "InvalidVolume.NotFound", "InvalidSnapshot.InUse", "InvalidSnapshot.NotFound"}
)
_LOG: Final = logging.getLogger(__name__)

Kind = Literal["volume", "snapshot"]
Thing = Mapping[str, Any]


class CleanupError(Exception):
    """Some calls failed although the item was unused and exists. The rest has been done."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Rules for unused items and their treatment."""

    armed: bool
    """Whether items are marked and deleted."""
    grace: timedelta
    """From the mark to the deletion."""
    snapshot_age: timedelta
    """Minimum age of an unused snapshot to count as unused."""
    keep_tag: str
    """Key of the tag that keeps an item, whatever its value."""
    mark_tag: str
    """Key of the tag with the time that a thing was first seen unused."""
    scope: Mapping[str, str] = field(default_factory=dict)
    """Tags that an item must have to be considered. Empty: everything in the account and region."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    kind: Kind
    id: str
    tags: Mapping[str, str]
    unused: bool


def handler(event: object, context: object) -> dict[str, int]:
    """Entry point of the function; the answer counts what was done, or would be."""
    import boto3

    _LOG.setLevel(logging.INFO)
    rules = Rules(
        armed=os.environ["ARMED"] == "true",
        grace=timedelta(days=int(os.environ["GRACE_DAYS"])),
        snapshot_age=timedelta(days=int(os.environ["SNAPSHOT_DAYS"])),
        keep_tag=os.environ["KEEP_TAG"],
        mark_tag=os.environ["MARK_TAG"],
        scope=json.loads(os.environ["SCOPE"]),
    )
    return Cleanup(boto3.client("ec2"), rules, datetime.now(UTC)).run()


class Cleanup:
    """One run."""

    def __init__(self, client: Any, rules: Rules, now: datetime) -> None:
        self._ec2 = client
        self._rules = rules
        self._now = now
        self._done: Counter[str] = Counter()

    def run(self) -> dict[str, int]:
        """Look at every volume and snapshot. Raises CleanupError at the end where a call failed."""
        for candidate in (*self._volumes(), *self._snapshots()):
            try:
                self._treat(candidate)
            except ClientError as error:
                self._failed(candidate, error)
        _LOG.info("cleanup", extra={"armed": self._rules.armed, "counts": dict(self._done)})
        if self._done["failed"]:
            raise CleanupError(f"{self._done['failed']} of {self._done.total()} could not be treated")
        return dict(self._done)

    def _treat(self, thing: Candidate) -> None:
        since = self._marked(thing)
        if not thing.unused:
            if since is not None or self._rules.mark_tag in thing.tags:
                self._act("unmark", thing)
        elif since is None:
            self._act("mark", thing)
        elif self._now - since < self._rules.grace:
            self._note("wait", thing)
        elif self._done["delete"] >= MAX_DELETIONS:
            self._note("left for the next run", thing)
        elif self._is_still(thing, since):
            self._act("delete", thing)
        else:
            self._note("changed meanwhile", thing)

    def _act(self, what: Literal["mark", "unmark", "delete"], thing: Candidate) -> None:
        if self._rules.armed:
            mark = {"Key": self._rules.mark_tag}
            if what == "mark":
                stamp = self._now.isoformat(timespec="seconds")
                self._ec2.create_tags(Resources=[thing.id], Tags=[mark | {"Value": stamp}])
            elif what == "unmark":
                self._ec2.delete_tags(Resources=[thing.id], Tags=[mark])
            elif thing.kind == "volume":
                self._ec2.delete_volume(VolumeId=thing.id)
            else:
                self._ec2.delete_snapshot(SnapshotId=thing.id)
        self._note(what, thing)

    def _note(self, what: str, thing: Candidate) -> None:
        self._done[what] += 1
        _LOG.info("%s", what, extra={"kind": thing.kind, "resource": thing.id, "armed": self._rules.armed})

    def _failed(self, thing: Candidate, error: ClientError) -> None:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _BEATEN_TO_IT:
            self._note("changed meanwhile", thing)
            return
        self._done["failed"] += 1
        _LOG.error("not treated", extra={"kind": thing.kind, "resource": thing.id, "error": code})

    def _marked(self, thing: Candidate) -> datetime | None:
        """Time at which an item was first seen unused; None without a valid mark."""
        try:
            since = datetime.fromisoformat(thing.tags.get(self._rules.mark_tag, ""))
        except ValueError:
            return None  # not a mark of this function's: it writes one and starts counting
        return since if since.tzinfo is not None else None

    def _is_still(self, thing: Candidate, since: datetime) -> bool:
        """Whether a thing, looked at again, is as unused and as marked as it was."""
        again = self._volumes(thing.id) if thing.kind == "volume" else self._snapshots(thing.id)
        return any(one.unused and self._marked(one) == since for one in again)

    def _volumes(self, *ids: str) -> Iterator[Candidate]:
        for page in self._pages("describe_volumes", "VolumeIds", ids):
            for volume in page["Volumes"]:
                tags = _tags(volume)
                unused = volume["State"] == "available" and not volume.get("Attachments") and not self._kept(tags)
                yield Candidate(kind="volume", id=volume["VolumeId"], tags=tags, unused=unused)

    def _snapshots(self, *ids: str) -> Iterator[Candidate]:
        in_use = self._snapshots_in_use()
        for page in self._pages("describe_snapshots", "SnapshotIds", ids, OwnerIds=["self"]):
            for snapshot in page["Snapshots"]:
                tags = _tags(snapshot)
                if any(key.startswith(MANAGED_BY_OTHERS) for key in tags):
                    continue
                old = self._now - snapshot["StartTime"] >= self._rules.snapshot_age
                unused = (
                    old
                    and snapshot["State"] == "completed"
                    and snapshot["SnapshotId"] not in in_use
                    and not self._kept(tags)
                )
                yield Candidate(kind="snapshot", id=snapshot["SnapshotId"], tags=tags, unused=unused)

    def _pages(self, call: str, id_argument: str, ids: tuple[str, ...], **fixed: Any) -> Iterator[Mapping[str, Any]]:
        arguments = dict(fixed)
        if ids:
            arguments[id_argument] = list(ids)
        if self._rules.scope:
            arguments["Filters"] = [
                {"Name": f"tag:{key}", "Values": [value]} for key, value in self._rules.scope.items()
            ]
        yield from self._ec2.get_paginator(call).paginate(**arguments)

    def _snapshots_in_use(self) -> set[str]:
        """Snapshots that an image of the account, or a launch template, starts from."""
        mappings: list[Thing] = []
        for page in self._ec2.get_paginator("describe_images").paginate(Owners=["self"]):
            mappings += [mapping for image in page["Images"] for mapping in image.get("BlockDeviceMappings", [])]
        for page in self._ec2.get_paginator("describe_launch_templates").paginate():
            for template in page["LaunchTemplates"]:
                found = self._ec2.describe_launch_template_versions(
                    LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Latest", "$Default"]
                )
                for version in found["LaunchTemplateVersions"]:
                    mappings += version["LaunchTemplateData"].get("BlockDeviceMappings", [])
        return {snapshot for mapping in mappings if (snapshot := mapping.get("Ebs", {}).get("SnapshotId"))}

    def _kept(self, tags: Mapping[str, str]) -> bool:
        return self._rules.keep_tag in tags


def _tags(thing: Thing) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags", [])}
