"""The page of an event: whole, self-contained, and of one mind with its JSON."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import escape
from html.parser import HTMLParser

import pytest

from sale.plan import compile_plan
from sale.report.chart import Axis, Line, chart, number
from sale.simulation import scenarios
from saleday.__main__ import main
from saleday.sale_report import write
from settings.stack_file import read

NOW = datetime(2030, 10, 1, tzinfo=UTC)
VOID = {"meta", "br"}


class Tags(HTMLParser):
    """Remembers what is open, and every attribute that could reach outside the file."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.curves = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.curves += tag == "polyline"
        self.links += [
            f"{name}={value}" for name, value in attrs if name in ("src", "href", "action", "srcset", "data")
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.curves += tag == "polyline"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "every element is closed where it has to be"


@pytest.fixture(scope="module")
def written(tmp_path_factory, compiled_once):
    plan = compile_plan(read("prod"), NOW)
    file = write(plan, plan.events[0], tmp_path_factory.mktemp("report"))
    return file.read_text(), json.loads(file.with_suffix(".json").read_text()), plan


def test_the_page_needs_nothing_outside_itself(written):
    tags = Tags()
    tags.feed(written[0])
    assert tags.open == []
    assert tags.links == []
    assert not re.search(r"url\(|@import|<script|https?://", written[0])


def test_the_page_suits_phones_and_the_dark(written):
    assert 'name="viewport" content="width=device-width' in written[0]
    assert "prefers-color-scheme:dark" in written[0]


def test_every_scenario_stands_beside_the_others(written):
    page, report, _ = written
    assert [one["name"] for one in report["scenarios"]] == list(scenarios.SCENARIOS)
    for one in scenarios.SCENARIOS.values():
        assert escape(one.title) in page
    lost = {one["name"]: one["ordersLost"] for one in report["scenarios"]}
    assert lost["plan"] < lost["no-plan"]
    assert f"{lost['no-plan']:,}" in page


def test_every_tier_is_plotted_against_its_capacity(written):
    page, report, plan = written
    tags = Tags()
    tags.feed(page)
    stations = [one for tier in report["tiers"].values() for one in tier]
    assert {service.name for service in plan.shop.services} <= {one["name"] for one in stations}
    assert tags.curves >= 2 * len(stations)
    for one in stations:
        assert len(one["asked"]) == len(one["offered"]) <= 360


def test_timeline_margins_and_cost_are_on_it(written):
    page, report, plan = written
    for link in report["links"]:
        assert link["name"] in page
    assert len(report["timeline"]) > 5
    assert "not priced" in page, "databases have no price in ap-south-1"
    assert report["cost"]["window"]["usd"] > 0
    assert report["event"]["headroom"] == plan.events[0].headroom


def test_names_cannot_break_the_page():
    shown = chart("<b>&", '"', [Line(label="<i>", values=[1.0, 2.0], colour=0)], Axis(start=0, seconds=60, zone=UTC))
    assert "<i>" not in shown.replace('<i class="c0">', "")
    assert "&lt;b&gt;&amp;" in shown


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.25, "0.25"), (5, "5"), (1234, "1,234"), (12_345, "12.3k"), (8.15e6, "8.15M")]
)
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_a_curve_without_anything_in_it_is_drawn_all_the_same():
    shown = chart("x", "", [Line(label="l", values=[0.0, 0.0], colour=0)], Axis(start=0, seconds=60, zone=None))
    assert "nan" not in shown
    assert "polyline" in shown


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--stack", "nix"], "STACK: there is no Pulumi.nix.yaml (got nix); use one of "),
        (["--stack", "prod", "--event", "x"], "EVENT: no event has this name (got x); use one of diwali\n"),
        (["--stack", "dev"], "EVENT: the stack has no event to come (got dev); add one under saleday:saleEvents\n"),
    ],
)
def test_bad_input_is_told_in_one_line(arguments, line, capsys):
    assert main(["sale-report", *arguments]) == 1
    told = capsys.readouterr().err
    assert told.startswith(line)
    assert told.count("\n") == 1
