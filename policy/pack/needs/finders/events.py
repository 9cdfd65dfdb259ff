"""Event rules, schedules and state machines: what each starts, by which role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...graph import Graph
from ...resource import Resource
from ...tokens import BUCKET, ROLE
from ...values import UndecidedError, document
from ..facts import Facts
from ..lines import Line
from .finder import Occurrence, finder
from .properties import by_property, meant, roles_at

RULE = "aws:cloudwatch/eventRule:EventRule"
GROUP = "aws:scheduler/scheduleGroup:ScheduleGroup"
_SDK = re.compile(r"arn:[\w-]+:(?:scheduler|states):::aws-sdk:(?P<service>[\w-]+):(?P<call>\w+)")
_OPTIMISED = re.compile(r"arn:[\w-]+:states:::(?P<service>[\w-]+):(?P<call>\w+)")

# Services whose name in the SDK isn't their prefix in IAM. Source: Service Authorization Reference.
_PREFIXES = {
    "cloudwatchlogs": "logs",
    "elasticloadbalancingv2": "elasticloadbalancing",
    "eventbridge": "events",
    "sfn": "states",
    "applicationautoscaling": "application-autoscaling",
    "cloudwatch": "cloudwatch",
}
# Optimised integrations of Step Functions: the action and the parameter that names the resource. Source: Step Functions
# Developer Guide, integrating optimized services, IAM policies of each.
_CALLS = {
    "lambda:invoke": ("lambda:InvokeFunction", "FunctionName"),
    "sns:publish": ("sns:Publish", "TopicArn"),
    "sqs:sendmessage": ("sqs:SendMessage", "QueueUrl"),
    "dynamodb:getitem": ("dynamodb:GetItem", "TableName"),
    "dynamodb:putitem": ("dynamodb:PutItem", "TableName"),
    "dynamodb:updateitem": ("dynamodb:UpdateItem", "TableName"),
    "dynamodb:deleteitem": ("dynamodb:DeleteItem", "TableName"),
    "states:startexecution": ("states:StartExecution", "StateMachineArn"),
}


@finder("event-target")
def event_target(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """What a rule's target names, with the rule's ARN."""
    for it in by_property(graph, line):
        yield _with(it, {"rule.arn": rule_arn(graph, it.subject)})


def rule_arn(graph: Graph, target: Resource) -> str:
    """The ARN of a target's rule, as AWS says it or as it follows from the names."""
    facts = graph.derived(Facts)
    for rule in graph.targets(target, "rule", RULE):
        made = rule.outputs.get("arn")
        if isinstance(made, str) and made.startswith("arn:"):
            return made
    name, bus = target.data.get("rule"), target.data.get("eventBusName") or "default"
    account = facts.account_of(target)
    if not isinstance(name, str) or not isinstance(bus, str) or not account:
        return ""
    path = name if bus == "default" else f"{bus.rpartition('/')[2]}/{name}"
    return f"arn:{facts.partition}:events:{facts.region_of(target)}:{account}:rule/{path}"


@finder("schedule")
def schedule(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """What a schedule names, with the ARN of its group."""
    facts = graph.derived(Facts)
    for it in by_property(graph, line):
        group = it.subject.data.get("groupName") or "default"
        account, region = facts.account_of(it.subject), facts.region_of(it.subject)
        arn = f"arn:{facts.partition}:scheduler:{region}:{account}:schedule-group/{group}"
        name = facts.name(it.subject)
        own = f"arn:{facts.partition}:scheduler:{region}:{account}:schedule/{group}/{name}"
        known = isinstance(group, str) and account
        yield _with(it, {"group.arn": arn if known else "", "schedule.arn": own if known and name else ""})


@finder("schedule-role")
def schedule_role(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """The role of a schedule, to be taken on."""
    yield from (
        Occurrence(subject=it.subject, role=it.role, target=it.role, words=it.words) for it in schedule(graph, line)
    )


@finder("schedule-key")
def schedule_key(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """A schedule that is encrypted, as what its role decrypts."""
    yield from (
        Occurrence(subject=it.subject, role=it.role, key_of=it.subject, words=it.words) for it in schedule(graph, line)
    )


@finder("schedule-call")
def schedule_call(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """A universal target: any call of any service."""
    for subject in meant(graph, line):
        value = subject.raw("target.arn") if subject.present("target") else None
        match = _SDK.match(value) if isinstance(value, str) else None
        if match:
            action = f"{_prefix(match['service'])}:{match['call'][:1].upper()}{match['call'][1:]}"
            for role in roles_at(graph, subject, line.role):
                yield _call(graph, subject, role, action)


def _prefix(service: str) -> str:
    return _PREFIXES.get(service.lower(), service.lower())


def _call(graph: Graph, subject: Resource, role: Resource | None, action: str) -> Occurrence:
    facts = graph.derived(Facts)
    arn = f"arn:{facts.partition}:{action.split(':', 1)[0]}:*"
    return Occurrence(subject=subject, role=role, arn=arn, actions=(action,), words={"call": action})


def _with(it: Occurrence, words: dict[str, str]) -> Occurrence:
    return Occurrence(
        subject=it.subject, role=it.role, target=it.target, arn=it.arn, origin=it.origin, words={**it.words, **words}
    )


@finder("state-machine-call")
def state_machine_calls(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Calls that the states of a machine make."""
    for subject in meant(graph, line):
        try:
            body = document(subject.data.get("definition"))
        except UndecidedError:
            continue
        roles = roles_at(graph, subject, "roleArn")
        for action, value in sorted(set(_calls(body))):
            named = graph.named(value, *line.types) if value else []
            for role in roles:
                if named or value.startswith("arn:"):
                    target = named[0] if named else None
                    yield Occurrence(
                        subject=subject, role=role, target=target, arn=value, actions=(action,), words={"call": action}
                    )
                else:
                    yield _call(graph, subject, role, action)


def _calls(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _calls(item)
    if not isinstance(value, dict):
        return
    resource = value.get("Resource") if value.get("Type") == "Task" else None
    if isinstance(resource, str):
        yield from _task(resource, value.get("Parameters") or value.get("Arguments") or {})
    for item in value.values():
        yield from _calls(item)


def _task(resource: str, parameters: Any) -> Iterator[tuple[str, str]]:
    """The action of a task state, and the resource as far as its parameters say it."""
    if ":lambda:" in resource and ":function:" in resource:
        yield "lambda:InvokeFunction", resource
        return
    if match := _SDK.match(resource):
        yield f"{_prefix(match['service'])}:{match['call'][:1].upper()}{match['call'][1:]}", ""
    elif match := _OPTIMISED.match(resource):
        action, path = _CALLS.get(f"{match['service']}:{match['call']}".lower(), ("", ""))
        value = parameters.get(path) if isinstance(parameters, dict) else None
        if action:
            yield action, value.removesuffix(":$LATEST") if isinstance(value, str) else ""


@finder("role-of")
def role_of(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """The role that a resource names, to be taken on by a service."""
    for subject in meant(graph, line):
        for path in (line.role, *line.paths):
            for role in roles_at(graph, subject, path) if path else ():
                if role is not None and role.token == ROLE:
                    yield Occurrence(subject=subject, role=role, target=role)


@finder("machine-key")
def machine_key(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """A state machine that is encrypted with a key of its own, as what its role uses the key for."""
    for subject in meant(graph, line):
        for role in roles_at(graph, subject, line.role):
            yield Occurrence(subject=subject, role=role, key_of=subject)


@finder("subscription")
def subscription(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """What a topic sends to, with the topic's ARN."""
    for it in by_property(graph, line):
        value = it.subject.data.get("topic")
        yield _with(it, {"topic.arn": value if isinstance(value, str) else ""})


@finder("notification")
def notification(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """What a bucket tells, with the bucket's ARN."""
    facts = graph.derived(Facts)
    for it in by_property(graph, line):
        buckets = graph.targets(it.subject, "bucket", BUCKET)
        value = it.subject.data.get("bucket")
        arn = facts.arn(buckets[0]) if buckets else ""
        if not arn and isinstance(value, str):
            arn = f"arn:{facts.partition}:s3:::{value}"
        yield _with(it, {"bucket.arn": arn})


@finder("event-target-role")
def event_target_role(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """The role of a rule's target, to be taken on, with the rule's ARN."""
    for it in role_of(graph, line):
        yield _with(it, {"rule.arn": rule_arn(graph, it.subject)})


@finder("machine-service-key")
def machine_service_key(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """A state machine that is encrypted, as what a service uses its key for."""
    yield from (Occurrence(subject=subject, key_of=subject) for subject in meant(graph, line))
