"""Settings of OpenSearch domains, and what the rest of the program asks of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from aws_facts.instance_types import TYPES
from aws_facts.prices import HOURS
from specs.base import NAME, Spec
from specs.forms import Form, OneOf
from specs.stores.contract import Charge, Fleet, Load, StoreKind

SearchAccess = Literal["read", "readWrite"]

PORT: Final = 443
MAX_ZONES: Final = 3  # that a domain's nodes are spread over (OpenSearch Service developer guide, "Multi-AZ domains")
MANAGERS: Final = 3  # dedicated cluster managers: the number that AWS recommends
# CPU above which AWS alarms (OpenSearch Service developer guide, "Recommended CloudWatch alarms"): taken as the target.
TARGET: Final = 0.8
SEARCHES_PER_VCPU: Final = 50.0
"""A second, at the target of use. An estimate: AWS names no rate, as hardware requirements "vary dramatically by
workload" (OpenSearch Service developer guide, "Choosing instance types and testing"): load-test your own."""
SEARCH_SECONDS: Final = TARGET / SEARCHES_PER_VCPU  # a vCPU's share of a second that one search takes
QUEUE: Final = 1000  # searches that wait at a node (thread pool `search`, OpenSearch's documentation)
BURSTING: Final = 0.1  # share of it that a burstable node (t3) keeps up; an estimate
_TYPE: Final = re.compile(r"^([a-z])[a-z0-9]*\.(?:(\d*)xlarge|medium|small|large)\.search$")

# What a domain's name allows, 28 characters, less a prefix of 16 and the hyphen behind it (CreateDomain, `DomainName`).
DomainName = Annotated[str, Field(min_length=2, max_length=11), NAME]
NodeType = Annotated[str, OneOf("a type of OpenSearch's nodes", TYPES["search"])]
# Versions that the service offers (OpenSearch Service developer guide, "Supported versions of OpenSearch").
EngineVersion = Annotated[
    str,
    Form("a version that AWS offers", "OpenSearch_2.19", r"OpenSearch_(?:1\.[0-3]|2\.(?:[3579]|1[13579])|3\.[1-9])"),
]
_MAX_STORAGE: Final = {"t3.small.search": 100, "t3.medium.search": 200}  # GiB of a node (the same guide, quotas)


class SearchDomain(Spec):
    """One OpenSearch domain in the data subnets; its nodes are spread over up to three zones."""

    name: DomainName
    """Name in services' `uses` and in the physical name; at most 11 characters, as domains have short names."""
    engine_version: EngineVersion = "OpenSearch_2.19"
    """Version of OpenSearch, for example `OpenSearch_2.19`."""
    node_type: NodeType = "m6g.large.search"
    """Type of the data nodes."""
    nodes_per_zone: Annotated[int, Field(ge=1, le=26)] = 1
    """Data nodes in each zone. Replicas of shards are in another zone than the shards."""
    manager_type: NodeType | None = None
    """Type of three dedicated cluster managers, which AWS recommends in production. Default: none, data nodes manage
    the cluster as well."""
    storage_gb: Annotated[int, Field(ge=10, le=16_384)] = 20
    """Volume (gp3) of each data node, in GiB."""

    @model_validator(mode="after")
    def _node_takes_the_volume(self) -> SearchDomain:
        most = _MAX_STORAGE.get(self.node_type)
        if most is not None and self.storage_gb > most:
            raise ValueError(f"storageGb is at most {most} with {self.node_type} (got {self.storage_gb}); lower it")
        return self


def zones(count: int) -> int:
    """Zones that a domain is spread over in a stack of `count` zones."""
    return min(count, MAX_ZONES)


def searches_per_second(node_type: str) -> float:
    """Searches that one data node answers in a second, at its target of use; unknown sizes count as two vCPU."""
    match = _TYPE.match(node_type)
    vcpu = 2 if match is None or match[2] is None else 4 * int(match[2] or 1)
    return vcpu * SEARCHES_PER_VCPU * (BURSTING if match is not None and match[1] == "t" else 1)


def _charges(inputs: Mapping[str, Any]) -> Iterator[Charge]:
    cluster, volumes = inputs.get("clusterConfig") or {}, inputs.get("ebsOptions") or {}
    count, kind = int(cluster.get("instanceCount") or 1), str(cluster.get("instanceType"))
    nodes = {kind: count}
    if cluster.get("dedicatedMasterEnabled"):
        manager = str(cluster.get("dedicatedMasterType"))
        nodes[manager] = nodes.get(manager, 0) + int(cluster.get("dedicatedMasterCount") or MANAGERS)
    for one, number in nodes.items():
        what = f"{number} node{'s' if number > 1 else ''} of {one}"
        yield Charge(service="OpenSearch", what=what, quantity=number * HOURS, item=f"{one}Hour", unit="hour")
    stored = count * float(volumes.get("volumeSize") or 0)
    yield Charge(
        service="OpenSearch", what="volumes of the nodes", quantity=stored, item="searchGbMonth", unit="GB-month"
    )


SEARCH: Final = StoreKind[SearchDomain](
    name="search",
    field="search",
    attributes=frozenset({"endpoint"}),
    ports=lambda _: (PORT,),
    load=Load(
        what="searches",
        per_request="searches_per_request",
        fleet=Fleet(
            token="aws:opensearch/domain:Domain",
            name_path="domainName",
            count_path="clusterConfig.instanceCount",
            type_path="clusterConfig.instanceType",
            node_type=lambda domain: domain.node_type,
            count=lambda domain, count: domain.nodes_per_zone * zones(count),
            per_node=searches_per_second,
            setting="nodesPerZone",
            target=TARGET,
            seconds=SEARCH_SECONDS,
            queue=QUEUE,
        ),
    ),
    charges={"opensearch.Domain": _charges},
)
