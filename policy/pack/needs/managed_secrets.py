"""Secrets that RDS makes for the master user of a cluster, which no program declares."""

from __future__ import annotations

from ..graph import Graph
from ..resource import Resource
from ..tokens import RDS_CLUSTER, RDS_INSTANCE


def owner(graph: Graph, arn: str) -> Resource | None:
    """The cluster or instance whose secret this is."""
    return graph.derived(_owners).get(arn)


def _owners(graph: Graph) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for it in graph.of(RDS_CLUSTER, RDS_INSTANCE):
        for item in it.outputs.get("masterUserSecrets") or ():
            if isinstance(item, dict) and isinstance(item.get("secretArn"), str):
                found[item["secretArn"]] = it
    return found


def tags_of(graph: Graph, cluster: Resource) -> dict[str, tuple[str, ...] | None]:
    """The tags that RDS gives the secret, as condition keys. Source: RDS User Guide, password management with Secrets
    Manager: `aws:rds:primaryDBClusterArn`, `aws:secretsmanager:owningService`."""
    arn = cluster.outputs.get("arn")
    kind = "primarydbclusterarn" if cluster.token == RDS_CLUSTER else "primarydbinstancearn"
    found: dict[str, tuple[str, ...] | None] = {}
    for start in ("aws:resourcetag/", "secretsmanager:resourcetag/"):
        found[f"{start}aws:secretsmanager:owningservice"] = ("rds",)
        if isinstance(arn, str):
            found[f"{start}aws:rds:{kind}"] = (arn,)
    return found
