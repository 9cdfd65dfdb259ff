"""Stores: proxies to secrets, backups, origins, and keys of clusters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...graph import Graph
from ...resource import Resource
from ...tokens import BUCKET
from ..lines import Line
from ..managed_secrets import owner, tags_of
from .finder import Occurrence, finder
from .properties import by_property, meant


@finder("proxy-secret")
def proxy_secrets(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Secrets of a proxy, those that RDS manages among them."""
    for it in by_property(graph, line):
        cluster = owner(graph, it.arn)
        yield it if cluster is None else replace(it, key_of=cluster, context=tags_of(graph, cluster))


@finder("backup-arn")
def backup_arns(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """What is backed up, by its ARN."""
    yield from by_property(graph, line)


@finder("origin-bucket")
def origin_buckets(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Buckets that a distribution reads under an origin access control."""
    for subject in meant(graph, line):
        for bucket in graph.targets(subject, "origins.domainName", BUCKET):
            if any(_signs(origin) for origin in _origins(subject, bucket)):
                yield Occurrence(subject=subject, target=bucket)


def _origins(subject: Resource, bucket: Resource) -> list[dict[str, object]]:
    found = subject.data.get("origins")
    names = {bucket.outputs.get(name) for name in ("bucketRegionalDomainName", "bucketDomainName")}
    origins = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    return [item for item in origins if item.get("domainName") in names] or origins


def _signs(origin: dict[str, object]) -> bool:
    return bool(origin.get("originAccessControlId"))


@finder("fargate-key")
def fargate_key(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """A cluster whose tasks' storage has a key of its own."""
    for subject in meant(graph, line):
        if subject.present("configuration.managedStorageConfiguration.fargateEphemeralStorageKmsKeyId"):
            yield Occurrence(subject=subject, key_of=subject)
