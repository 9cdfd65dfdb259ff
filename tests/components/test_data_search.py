"""OpenSearch domains: who gets in, what they may do there, and what watches them."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from components.stores.contract import Use
from components.stores.search import SearchHandle
from components.stores.search.monitoring import search_alarms
from devtools.recording.recorded import Resource
from specs.stores.search import searches_per_second
from tests.components.data_tier import ZONES, Built, build
from tests.components.shared import DATA_KEY

ARN = "arn:aws:es:ap-south-1:123456789012:domain/saleday-dev-products"


def domain(**fields: Any) -> Built:
    data = {"search": [{"name": "products"} | fields]}
    users = {"search": {"products": {"cart": "read", "catalog": "readWrite"}}}
    return build(data, users=users)


def of(built: Built) -> Resource:
    return built.one("opensearch/domain:Domain")


def handle(**fields: Any) -> SearchHandle:
    unused = cast(Any, None)
    settings: dict[str, Any] = {"nodes": 3, "storage_gb": 20} | fields
    return SearchHandle(
        name="products",
        arn=ARN,
        endpoint=unused,
        security_group_id=unused,
        physical_name="saleday-dev-products",
        account_id="123456789012",
        **settings,
    )


def test_a_domain_is_encrypted_and_takes_https_alone() -> None:
    inputs = of(domain()).inputs
    assert inputs["encryptAtRest"] == {"enabled": True, "kmsKeyId": DATA_KEY}
    assert inputs["nodeToNodeEncryption"] == {"enabled": True}
    assert inputs["domainEndpointOptions"]["enforceHttps"] is True
    assert inputs["domainEndpointOptions"]["tlsSecurityPolicy"].startswith("Policy-Min-TLS-1-2")


def test_nobody_signs_in_with_a_password() -> None:
    security = of(domain()).inputs["advancedSecurityOptions"]
    assert security["enabled"] is True
    assert security["internalUserDatabaseEnabled"] is False
    assert set(security["masterUserOptions"]) == {"masterUserArn"}


@pytest.mark.parametrize(("zones", "nodes"), [(1, 2), (2, 4), (3, 6)])
def test_nodes_are_spread_evenly_over_the_zones(zones: int, nodes: int) -> None:
    built = build({"search": [{"name": "products", "nodesPerZone": 2}]}, zones=ZONES[:zones])
    inputs = of(built).inputs
    assert inputs["clusterConfig"]["instanceCount"] == nodes
    assert len(inputs["vpcOptions"]["subnetIds"]) == zones
    assert inputs["clusterConfig"]["zoneAwarenessEnabled"] is (zones > 1)


def test_the_function_grants_each_service_its_own_access() -> None:
    called = domain().one("lambda/invocation:Invocation")
    granted = json.loads(called.inputs["input"])
    assert [arn.rpartition("/")[2] for arn in granted["read"]] == ["saleday-dev-cart-task", "saleday-dev-cart-pods"]
    assert {arn.rpartition("/")[2] for arn in granted["readWrite"]} == {
        "saleday-dev-catalog-task",
        "saleday-dev-catalog-pods",
    }


def test_the_linked_role_is_made_only_where_the_account_lacks_it() -> None:
    settings = {"search": [{"name": "products"}]}
    assert build(settings).of("iam/serviceLinkedRole:ServiceLinkedRole") == []
    (role,) = build(settings, account={"searchRole": "create"}).of("iam/serviceLinkedRole:ServiceLinkedRole")
    assert role.inputs["awsServiceName"] == "opensearchservice.amazonaws.com"
    assert role.urn in build(settings, account={"searchRole": "create"}).one("opensearch/domain:Domain").dependencies


def test_without_a_domain_there_is_nothing_of_it() -> None:
    built = build({})
    assert [one.name for one in built.recorded.resources if "search" in one.name] == []


def test_reading_allows_searches_and_no_changes() -> None:
    statements = handle().statements(Use(workload="cart", store="products", access="read"))
    changes = [one for one in statements if set(one["Action"]) - {"es:ESHttpGet", "es:ESHttpHead"}]
    assert [one["Action"] for one in changes] == [["es:ESHttpPost"]]
    assert all(path.endswith(("_search", "_msearch", "_count")) for path in changes[0]["Resource"])


def test_writing_is_bound_to_the_one_domain() -> None:
    statements = handle().statements(Use(workload="catalog", store="products", access="readWrite"))
    assert {path for one in statements for path in one["Resource"]} == {f"{ARN}/*"}
    assert "es:ESHttpDelete" in {action for one in statements for action in one["Action"]}


def test_alarms_follow_the_domains_size() -> None:
    alarms = {alarm.name: alarm for alarm in search_alarms(handle(storage_gb=100, nodes=6))}
    assert alarms["search-products-storage"].threshold == 25 * 1024, "a quarter of the volume, in MiB"
    assert alarms["search-products-nodes"].threshold == 6
    assert "search-products-manager-cpu" not in alarms
    assert "search-products-manager-cpu" in {alarm.name for alarm in search_alarms(handle(has_managers=True))}


@pytest.mark.parametrize(
    ("node_type", "searches"),
    [("m6g.large.search", 100), ("r6g.xlarge.search", 200), ("c6g.4xlarge.search", 800), ("t3.small.search", 10)],
)
def test_larger_nodes_answer_more_searches(node_type: str, searches: float) -> None:
    assert searches_per_second(node_type) == searches
