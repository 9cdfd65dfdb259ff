"""The price table, and its refresh from the price list's own format."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from aws_facts import prices
from aws_facts.prices import Prices
from devtools import price_list
from saleday.__main__ import main


def product(sku: str, usage: str, **attributes: str) -> dict[str, Any]:
    return {sku: {"sku": sku, "productFamily": "Compute", "attributes": {"usagetype": usage, **attributes}}}


def term(sku: str, *tiers: tuple[str, str]) -> dict[str, Any]:
    dimensions = {
        f"{sku}.JRTCKXETXF.{number}": {"unit": "hours", "beginRange": begin, "pricePerUnit": {"USD": value}}
        for number, (begin, value) in enumerate(tiers)
    }
    return {sku: {f"{sku}.JRTCKXETXF": {"offerTermCode": "JRTCKXETXF", "priceDimensions": dimensions}}}


FARGATE = {"title": "Fargate", "unit": "vCPU-hour", "offer": "AmazonECS", "usage": "Fargate-ARM-vCPU-Hours:perCPU"}


def test_a_usage_type_is_found_with_and_without_its_regions_code():
    for usage in ("APS3-Fargate-ARM-vCPU-Hours:perCPU", "Fargate-ARM-vCPU-Hours:perCPU"):
        offer = {"products": product("A", usage), "terms": {"OnDemand": term("A", ("0", "0.0238400000"))}}
        assert price_list.price_in(offer, FARGATE) == 0.02384


def test_a_longer_usage_type_that_ends_alike_is_another_one():
    offer = {
        "products": product("A", "APS3-SpotFargate-ARM-vCPU-Hours:perCPU"),
        "terms": {"OnDemand": term("A", ("0", "1"))},
    }
    assert price_list.price_in(offer, FARGATE) is None


def test_of_tiers_the_first_counts_and_free_ones_do_not():
    offer = {
        "products": product("A", "APS3-Requests-Tier1", queueType="Standard"),
        "terms": {"OnDemand": term("A", ("0", "0.0000004"), ("1000000", "0.0000003"))},
    }
    item = {"usage": "Requests-Tier1", "attributes": {"queueType": "Standard"}}
    assert price_list.price_in(offer, item) == 4e-7
    item = {"usage": "Requests-Tier1", "attributes": {"queueType": "FIFO"}}
    assert price_list.price_in(offer, item) is None, "another kind of queue"


def test_prices_that_contradict_each_other_are_none():
    products = product("A", "APS3-X") | product("B", "USE1-X")
    offer = {"products": products, "terms": {"OnDemand": term("A", ("0", "1")) | term("B", ("0", "2"))}}
    assert price_list.price_in(offer, {"usage": "X"}) is None


def table() -> dict[str, Any]:
    kept = {
        "title": "NAT",
        "unit": "hour",
        "prices": {"ap-south-1": {"value": 0.056, "grade": "R", "date": "2026-11", "source": "made"}},
    }
    return {
        "date": "2026-11",
        "currency": "USD",
        "sources": {"made": "by hand"},
        "items": {"fargateArmVcpuHour": FARGATE | {"prices": {}}, "natHour": kept},
        "discounts": [],
    }


def ecs(_: str, __: str) -> dict[str, Any]:
    return {
        "products": product("A", "APS3-Fargate-ARM-vCPU-Hours:perCPU"),
        "terms": {"OnDemand": term("A", ("0", "0.024"))},
    }


def test_a_refresh_dates_what_it_finds_and_says_what_it_leaves():
    new, notes = price_list.refreshed(table(), ["ap-south-1"], ecs, date(2027, 1, 2))
    found = new["items"]["fargateArmVcpuHour"]["prices"]["ap-south-1"]
    assert found == {"value": 0.024, "grade": "A", "date": "2027-01-02", "source": "priceList"}
    assert new["items"]["natHour"] == table()["items"]["natHour"]
    assert any("not priced → 0.024" in note for note in notes)
    assert any("natHour" in note for note in notes)


def test_the_command_writes_the_table(tmp_path, capsys):
    path = tmp_path / "prices.json"
    path.write_text(price_list.written(table()))
    price_list.refresh(["ap-south-1"], print, get=ecs, path=path)
    assert json.loads(path.read_text())["items"]["fargateArmVcpuHour"]["prices"]["ap-south-1"]["value"] == 0.024
    assert "reading AmazonECS of ap-south-1" in capsys.readouterr().out


def test_without_a_network_one_line_is_said_and_nothing_is_changed(tmp_path, capsys, monkeypatch):
    path = tmp_path / "prices.json"
    path.write_text(price_list.written(table()))
    before = path.read_bytes()

    def refuse(*_: object, **__: object) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setattr(price_list, "TABLE", path)
    assert main(["prices", "--region", "ap-south-1"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "nothing was changed" in told
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path], "no draft is left"


def test_an_unknown_region_is_refused_in_one_line(capsys):
    assert main(["prices", "--region", "mars-north-1"]) == 1
    assert capsys.readouterr().err == "REGION: there is no such region (got mars-north-1); use one such as ap-south-1\n"


# The table that is shipped


def test_every_shipped_price_has_a_unit_a_grade_and_a_date():
    for name, item in prices.read()["items"].items():
        assert item["unit"], name
        for region, price in item["prices"].items():
            assert price["value"] > 0, f"{name} in {region}: what has no price is left out, never 0"
            assert price["grade"] in ("A", "R", "S"), name
            assert date.fromisoformat(f"{price['date']}-01"[:10])


def test_what_has_no_price_in_a_region_is_none_and_not_zero():
    assert Prices(region="ap-south-1").find("rdsProxyAcuHour") is None
    assert Prices(region="us-east-1").find("rdsProxyAcuHour") is not None
    assert Prices(region="eu-north-1").task_hour(1024, 2048) is None


def test_what_the_settings_say_goes_before_the_table():
    own = Prices(region="ap-south-1", own={"acuHour": 0.2}).find("acuHour")
    assert own is not None
    assert (own.value, own.grade) == (0.2, "U")


def test_a_task_costs_its_vcpu_and_its_memory():
    assert Prices(region="ap-south-1").task_hour(1024, 2048) == pytest.approx(0.02384 + 2 * 0.00261)


def test_a_commitment_breaks_even_when_on_demand_would_have_cost_as_much():
    one = next(one for one in Prices(region="ap-south-1").discounts("cache") if one.months == 36)
    assert one.break_even_months == pytest.approx(36 * 0.45)
    assert one.break_even_share == pytest.approx(0.45)


def test_every_shipped_price_names_a_source_that_the_table_has():
    table = prices.read()
    named = {price["source"] for item in table["items"].values() for price in item["prices"].values()}
    assert named <= set(table["sources"])
    assert set(table["sources"]) - named == set(), "a source that nothing comes from"
