"""DynamoDB tables of the data tier."""

from __future__ import annotations

from typing import Any

from tests.components.data_tier import Built, build, small
from tests.components.shared import DATA_KEY

TABLE = "dynamodb/table:Table"


def table(*, production: bool = False, **fields: Any) -> Built:
    return build({"tables": [{"name": "carts", "hashKey": {"name": "id"}} | fields]}, production=production)


def test_a_table_is_encrypted_recoverable_and_on_demand() -> None:
    inputs = table(recoveryDays=7).one(TABLE).inputs
    assert inputs["billingMode"] == "PAY_PER_REQUEST"
    assert inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": DATA_KEY}
    assert inputs["pointInTimeRecovery"] == {"enabled": True, "recoveryPeriodInDays": 7}


def test_only_production_protects_tables_from_deletion() -> None:
    assert small(production=True).one(TABLE).inputs["deletionProtectionEnabled"] is True
    assert small().one(TABLE).inputs["deletionProtectionEnabled"] is False


def test_attributes_are_the_keys_and_nothing_else() -> None:
    built = table(
        rangeKey={"name": "line", "type": "N"},
        indexes=[{"name": "byCustomer", "hashKey": {"name": "customer"}, "rangeKey": {"name": "id"}}],
    )
    inputs = built.one(TABLE).inputs
    assert {item["name"]: item["type"] for item in inputs["attributes"]} == {"customer": "S", "id": "S", "line": "N"}, (
        "DynamoDB refuses an attribute that no key uses, and a second one of the same name"
    )
    assert (inputs["hashKey"], inputs["rangeKey"]) == ("id", "line")
    (index,) = inputs["globalSecondaryIndexes"]
    assert index["projectionType"] == "ALL"
    assert [(key["attributeName"], key["keyType"]) for key in index["keySchemas"]] == [
        ("customer", "HASH"),
        ("id", "RANGE"),
    ]


def test_items_expire_only_where_an_attribute_says_when() -> None:
    assert "ttl" not in small().one(TABLE).inputs
    assert table(ttlAttribute="until").one(TABLE).inputs["ttl"] == {"attributeName": "until", "enabled": True}


def test_a_table_streams_as_the_settings_say() -> None:
    inputs = small().one(TABLE).inputs
    assert (inputs["streamEnabled"], inputs["streamViewType"]) == (True, "NEW_AND_OLD_IMAGES")
    silent = table(stream=None).one(TABLE).inputs
    assert silent["streamEnabled"] is False
    assert "streamViewType" not in silent


def test_hot_keys_are_named_in_production_for_the_table_and_each_index() -> None:
    token = "dynamodb/contributorInsights:ContributorInsights"
    index = {"name": "byCustomer", "hashKey": {"name": "customer"}}
    insights = table(production=True, indexes=[index]).of(token)
    assert {one.inputs.get("indexName") for one in insights} == {None, "byCustomer"}
    assert {one.inputs["mode"] for one in insights} == {"THROTTLED_KEYS"}, "the other mode charges for every request"
    assert table(indexes=[index]).of(token) == [], "development has no hot keys"


def test_a_tables_handle_is_known_before_the_table() -> None:
    handle = table(indexes=[{"name": "byCustomer", "hashKey": {"name": "customer"}}]).handles["tables.carts"]
    assert handle["arn"] == "arn:aws:dynamodb:ap-south-1:123456789012:table/saleday-dev-carts"
    assert handle["table_name"] == "saleday-dev-carts"
    assert (handle["has_indexes"], handle["index_names"]) == (True, ("byCustomer",))
