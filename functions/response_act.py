"""Takes one approved step of a plan of `response_plan`; steps are idempotent.

Event: one step. The answer is `{"outcome": "done" | "already done" | "left", "what": <one sentence>}`; a step that
could not be taken raises. Before it acts, each step looks again whether the thing is there and has not opted out.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any, Final, Literal, TypedDict

from botocore.exceptions import ClientError

OPT_OUT_TAG: Final = "IncidentResponse"
OPT_OUT_VALUE: Final = "off"
GROUPS_BEFORE_TAG: Final = "GroupsBeforeIsolation"
"""Tag of a network interface with its original security groups."""
FINDING_TAG: Final = "Finding"
REVOKING_POLICY: Final = "AWSRevokeOlderSessions"
"""Name that IAM's console gives the policy for *Revoke active sessions*; its button removes it again."""
MAX_ADDRESSES: Final = 10_000  # in one IP set (AWS WAF quotas)
MAX_TAG: Final = 256  # characters of a tag's value
ATTEMPTS: Final = 5  # at an IP set that somebody else changes at the same time
PAUSE: Final = 0.5  # seconds before the next attempt
GONE: Final = frozenset({"shutting-down", "terminated"})
# Lifecycle states in which an Auto Scaling group still manages an instance.
_LED: Final = frozenset({"InService", "Standby", "EnteringStandby", "Pending", "Pending:Wait", "Pending:Proceed"})


class Outcome(TypedDict):
    outcome: Literal["done", "already done", "left"]
    what: str


class NotArmed(RuntimeError):
    """The settings do not arm the response, so no step is taken."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Settings from the function's environment variables."""

    armed: bool
    quarantine_group: str
    """Id of the security group without any rule."""
    revocable: frozenset[str]
    ip_sets: Mapping[str, Mapping[str, str]]
    """`v4` and `v6` to the IP set's `name` and `id`."""
    tags: Mapping[str, str]
    """Tags of what a step makes."""

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Rules:
        return cls(
            armed=variables["ARMED"] == "true",
            quarantine_group=variables["QUARANTINE_GROUP"],
            revocable=frozenset(json.loads(variables["REVOCABLE_ROLES"])),
            ip_sets=json.loads(variables["IP_SETS"]),
            tags=json.loads(variables["TAGS"]),
        )


def handler(event: dict[str, str], context: Any) -> Outcome:
    """Entry point of the function."""
    import boto3  # part of the runtime, needed nowhere else

    names = ("ec2", "ecs", "iam", "autoscaling")
    clients = {name: boto3.client(name) for name in names}
    # CloudFront's IP sets are kept in us-east-1, wherever the shop is.
    clients["wafv2"] = boto3.client("wafv2", region_name="us-east-1")
    return Responder(Rules.read(os.environ), clients).take(event)


class Responder:
    """Takes steps through AWS's clients, by their names."""

    def __init__(self, rules: Rules, clients: Mapping[str, Any], sleep: Callable[[float], None] = time.sleep) -> None:
        self._rules, self._sleep = rules, sleep
        self._ec2, self._ecs, self._iam = clients["ec2"], clients["ecs"], clients["iam"]
        self._autoscaling, self._wafv2 = clients["autoscaling"], clients["wafv2"]

    def take(self, step: Mapping[str, str]) -> Outcome:
        """Take one step. Raises NotArmed where the settings do not arm the response."""
        if not self._rules.armed:
            raise NotArmed("the response is not armed: set security.response.armed")
        match step["step"]:
            case "isolate-instance":
                return self._isolate(step["instance"])
            case "stop-task":
                return self._stop(step["task"], step["finding"])
            case "snapshot-volumes":
                return self._snapshot(step["instance"], step["finding"])
            case "revoke-sessions":
                return self._revoke(step["role"], step["since"])
            case "block-address":
                return self._block(step["address"])
            case unknown:
                raise ValueError(f"no step is called {unknown}")

    def _isolate(self, instance_id: str) -> Outcome:
        """Out of the Auto Scaling group, which replaces it, and out of reach of everybody."""
        instance = self._instance(instance_id)
        if instance is None:
            return _left(f"instance {instance_id} is gone")
        if _opted_out(instance.get("Tags", [])):
            return _left(f"instance {instance_id} opts out")
        detached = self._detach(instance_id)
        quarantine = [self._rules.quarantine_group]
        moved: list[str] = []
        for interface in self._interfaces(instance_id):
            groups = [group["GroupId"] for group in interface["Groups"]]
            # Interfaces of load balancers, endpoints and the like belong to the service that made them.
            if interface.get("RequesterManaged") or groups == quarantine:
                continue
            identity = interface["NetworkInterfaceId"]
            # With the stack's own tags, by which those who undo it may reach the interface.
            tags = {**self._rules.tags, GROUPS_BEFORE_TAG: _as_tag(groups)}
            self._ec2.create_tags(Resources=[identity], Tags=_pairs(tags))
            self._ec2.modify_network_interface_attribute(NetworkInterfaceId=identity, Groups=quarantine)
            moved.append(f"{identity} was in {' '.join(groups)}")
        if not moved and not detached:
            return _already(f"instance {instance_id} is isolated")
        return _done(f"instance {instance_id} is isolated" + (f" ({'; '.join(moved)})" if moved else ""))

    def _interfaces(self, instance_id: str) -> Sequence[Mapping[str, Any]]:
        attached = [{"Name": "attachment.instance-id", "Values": [instance_id]}]
        answer = self._ec2.describe_network_interfaces(Filters=attached)
        interfaces: Sequence[Mapping[str, Any]] = answer["NetworkInterfaces"]
        return interfaces

    def _detach(self, instance_id: str) -> bool:
        """Take the instance out of its Auto Scaling group: it would end what looks unhealthy, and the evidence."""
        found = self._autoscaling.describe_auto_scaling_instances(InstanceIds=[instance_id])["AutoScalingInstances"]
        led = [one for one in found if one["LifecycleState"] in _LED]
        for one in led:
            self._autoscaling.detach_instances(
                InstanceIds=[instance_id],
                AutoScalingGroupName=one["AutoScalingGroupName"],
                ShouldDecrementDesiredCapacity=False,
            )
        return bool(led)

    def _snapshot(self, instance_id: str, finding: str) -> Outcome:
        """All volumes of the instance at one moment; one set for each finding."""
        instance = self._instance(instance_id)
        if instance is None:
            return _left(f"instance {instance_id} is gone")
        if _opted_out(instance.get("Tags", [])):
            return _left(f"instance {instance_id} opts out")
        filters = [
            {"Name": f"tag:{FINDING_TAG}", "Values": [finding]},
            {"Name": "tag:Instance", "Values": [instance_id]},
        ]
        existing = self._ec2.describe_snapshots(OwnerIds=["self"], Filters=filters)["Snapshots"]
        if existing:
            names = " ".join(sorted(one["SnapshotId"] for one in existing))
            return _already(f"volumes of instance {instance_id} are in {names}")
        tags = {
            **self._rules.tags,
            "Name": f"{instance_id} {finding}"[:MAX_TAG],
            FINDING_TAG: finding,
            "Instance": instance_id,
        }
        made = self._ec2.create_snapshots(
            InstanceSpecification={"InstanceId": instance_id, "ExcludeBootVolume": False},
            Description=f"Evidence for GuardDuty finding {finding}",
            TagSpecifications=[{"ResourceType": "snapshot", "Tags": _pairs(tags)}],
        )["Snapshots"]
        names = " ".join(sorted(one["SnapshotId"] for one in made))
        return _done(f"volumes of instance {instance_id} are in {names}")

    def _stop(self, task_arn: str, finding: str) -> Outcome:
        cluster = task_arn.split(":task/", 1)[1].split("/")[0]
        tasks = self._ecs.describe_tasks(cluster=cluster, tasks=[task_arn], include=["TAGS"])["tasks"]
        if not tasks:
            return _left(f"task {task_arn} is gone")
        task = tasks[0]
        if _opted_out(task.get("tags", [])):
            return _left(f"task {task_arn} opts out")
        if "STOPPED" in (task["lastStatus"], task["desiredStatus"]):
            return _already(f"task {task_arn} is stopped")
        self._ecs.stop_task(cluster=cluster, task=task_arn, reason=f"GuardDuty finding {finding}")
        return _done(f"task {task_arn} is stopped")

    def _revoke(self, role: str, since: str) -> Outcome:
        """Deny the role's existing sessions, unless that has been done since the finding was reported."""
        if role not in self._rules.revocable:
            return _left(f"role {role} is none of those whose sessions may be revoked")
        try:
            tags = self._iam.get_role(RoleName=role)["Role"].get("Tags", [])
        except self._iam.exceptions.NoSuchEntityException:
            return _left(f"role {role} is gone")
        if _opted_out(tags):
            return _left(f"role {role} opts out")
        revoked = self._revoked_at(role)
        if revoked is not None and revoked >= _moment(since):
            return _already(f"sessions of role {role} from before {_text(revoked)} are refused")
        now = datetime.now(UTC)
        self._iam.put_role_policy(RoleName=role, PolicyName=REVOKING_POLICY, PolicyDocument=_refusing(now))
        return _done(f"sessions of role {role} from before {_text(now)} are refused")

    def _revoked_at(self, role: str) -> datetime | None:
        """From when on sessions are good, if older ones have been revoked."""
        try:
            document = self._iam.get_role_policy(RoleName=role, PolicyName=REVOKING_POLICY)["PolicyDocument"]
        except self._iam.exceptions.NoSuchEntityException:
            return None
        [statement] = document["Statement"]
        return _moment(statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"])

    def _block(self, address: str) -> Outcome:
        ip = ip_address(address)
        known = self._rules.ip_sets[f"v{ip.version}"]
        which = {"Scope": "CLOUDFRONT", "Name": known["name"], "Id": known["id"]}
        wanted = str(ip_network(address))
        for _ in range(ATTEMPTS):
            answer = self._wafv2.get_ip_set(**which)
            addresses = answer["IPSet"]["Addresses"]
            if any(ip in ip_network(one) for one in addresses):
                return _already(f"address {address} is blocked")
            if len(addresses) >= MAX_ADDRESSES:
                return _left(f"IP set {known['name']} is full: free addresses that no longer attack")
            try:
                self._wafv2.update_ip_set(**which, Addresses=[*addresses, wanted], LockToken=answer["LockToken"])
            except self._wafv2.exceptions.WAFOptimisticLockException:
                self._sleep(PAUSE)  # somebody else was faster; look again at what is there now
                continue
            return _done(f"address {address} is blocked")
        raise TimeoutError(f"IP set {known['name']} changed {ATTEMPTS} times while {address} was to be blocked")

    def _instance(self, instance_id: str) -> Mapping[str, Any] | None:
        try:
            reservations = self._ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
        except ClientError as error:
            if "NotFound" not in error.response["Error"]["Code"]:
                raise
            return None
        instances = [one for reservation in reservations for one in reservation["Instances"]]
        return next((one for one in instances if one["State"]["Name"] not in GONE), None)


def _refusing(now: datetime) -> str:
    """Policy that denies every session whose token is older than now."""
    statement = {
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": _text(now)}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _as_tag(groups: Sequence[str]) -> str:
    """Ids of groups as a tag's value: as many as it holds, which are twelve."""
    text = " ".join(groups)
    return text if len(text) <= MAX_TAG else text[:MAX_TAG].rsplit(" ", 1)[0]


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _opted_out(tags: Sequence[Mapping[str, str]]) -> bool:
    values = {tag.get("Key", tag.get("key", "")): tag.get("Value", tag.get("value", "")) for tag in tags}
    return values.get(OPT_OUT_TAG, "").lower() == OPT_OUT_VALUE


def _done(what: str) -> Outcome:
    return {"outcome": "done", "what": what}


def _already(what: str) -> Outcome:
    return {"outcome": "already done", "what": what}


def _left(what: str) -> Outcome:
    return {"outcome": "left", "what": what}
