"""What grows with the shop: many services, tables and queues fit an account, or are told in one line a quota."""

from __future__ import annotations

import copy
import functools
import json
from typing import Any

import pytest

from devtools.recording.programs import recorded, run, stack_values
from devtools.recording.recorded import Recorded
from devtools.recording.state import exported
from policy.pack.graph import Graph
from policy.pack.judge import Judge
from policy.pack.registry import BY_NAME
from policy.pack.stacks import parse
from policy.pack.verdict import judge_stack

IMAGE = "public.ecr.aws/aws-containers/retail-store-sample-catalog:1.6.2"
DOCUMENTS = {"policy", "assumeRolePolicy", "policyDocument", "eventPattern"}
MANY = 45
"""Services of a shop that still fits a new account."""


def services(count: int) -> dict[str, Any]:
    """Settings of prod with so many services, all called by the first, and each with a pipeline."""
    values = copy.deepcopy(stack_values("prod"))
    own = values["saleday:services"]
    names = [f"svc{number:03d}" for number in range(count - len(own))]
    own[0]["calls"] = [*own[0].get("calls", ()), *names]
    own += [{"name": name, "image": IMAGE, "cpu": 256, "memory": 512} for name in names]
    delivered = values["saleday:delivery"]["services"]
    delivered += [{**delivered[0], "name": name} for name in names]
    return {name: values[name] for name in ("saleday:services", "saleday:delivery")}


def stores(tables: int, queues: int) -> dict[str, Any]:
    """Settings of dev with so many more tables and queues, all used by the first service."""
    values = copy.deepcopy(stack_values("dev"))
    data, first = values["saleday:data"], values["saleday:services"][0]
    uses = first.setdefault("uses", {})
    for number in range(tables):
        data["tables"].append({"name": f"table{number}", "hashKey": {"name": "id"}})
        uses.setdefault("tables", {})[f"table{number}"] = "readWrite"
    for number in range(queues):
        data["queues"].append({"name": f"queue{number}"})
        uses.setdefault("queues", {})[f"queue{number}"] = "send"
    return {name: values[name] for name in ("saleday:services", "saleday:data")}


@functools.cache
def large_shop(count: int = MANY) -> Recorded:
    return run("prod", services(count))


def told(program: Recorded) -> list[str]:
    stack = parse(json.dumps(exported(program, "prod")))
    return [one.message for one in judge_stack(stack, [BY_NAME["account-limits"]], Judge()).violations]


@pytest.mark.thorough
def test_a_shop_of_many_services_fits_an_account() -> None:
    assert told(large_shop()) == []


@pytest.mark.parametrize("count", [8, pytest.param(MANY, marks=pytest.mark.thorough)])
def test_no_document_grows_with_the_services(count: int) -> None:
    shops = (recorded("prod"), large_shop(count))
    few, many = ({(one.token, one.name): one.inputs for one in shop.resources} for shop in shops)
    grown = [
        f"{name}: {property_}"
        for (token, name), inputs in few.items()
        for property_ in DOCUMENTS & inputs.keys()
        if len(str(many[token, name][property_])) > len(str(inputs[property_]))
    ]
    assert grown == []


def test_too_much_is_told_in_one_line_a_quota() -> None:
    lines = told(run("dev", stores(60, 60)))
    assert lines, "sixty tables and queues of one service outgrow the documents of its role"
    for line in lines:
        assert "\n" not in line
        assert "at most" in line
    assert len(lines) == len({line.split(" takes ")[0].split(": ")[2] for line in lines})


@pytest.mark.thorough
def test_the_account_is_asked_for_what_many_services_need() -> None:
    graph = Graph(parse(json.dumps(exported(large_shop(), "prod"))).resources)
    requests = {
        one.text("quotaCode"): one.number("value") for one in graph.of("aws:servicequotas/serviceQuota:ServiceQuota")
    }
    assert (requests["L-3032A538"] or 0) >= 90
