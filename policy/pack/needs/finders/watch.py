"""What writes logs and records to buckets and log groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...graph import Graph
from ...resource import Resource
from ...tokens import BUCKET, KEY, LOG_GROUP, ROLE
from ..facts import Facts
from ..lines import Line
from .finder import Occurrence, finder
from .properties import by_property, meant, roles_at, things

RECORDER = "aws:cfg/recorder:Recorder"
BUCKET_ACL = "aws:s3/bucketAcl:BucketAcl"
SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
DESTINATION = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"


@finder("trail-log")
def trail_log(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """A trail's log group, which is named with `:*` at its end."""
    facts = graph.derived(Facts)
    groups = {facts.arn(group): group for group in graph.of(LOG_GROUP)}
    for subject in meant(graph, line):
        value = subject.data.get(line.paths[0])
        named = groups.get(value.removesuffix(":*")) if isinstance(value, str) else None
        found = [named] if named else graph.targets(subject, line.paths[0], LOG_GROUP)
        for role in roles_at(graph, subject, line.role):
            yield from (Occurrence(subject=subject, role=role, target=group, arn="?") for group in found)


@finder("config-channel")
def config_channel(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """The bucket of a delivery channel, by the recorder's role."""
    for subject in meant(graph, line):
        for role in _recorders(graph):
            for target, value in things(graph, subject, line):
                yield Occurrence(subject=subject, role=role, target=target, arn=value)


@finder("config-key")
def config_key(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """The key of a delivery channel."""
    for subject in meant(graph, line):
        if graph.targets(subject, "s3KmsKeyArn", KEY):
            yield from (Occurrence(subject=subject, role=role, key_of=subject) for role in _recorders(graph))


def _recorders(graph: Graph) -> Iterator[Resource]:
    for recorder in graph.of(RECORDER):
        yield from graph.targets(recorder, "roleArn", ROLE)


@finder("bucket-logging")
def bucket_logging(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """A bucket's access log: from which bucket, and under which prefix."""
    facts = graph.derived(Facts)
    for it in by_property(graph, line):
        source = graph.targets(it.subject, "bucket", BUCKET)
        if it.target is not None and _has_acl(graph, it.target):
            continue  # an ACL lets the log delivery group write without a policy
        prefix = it.subject.data.get("targetPrefix")
        words = {
            "bucket.arn": facts.arn(source[0]) if source else "",
            "prefix": prefix if isinstance(prefix, str) else "",
        }
        yield replace(it, words=words)


def _has_acl(graph: Graph, bucket: Resource) -> bool:
    return bucket.present("acl") or bucket.present("grants") or bool(graph.companions(bucket, "bucket", BUCKET_ACL))


@finder("balancer-logs")
def balancer_logs(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """A load balancer's access log, with its prefix."""
    for it in by_property(graph, line):
        if it.subject.data.get("loadBalancerType") in ("network", "gateway"):
            continue
        prefix = it.subject.raw("accessLogs.prefix")
        yield replace(it, words={"prefix": f"{prefix}/" if isinstance(prefix, str) and prefix else ""})


@finder("log-delivery")
def log_delivery(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """A delivery of vended logs: its source, and the bucket that its destination names."""
    facts = graph.derived(Facts)
    for subject in meant(graph, line):
        sources = graph.targets(subject, "deliverySourceName", SOURCE)
        source = facts.arn(sources[0]) if sources else ""
        for destination in graph.targets(subject, "deliveryDestinationArn", DESTINATION):
            value = destination.raw("deliveryDestinationConfiguration.destinationResourceArn")
            if not isinstance(value, str) or ":s3:::" not in value:
                continue
            name, _, prefix = value.split(":::", 1)[1].partition("/")
            for bucket in graph.named(name, BUCKET):
                words = {"source.arn": source, "prefix": f"{prefix}/" if prefix else ""}
                yield Occurrence(subject=subject, target=bucket, words=words)


@finder("window-task")
def window_task(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """The document that a maintenance window runs."""
    for it in by_property(graph, line):
        value = it.subject.data.get("taskArn")
        if isinstance(value, str) and value.startswith("AWS-"):
            yield replace(it, words={"document": value}, arn="?")
