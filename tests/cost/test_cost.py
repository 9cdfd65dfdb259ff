"""The bill of a stack from the resources it registers, and what a change adds to it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from aws_facts.prices import HOURS, Prices
from cost.bill import of_events
from cost.commitments import options
from cost.graph import Node, nodes
from cost.report import as_json, difference, difference_text, text
from cost.rules import monthly
from cost.text import WIDTH
from cost.use import on_hours
from devtools.paths import EXAMPLE_STACKS
from saleday.__main__ import main
from saleday.cost import checked_out, settings_of
from settings.stack_file import BadInput, read
from specs.observability import OperatingHours
from tests.cost.stacks import context


@pytest.fixture(scope="module")
def prod():
    return context("prod")


def of(lines, text_):
    return next(line for line in lines if text_ in line.what)


def test_tasks_cost_their_vcpu_and_memory_for_all_hours(prod):
    line = of(monthly(prod), "tasks of checkout")
    assert line.usd == pytest.approx(HOURS * (0.02384 + 2 * 0.00261))
    assert (line.tier, line.service) == ("service", "Fargate")


def test_gateways_nodes_and_keys_are_counted_from_the_graph(prod):
    lines = monthly(prod)
    assert of(lines, "NAT gateways").usd == pytest.approx(3 * HOURS * 0.056)
    assert of(lines, "cache.r7g.large").usd == pytest.approx(6 * HOURS * 0.224 * 0.8)
    keys = sum(node.type == "kms.Key" for node in prod.nodes)
    assert sum(line.usd or 0 for line in lines if line.what == "keys") == pytest.approx(keys)


def test_what_has_no_price_is_listed_by_its_size_and_never_zero(prod):
    lines = monthly(prod)
    proxies = of(lines, "proxies")
    assert proxies.usd is None
    assert proxies.about == pytest.approx(proxies.quantity * 0.015), "at the reference region's price"
    assert all(line.usd is None or line.usd > 0 for line in lines)
    missing = as_json(prod)["notPriced"]
    assert missing[0]["item"] == "rdsProxyAcuHour"
    sizes = [line["about"] or 0 for line in missing]
    assert sizes == sorted(sizes, reverse=True)


def test_an_endpoint_costs_each_of_its_zones_whether_its_subnets_are_known_or_not(prod):
    listed = next(node for node in prod.nodes if node.inputs.get("vpcEndpointType") == "Interface")
    unknown = replace(listed, inputs={**listed.inputs, "subnetIds": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"})
    for node in (listed, unknown):
        line = of(monthly(replace(prod, nodes=[node])), "interface endpoints")
        assert line.usd == pytest.approx(3 * HOURS * 0.013)


def test_a_proxy_costs_the_capacity_behind_it_and_eight_units_at_least(prod):
    lines = monthly(replace(prod, nodes=[node for node in prod.nodes if node.type == "rds.Proxy"]))
    behind = sum(line.quantity for line in monthly(prod) if line.what.startswith("instances of"))
    assert of(lines, "proxies").quantity == pytest.approx(max(8 * HOURS, behind - 8 * HOURS) + 8 * HOURS)


def test_rule_groups_that_are_charged_for_are_priced_or_listed(prod):
    lines = monthly(prod)
    assert of(lines, "BotControlRuleSet").usd == 10
    assert of(lines, "AntiDDoSRuleSet").usd is None


def test_what_costs_nothing_is_not_among_what_has_no_price(prod):
    told = "\n".join(text(as_json(prod)))
    for free in ("codeconnections", "HttpNamespace", "accessanalyzer", "budgets", "ssm.", "ebs.", "LogGroup"):
        assert free not in told


def test_the_bill_fits_into_80_columns_and_is_the_same_whatever_order_resources_come_in(prod):
    told = list(text(as_json(prod)))
    assert max(map(len, told)) <= WIDTH
    assert list(text(as_json(replace(prod, nodes=[*reversed(prod.nodes)])))) == told


def test_every_resource_is_free_priced_or_listed(prod):
    extra = Node(type="newservice.Thing", name="x", tier="data", inputs={})
    lines = monthly(replace(prod, nodes=[*prod.nodes, extra]))
    assert of(lines, "newservice.Thing").usd is None


def test_a_price_in_the_settings_is_used(prod):
    priced = context("prod", acuHour=0.2)
    least = of(monthly(prod), "instances of orders").quantity
    assert of(monthly(priced), "instances of orders").usd == pytest.approx(least * 0.2)


def test_events_add_what_their_plan_provides_and_their_customers_use(prod):
    added = of_events(prod)
    assert of(added, "tasks of ui").usd > 0
    assert of(added, "requests at CloudFront").quantity > 1e8
    assert not any(line.what.startswith("tasks of checkout") for line in added), "it has one task, always"


def test_a_stack_that_is_off_at_night_pays_for_its_hours():
    hours = on_hours(OperatingHours(start="08:00", stop="20:00", days="MON-FRI"))
    assert hours == pytest.approx(5 * 12 * HOURS / 168)
    assert on_hours(None) == HOURS
    assert on_hours(OperatingHours(days="SAT-MON", start="00:00", stop="12:00")) == pytest.approx(3 * 12 * HOURS / 168)


def test_commitments_say_when_they_pay_for_themselves(prod):
    found = {one.name: one for one in options(prod, monthly(prod))}
    three = found["cacheReservation3y"]
    assert three.covers == pytest.approx(784.9, abs=0.1)
    assert three.saves == pytest.approx(three.covers * 0.55)
    assert three.upfront == pytest.approx(36 * three.covers * 0.45)
    assert three.break_even_months == pytest.approx(16.2)


def test_spot_takes_off_what_runs_on_it(prod):
    bill = as_json(prod)
    assert bill["events"]["usdWithSpot"] < bill["events"]["usd"]
    assert bill["month"]["usdWithSpot"] <= bill["month"]["usd"]


def test_the_bill_says_whose_prices_it_has_and_adds_up(prod):
    bill = as_json(prod)
    assert bill["month"]["usd"] == pytest.approx(sum(bill["month"]["tiers"].values()))
    assert bill["month"]["usd"] == pytest.approx(sum(bill["month"]["services"].values()))
    told = "\n".join(text(bill))
    assert "by prices of 2026-10" in told
    assert "without a price in ap-south-1" in told
    json.dumps(bill)


def test_a_region_without_prices_is_told_first_and_costs_nothing_by_mistake(prod):
    elsewhere = replace(
        prod, shop=prod.shop.model_copy(update={"region": "eu-north-1"}), prices=Prices(region="eu-north-1")
    )
    told = list(text(as_json(elsewhere)))
    assert told[0].startswith("aws:region: there are no prices for this region (got eu-north-1, known: ap-south-1")
    assert of(monthly(elsewhere), "tasks of checkout").usd is None


def test_a_change_shows_as_the_lines_that_differ(prod):
    before = as_json(prod)
    more = [node for node in prod.nodes if node.type == "ec2.NatGateway"]
    after = as_json(replace(prod, nodes=[*prod.nodes, more[0]]))
    change = difference(before, after)
    assert [row["what"] for row in change["lines"]] == ["network, VPC: NAT gateways"]
    assert change["after"] - change["before"] == pytest.approx(HOURS * 0.056)
    told = list(difference_text(change, "main"))
    assert told[0].startswith("prod: +40.88 USD a month against main")
    assert list(difference_text(difference(before, before), "main"))[-1] == "  no line differs"


def event(urn: str, kind: str, *, parent: str = "", custom: bool = True, **inputs: Any) -> str:
    state = {"type": kind, "urn": urn, "parent": parent, "custom": custom, "inputs": inputs}
    return json.dumps({"resourcePreEvent": {"metadata": {"op": "create", "urn": urn, "type": kind, "new": state}}})


def test_the_graph_is_read_from_the_engines_own_events():
    log = [
        event("urn:pulumi:p::s::saleday:data:DataTier::data", "saleday:data:DataTier", custom=False),
        event("urn::a", "aws:kms/key:Key", parent="urn:pulumi:p::s::saleday:data:DataTier::data"),
        event("urn::b", "aws:kms/key:Key", tags={"Tier": "security"}),
        event("urn::c", "pulumi:providers:aws"),
        json.dumps({"summaryEvent": {}}),
    ]
    assert [(node.type, node.name, node.tier) for node in nodes(log)] == [
        ("kms.Key", "a", "data"),
        ("kms.Key", "b", "security"),
    ]


def test_bad_input_is_told_in_one_line(capsys):
    assert main(["cost", "--stack", "nix"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("STACK: there is no Pulumi.nix.yaml (got nix); use one of ")
    assert told.count("\n") == 1


def test_an_unknown_revision_is_told_in_one_line():
    with (
        pytest.raises(BadInput, match=r"BASE: git knows no such revision \(got no-such-branch\)"),
        checked_out("no-such-branch"),
    ):
        pass


def test_another_revision_whose_settings_cannot_be_read_is_priced_with_those_of_this_tree(tmp_path, capsys):
    ours = read("prod")
    (tmp_path / "Pulumi.yaml").write_text((EXAMPLE_STACKS / "Pulumi.yaml").read_text())
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  saleday:nextYears: 1\n")
    assert settings_of(tmp_path, ours, "next") is ours
    assert "saleday:nextYears" in capsys.readouterr().out
    for name in ("Pulumi.prod.yaml",):
        (tmp_path / name).write_text((EXAMPLE_STACKS / name).read_text())
    assert settings_of(tmp_path, ours, "next") == ours
