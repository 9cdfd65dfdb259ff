"""What a stack may not say of its data."""

from __future__ import annotations

from typing import Any

import pytest

import settings
from tests.configuration import small_shop

ORDERS = {"name": "orders", "engine": "aurora-postgresql", "databaseName": "ordersdb"}
CARTS: dict[str, Any] = {"name": "carts", "hashKey": {"name": "id"}}


def refusal(**changes: object) -> str:
    with pytest.raises(ValueError, match=r"\(got .*\)") as caught:
        settings.parse("saleday", "dev", small_shop(**changes))
    assert "\n" not in str(caught.value), "one line, whatever is wrong"
    return str(caught.value)


@pytest.mark.parametrize(
    ("engine", "version"),
    [
        ("aurora-postgresql", "8.0.mysql_aurora.3.10.4"),
        ("aurora-postgresql", "latest"),
        ("aurora-mysql", "3.10.4"),
    ],
)
def test_a_version_of_another_engine_is_refused(engine: str, version: str) -> None:
    line = refusal(data={"databases": [ORDERS | {"engine": engine, "engineVersion": version}]})
    assert line.startswith(
        f"saleday:data.databases[orders]: engineVersion must be a version of {engine} (got {version})"
    )


@pytest.mark.parametrize("version", ["16.8", "17", "16.4.1"])
def test_versions_as_aurora_writes_them_are_accepted(version: str) -> None:
    shop = settings.parse("saleday", "dev", small_shop(data={"databases": [ORDERS | {"engineVersion": version}]}))
    assert shop.data.databases[0].engine_version == version


def test_an_attribute_of_two_types_is_refused() -> None:
    index = {"name": "byId", "hashKey": {"name": "id", "type": "N"}}
    line = refusal(data={"tables": [CARTS | {"indexes": [index]}]})
    assert line.startswith("saleday:data.tables[carts]: an attribute has one type")


def test_a_key_of_one_attribute_twice_is_refused() -> None:
    line = refusal(data={"tables": [CARTS | {"rangeKey": {"name": "id"}}]})
    assert line.startswith(
        "saleday:data.tables[carts]: hashKey and rangeKey must be different attributes (got id twice)"
    )


def test_two_indexes_of_one_name_are_refused() -> None:
    index = {"name": "byCustomer", "hashKey": {"name": "customer"}}
    line = refusal(data={"tables": [CARTS | {"indexes": [index, index]}]})
    assert "indexes must have different names (got byCustomer 2 times)" in line


def test_a_minimum_above_the_maximum_of_a_serverless_cache_is_refused() -> None:
    line = refusal(data={"caches": [{"name": "sessions", "serverless": {"minEcpu": 2000, "maxEcpu": 1000}}]})
    assert line.startswith("saleday:data.caches[sessions].serverless: minEcpu must not exceed maxEcpu (got 2000, 1000)")


def test_media_may_not_take_the_place_of_the_logs() -> None:
    assert refusal(data={"media": {"name": "logs"}}).startswith("saleday:data.media.name: logs is the bucket")


def test_a_database_in_one_zone_is_refused() -> None:
    line = refusal(data={"databases": [ORDERS]}, network={"zones": ["a"]})
    assert line.startswith("saleday:network.zones: a database needs subnets in 2 zones (got 1: a)")


@pytest.mark.parametrize("capacity", [{}, {"serverless": {"maxAcu": 8}}])
def test_readers_that_scale_are_refused_on_serverless_v2(capacity: dict[str, Any]) -> None:
    """Aurora user guide, "Requirements and limitations for Aurora Serverless v2"."""
    line = refusal(data={"databases": [ORDERS | capacity | {"readerScaling": {"max": 4}}]})
    assert line.startswith("saleday:data.databases[orders]: readerScaling is for provisioned databases")
    assert line.endswith("(got readers up to 4); set readers and serverless.maxAcu instead, or provisioned")
