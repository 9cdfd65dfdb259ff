"""A bus and a table for orders in Moto."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.functions.order_world import Shop


@pytest.fixture(scope="module")
def clients() -> Iterator[tuple[Any, Any]]:
    with mock_aws():
        dynamodb = boto3.client("dynamodb", region_name="ap-south-1")
        events = boto3.client("events", region_name="ap-south-1")
        events.create_event_bus(Name="orders")
        yield dynamodb, events


@pytest.fixture
def shop(clients: tuple[Any, Any]) -> Shop:
    return Shop(*clients)
