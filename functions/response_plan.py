"""Plans the response to a GuardDuty finding, and reports its outcome afterwards. Read-only.

Event: `{"do": "plan", "event": <EventBridge's event>, "execution": <ARN>}` gives the plan, of which `mode` is `armed`,
`dry run` or `nothing`; `{"do": "report", "plan": …, "outcomes": […], "approval": {"by": …}}` gives the last word.

A plan holds steps of five kinds, in the order in which they are taken: `isolate-instance`, `stop-task`,
`snapshot-volumes`, `revoke-sessions`, `block-address`. What is not done is in `left`, with the reason. Whatever carries
the tag that opts out is left alone, and so is the edge: no step of any kind knows load balancers or the CDN.

Finding format: GuardDuty user guide, "GuardDuty finding format" and API reference, `Finding`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Final

from botocore.exceptions import ClientError

OPT_OUT_TAG: Final = "IncidentResponse"
OPT_OUT_VALUE: Final = "off"
EDGE_TIER: Final = "edge"
"""Value of the `Tier` tag on groups of the load balancer: an instance that is in one is part of the edge."""
MAX_SUBJECT: Final = 100  # characters of a message's subject (SNS Publish API)
GONE: Final = frozenset({"shutting-down", "terminated"})

_INSTANCE: Final = re.compile(r"\bi-(?:[0-9a-f]{17}|[0-9a-f]{8})\b")
_TASK: Final = re.compile(r"arn:aws[\w-]*:ecs:[\w-]+:\d{12}:task/([\w-]+)/[0-9a-f-]+")
_ROLE_USERS: Final = frozenset({"AssumedRole", "Role"})

Finding = Mapping[str, Any]
Step = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Settings from the function's environment variables."""

    armed: bool
    revocable: frozenset[str]
    """Names of roles whose sessions may be revoked."""
    never_blocked: tuple[IPv4Network | IPv6Network, ...]
    decide_function: str
    """Name of the function that passes on the approver's decision."""

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Rules:
        return cls(
            armed=variables["ARMED"] == "true",
            revocable=frozenset(json.loads(variables["REVOCABLE_ROLES"])),
            never_blocked=tuple(map(ip_network, json.loads(variables["NEVER_BLOCKED"]))),
            decide_function=variables["DECIDE_FUNCTION"],
        )


@dataclass
class Plan:
    """Steps to take, and why others are not taken."""

    steps: list[Step] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def add(self, step: Step) -> None:
        if step not in self.steps:
            self.steps.append(step)


@dataclass(frozen=True, kw_only=True)
class Suspects:
    """Resources named by the finding."""

    instances: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    """ARNs."""
    roles: tuple[str, ...] = ()
    """Names."""
    addresses: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Resources without a response step, in words."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point of the function."""
    if event["do"] == "report":
        return report(event["plan"], event["outcomes"], event["approval"].get("by", "unknown"))
    import boto3  # part of the runtime, needed nowhere else

    planner = Planner(Rules.read(os.environ), ec2=boto3.client("ec2"), ecs=boto3.client("ecs"), iam=boto3.client("iam"))
    return planner.answer(event["event"], event["execution"])


class Planner:
    """Plans against what is there now."""

    def __init__(self, rules: Rules, *, ec2: Any, ecs: Any, iam: Any) -> None:
        self._rules, self._ec2, self._ecs, self._iam = rules, ec2, ecs, iam

    def answer(self, event: Mapping[str, Any], execution: str) -> dict[str, Any]:
        """The plan for one event, with its message."""
        finding = event["detail"]
        plan = self.plan(finding, str(event["time"]))
        sample = is_sample(finding)
        mode = "nothing" if not plan.steps else "armed" if self._rules.armed and not sample else "dry run"
        summary = {
            "id": finding["id"],
            "type": finding["type"],
            "severity": finding["severity"],
            "title": finding.get("title", ""),
            "region": finding["region"],
        }
        return {
            "finding": summary,
            "mode": mode,
            "steps": plan.steps,
            "left": plan.left,
            "subject": _subject(mode, finding["type"]),
            "message": self._message(mode, summary, plan, execution, sample=sample),
        }

    def plan(self, finding: Finding, time: str) -> Plan:
        """Response to a finding reported at `time`."""
        found, plan = suspects(finding), Plan()
        plan.left += found.others
        roles = list(found.roles)
        evidence: list[Step] = []
        for instance_id in found.instances:
            instance = self._instance(instance_id, plan)
            if instance is not None:
                plan.add({"step": "isolate-instance", "instance": instance_id})
                evidence.append({"step": "snapshot-volumes", "instance": instance_id, "finding": finding["id"]})
                roles += self._roles_of_instance(instance)
        for task_arn in found.tasks:
            task = self._task(task_arn, plan)
            if task is not None:
                plan.add({"step": "stop-task", "task": task_arn, "finding": finding["id"]})
                roles += self._roles_of_task(task)
        for step in evidence:
            plan.add(step)
        for role in dict.fromkeys(roles):
            if self._may_revoke(role, plan):
                plan.add({"step": "revoke-sessions", "role": role, "since": time})
        for address in found.addresses:
            if self._may_block(address, plan):
                plan.add({"step": "block-address", "address": address})
        return plan

    def _instance(self, instance_id: str, plan: Plan) -> Mapping[str, Any] | None:
        """The instance, if it is there and may be isolated."""
        try:
            reservations = self._ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
        except ClientError as error:
            if not _is_missing(error):
                raise
            reservations = []
        instances = [one for reservation in reservations for one in reservation["Instances"]]
        if not instances or instances[0]["State"]["Name"] in GONE:
            plan.left.append(f"instance {instance_id}: is gone")
            return None
        instance = instances[0]
        if opted_out(instance.get("Tags", [])):
            plan.left.append(f"instance {instance_id}: opts out by the tag {OPT_OUT_TAG}")
            return None
        if self._is_edge(instance):
            plan.left.append(f"instance {instance_id}: is in a group of the edge, which is never touched")
            return None
        return instance

    def _is_edge(self, instance: Mapping[str, Any]) -> bool:
        groups = [group["GroupId"] for one in instance["NetworkInterfaces"] for group in one["Groups"]]
        if not groups:
            return False
        described = self._ec2.describe_security_groups(GroupIds=sorted(set(groups)))["SecurityGroups"]
        return any(_tags(group.get("Tags", [])).get("Tier") == EDGE_TIER for group in described)

    def _roles_of_instance(self, instance: Mapping[str, Any]) -> list[str]:
        arn = instance.get("IamInstanceProfile", {}).get("Arn")
        if arn is None:
            return []
        try:
            profile = self._iam.get_instance_profile(InstanceProfileName=arn.rsplit("/", 1)[-1])
        except ClientError as error:
            if not _is_missing(error):
                raise
            return []
        return [role["RoleName"] for role in profile["InstanceProfile"]["Roles"]]

    def _task(self, task_arn: str, plan: Plan) -> Mapping[str, Any] | None:
        """The task, if it runs and may be stopped."""
        match = _TASK.fullmatch(task_arn)
        cluster = match[1] if match else ""
        try:
            tasks = self._ecs.describe_tasks(cluster=cluster, tasks=[task_arn], include=["TAGS"])["tasks"]
        except ClientError as error:
            if not _is_missing(error):
                raise
            tasks = []
        if not tasks or tasks[0]["lastStatus"] == "STOPPED":
            plan.left.append(f"task {task_arn}: is gone")
            return None
        if opted_out(tasks[0].get("tags", [])):
            plan.left.append(f"task {task_arn}: opts out by the tag {OPT_OUT_TAG}")
            return None
        return tasks[0]

    def _roles_of_task(self, task: Mapping[str, Any]) -> list[str]:
        definition = self._ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
        arn = definition.get("taskRoleArn")
        return [arn.rsplit("/", 1)[-1]] if arn else []

    def _may_revoke(self, role: str, plan: Plan) -> bool:
        if role not in self._rules.revocable:
            plan.left.append(f"role {role}: is none of those whose sessions may be revoked; do it by hand if need be")
            return False
        try:
            tags = self._iam.get_role(RoleName=role)["Role"].get("Tags", [])
        except ClientError as error:
            if not _is_missing(error):
                raise
            plan.left.append(f"role {role}: is gone")
            return False
        if opted_out(tags):
            plan.left.append(f"role {role}: opts out by the tag {OPT_OUT_TAG}")
            return False
        return True

    def _may_block(self, address: str, plan: Plan) -> bool:
        try:
            ip = ip_address(address)
        except ValueError:
            plan.left.append(f"address {address}: is no address of the internet protocol")
            return False
        if not ip.is_global:
            plan.left.append(f"address {address}: is none of the internet's")
        elif any(ip in network for network in self._rules.never_blocked if network.version == ip.version):
            plan.left.append(f"address {address}: is never blocked, by the settings")
        elif address in self._own_addresses():
            plan.left.append(f"address {address}: is one of the stack's own NAT gateways")
        else:
            return True
        return False

    def _own_addresses(self) -> set[str]:
        gateways = self._ec2.describe_nat_gateways()["NatGateways"]
        return {one["PublicIp"] for gateway in gateways for one in gateway["NatGatewayAddresses"] if "PublicIp" in one}

    def _message(self, mode: str, summary: Mapping[str, Any], plan: Plan, execution: str, *, sample: bool) -> str:
        verdict = {
            "armed": "These steps wait for approval, then they are taken in this order:",
            "dry run": "This is a sample finding, so nothing is done. These steps would be taken:"
            if sample
            else "This is a dry run: nothing is done. These steps would be taken, were the response armed:",
            "nothing": "There is nothing that the response could do.",
        }[mode]
        lines = [
            f"GuardDuty, severity {summary['severity']}: {summary['title']}",
            f"Type: {summary['type']}",
            f"Finding: {summary['id']} ({summary['region']})",
            "",
            verdict,
            *(f"  {number}. {in_words(step)}" for number, step in enumerate(plan.steps, start=1)),
        ]
        if plan.left:
            lines += ["", "Left alone:", *(f"  - {reason}" for reason in plan.left)]
        if mode == "armed":
            here = execution.split(":")[3]  # the response's own region; a finding may come from another
            word = json.dumps({"execution": execution, "decision": "approve", "by": "YOUR NAME"})
            lines += [
                "",
                "To approve, as the approver's role (to refuse: reject in place of approve):",
                (
                    f"aws lambda invoke --region {here} --function-name {self._rules.decide_function} "
                    f"--cli-binary-format raw-in-base64-out --payload '{word}' /dev/stdout"
                ),
            ]
        lines += ["", f"Execution: {execution}", "Runbook: docs/incident-response.md"]
        return "\n".join(lines)


def suspects(finding: Finding) -> Suspects:
    """Resources named by the finding."""
    resource, service = finding["resource"], finding["service"]
    instances = [resource.get("instanceDetails", {}).get("instanceId")]
    tasks = [resource.get("ecsClusterDetails", {}).get("taskDetails", {}).get("arn")]
    keys = [resource.get("accessKeyDetails", {})]
    roles = [resource.get("lambdaDetails", {}).get("role", "").rsplit("/", 1)[-1]]
    addresses = list(_remote_addresses(service.get("action", {})))
    for one in _sequence(service).get("resources", []):
        text = f"{one.get('uid', '')} {one.get('name', '')}"
        if one.get("resourceType") == "EC2_INSTANCE":
            instances += _INSTANCE.findall(text)[:1]
        elif one.get("resourceType") == "ECS_TASK":
            tasks += [match[0] for match in _TASK.finditer(text)]
        elif one.get("resourceType") == "ACCESS_KEY":
            keys.append(one.get("data", {}).get("accessKey", {}))
    addresses += [endpoint.get("ip") for endpoint in _sequence(service).get("endpoints", [])]
    roles += [key["userName"] for key in keys if key.get("userType") in _ROLE_USERS]
    users = [key for key in keys if key and key.get("userType") not in _ROLE_USERS]
    return Suspects(
        instances=_distinct(instances),
        tasks=_distinct(tasks),
        roles=_distinct(roles),
        addresses=_distinct(addresses),
        others=tuple(f"{key.get('userType')} {key.get('userName')}: has no role; disable it by hand" for key in users),
    )


def _remote_addresses(action: Mapping[str, Any]) -> Iterator[str]:
    """Source addresses. Outbound connections are excluded, as the edge cannot block them."""
    connection = action.get("networkConnectionAction", {})
    details = [connection.get("remoteIpDetails", {})] if connection.get("connectionDirection") == "INBOUND" else []
    details += [
        probe.get("remoteIpDetails", {}) for probe in action.get("portProbeAction", {}).get("portProbeDetails", [])
    ]
    for kind in ("awsApiCallAction", "kubernetesApiCallAction", "rdsLoginAttemptAction"):
        details.append(action.get(kind, {}).get("remoteIpDetails", {}))
    for one in details:
        yield from (one[version] for version in ("ipAddressV4", "ipAddressV6") if one.get(version))


def _sequence(service: Mapping[str, Any]) -> Mapping[str, Any]:
    """The attack sequence of a finding, which groups other findings and whose own resource is empty."""
    sequence: Mapping[str, Any] = service.get("detection", {}).get("sequence", {})
    return sequence


def is_sample(finding: Finding) -> bool:
    """Whether it is a GuardDuty sample finding, whose resources do not exist."""
    info = finding["service"].get("additionalInfo") or {}
    value = info.get("value")
    return bool(info.get("sample") or _read_object(value).get("sample"))


def _read_object(text: Any) -> Mapping[str, Any]:
    """The JSON object that a text is; empty where it is none, so that a finding with odd details is planned for."""
    try:
        value = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def opted_out(tags: Sequence[Mapping[str, str]]) -> bool:
    return _tags(tags).get(OPT_OUT_TAG, "").lower() == OPT_OUT_VALUE


def in_words(step: Mapping[str, str]) -> str:
    return {
        "isolate-instance": "isolate instance {instance}: out of its Auto Scaling group, into the quarantine group",
        "stop-task": "stop task {task}; its service starts another",
        "snapshot-volumes": "take snapshots of the volumes of instance {instance}",
        "revoke-sessions": "revoke the sessions of role {role}; what runs under it has to be started anew",
        "block-address": "block address {address} at the edge",
    }[step["step"]].format_map(step)


def report(plan: Mapping[str, Any], outcomes: Sequence[Mapping[str, str]], by: str) -> dict[str, Any]:
    """Outcomes of the steps, for the recipients of the plan."""
    failed = any(one["outcome"] == "failed" for one in outcomes)
    finding = plan["finding"]
    lines = [
        f"GuardDuty, severity {finding['severity']}: {finding['title']}",
        f"Finding: {finding['id']} ({finding['region']})",
        f"Approved by: {by}",
        "",
        *(f"  {one['outcome']}: {one['what']}" for one in outcomes),
        "",
        "How to undo each step: docs/incident-response.md",
    ]
    return {
        "failed": failed,
        "subject": _subject("failed" if failed else "done", finding["type"]),
        "message": "\n".join(lines),
    }


def _subject(mode: str, finding_type: str) -> str:
    return f"Incident response, {mode}: {finding_type}".encode("ascii", "replace").decode()[:MAX_SUBJECT]


def _tags(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Tags by their keys; ECS spells both words small."""
    return {tag.get("Key", tag.get("key", "")): tag.get("Value", tag.get("value", "")) for tag in tags}


def _is_missing(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    return "NotFound" in code or code in ("NoSuchEntity", "InvalidInstanceID.Malformed")


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
