"""The page of an event: whole, self-contained, and of one mind with what plan, play and cost say."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from html import escape
from html.parser import HTMLParser

import pytest

from sale.charges import prices_of
from sale.event_cost import event_bill
from sale.plan import compile_plan
from sale.report.page import relative
from sale.simulation import scenarios
from sale.simulation.result import play
from sale.simulation.verdict import judge
from sale.simulation.window import window
from sale.timeline import timeline
from saleday.__main__ import main
from saleday.sale_report import write
from settings.stack_file import read
from specs.admission import EventAdmission

NOW = datetime(2030, 10, 1, tzinfo=UTC)
MAX_BYTES = 1_500_000
VOID = {"meta", "br"}
SAMPLED = {name: scenarios.SCENARIOS[name] for name in ("plan", "no-plan", "az-lost")}
THEME = re.compile(r":root\{([^}]*)\}")


ROOM = EventAdmission(protected_paths=("/*",))


class Page(HTMLParser):
    """What the tests look at of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.reaches: list[str] = []
        self.ids: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.reaches += [str(value) for name, value in attrs if name in ("src", "href", "action", "srcset", "data")]
        self.ids += [str(value) for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "every element is closed where it has to be"


SEARCHED = {
    "drawn": "100 draws",
    "header": ("kept in", "adds, USD"),
    "rows": [("99% *", "3,345.90"), ("as set", "3,619.88")],
    "notes": ["first, AWS Support has to grant 330 LCU"],
}


@pytest.fixture(scope="module")
def plan():
    """Of prod, with a sale of four hours whose orders are worth something."""
    shop = read("prod")
    event = shop.sale_events[0]
    short = event.model_copy(update={"end": event.start + timedelta(hours=4), "average_order": 25.0, "admission": ROOM})
    return compile_plan(shop.model_copy(update={"sale_events": (short,)}), NOW)


@pytest.fixture(
    scope="module", params=[SAMPLED, pytest.param(scenarios.SCENARIOS, marks=pytest.mark.thorough)], ids=len
)
def written(request, plan, tmp_path_factory, compiled_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenarios, "SCENARIOS", request.param)
        file = write(plan, plan.events[0], tmp_path_factory.mktemp("report"), SEARCHED)
    return file, file.read_text(), json.loads(file.with_suffix(".json").read_text())


@pytest.fixture(scope="module")
def page(written):
    return Page(written[1])


def test_the_page_needs_nothing_outside_itself(written, page):
    text = written[1]
    assert page.open == []
    assert all(reached.startswith("#") for reached in page.reaches)
    assert not re.search(r"url\((?!#)|@import|<script|https?://", text)
    assert len(text.encode()) <= MAX_BYTES


def test_what_support_has_to_grant_and_what_the_search_found_stand_with_the_stress(written):
    _, text, report = written
    stress = text[text.index('id="stress"') : text.index('id="worst"')]
    assert "AWS Support has to grant first, and quotas.granted to say so: 330 LCU: albReservedLcu; with that" in stress
    assert report["granted"].startswith("AWS Support has to grant first")
    for said in ("The cheapest plan, under doubt", "100 draws", "99% *", "3,345.90", "has to grant 330 LCU."):
        assert said in stress


def test_what_is_referred_to_is_there_once(page):
    assert [name for name, count in Counter(page.ids).items() if count > 1] == []
    assert {reached[1:] for reached in page.reaches} <= set(page.ids)


def test_what_matters_at_night_comes_first(page):
    sections = [given["id"] for tag, given in page.elements if tag == "section"]
    assert sections == ["stress", "worst", "wrong", "room", "links", "plan", "runbook", "cost", "rests"]


def test_the_stress_of_the_forecast_itself_is_the_plans_own_verdict(written, plan):
    _, text, report = written
    rungs = {rung["multiple"]: rung for rung in report["stress"]["rungs"]}
    assert {1.0, 1.2, 1.5, 2.0} <= set(rungs)
    own = report["scenarios"][0]
    assert rungs[1.0]["holds"] == own["kept"]
    assert rungs[1.0]["weakest"] == own["weakest"]
    assert escape(report["stress"]["headline"]) in text
    for rung in rungs.values():
        assert f'<th scope="row">\u00d7{rung["multiple"]:g}</th>' in text


def test_a_crowd_is_told_with_the_room_and_without(written):
    _, text, report = written
    rooms = {one["name"]: one for one in report["room"]["rooms"]}
    assert list(rooms) == ["none", "typed", "loop", "own"]
    for one in rooms.values():
        assert f"{one['orders']:,}" in text
    waits = report["room"]["waits"]
    assert waits["used"] + waits["turnedAway"] <= waits["places"]
    assert len(report["room"]["curves"]["waiting"]["opening"]) > 30


def test_the_spans_on_it_are_those_of_the_play(written, plan):
    _, text, report = written
    event, span = plan.events[0], window(plan.events[0])
    verdict = judge(play(scenarios.model(plan, event, span, scenarios.SCENARIOS["az-lost"]), 60), event, span)
    shown = next(one for one in report["scenarios"] if one["name"] == "az-lost")
    assert [(one["name"], one["requestsLost"], one["ordersLost"]) for one in shown["spans"]] == [
        (one.name, one.lost, one.orders_lost) for one in verdict.windows
    ]
    assert shown["moneyLost"] == pytest.approx(shown["ordersLost"] * 25.0)
    assert f"{shown['ordersLost']:,}" in text


def test_the_cost_on_it_is_that_of_the_bill(written, plan):
    _, text, report = written
    bill = event_bill(plan, prices_of(plan.shop))
    assert report["cost"]["usd"] == pytest.approx(bill.usd, abs=0.005)
    assert f"<b>{bill.usd:,.2f} USD</b>" in text
    assert report["prices"]["date"] in text
    for one in bill.not_priced:
        assert escape(f"{one.service}: {one.what}") in text


def test_every_scenario_has_its_charts_and_what_to_do(written, page):
    _, text, report = written
    assert [one["name"] for one in report["scenarios"]] in ([*SAMPLED], [*scenarios.SCENARIOS])
    for one in report["scenarios"][1:]:
        part = text[text.index(f'<details id="s-{one["name"]}"') :].partition("</details>")[0]
        assert part.count('<div class="panel">') == 6, "three charts, each of the opening hour and the whole event"
        assert one["todo"]
        for line in one["todo"]:
            assert escape(line, quote=False) in part.replace("&#39;", "'").replace("&#34;", '"')


def test_the_opening_hour_stands_beside_the_whole_event_in_every_chart(written):
    _, text, report = written
    kinds = re.findall(r'<div class="panel"><p>(the opening hour|the whole event)</p>', text)
    assert kinds[::2] == ["the opening hour"] * (len(kinds) // 2)
    assert kinds[1::2] == ["the whole event"] * (len(kinds) // 2)
    opening, start = report["windows"]["opening"], datetime.fromisoformat(report["event"]["start"]).timestamp()
    assert opening["start"] < start
    assert opening["start"] + opening["seconds"] == start + 3600
    assert report["windows"]["whole"]["seconds"] == window_seconds(report)


def window_seconds(report) -> float:
    """From two hours before the opening until the way back is done."""
    end = datetime.fromisoformat(report["event"]["end"])
    return 7200 + (end - datetime.fromisoformat(report["event"]["start"])).total_seconds() + 3600 + 135 * 60


def test_every_station_is_charted_or_said_to_be_idle(written, plan):
    report = written[2]
    named = {one["name"] for one in report["stations"]} | set(report["idle"])
    assert {service.name for service in plan.shop.services} <= named
    assert all(one["highestLoad"] is None or one["highestLoad"] >= 0.5 for one in report["stations"])


def test_links_far_from_their_limit_are_one_line(written):
    _, text, report = written
    far = [link for link in report["links"] if link["far"]]
    near = [link for link in report["links"] if not link["far"]]
    assert far
    assert near
    assert f"{len(far)} more links take at least" in text
    for link in near:
        assert f'<th scope="row">{escape(link["name"])}</th>' in text
    assert not any(f'<th scope="row">{escape(link["name"])}</th>' in text for link in far)


def test_every_step_of_the_plan_is_on_it(written, plan):
    report = written[2]
    steps = timeline(plan, plan.events[0])
    assert len(report["timeline"]) == len(steps) > 5
    told = " ".join(entry["what"] for entry in report["runbook"])
    for step in steps:
        if step.resource != "deployments":
            assert f"{step.before} → {step.after}" in told


def test_what_nobody_has_measured_is_said(written):
    report = written[2]
    assumed = {one["what"]: one["value"] for one in report["assumptions"]}
    assert assumed["a request to ui takes"] == "50 ms"
    assert "a task of catalog answers" in assumed
    assert all(one["from"] for one in report["assumptions"])


def test_tables_and_drawings_say_what_they_are_to_those_who_do_not_see_them(page):
    heads = [given for tag, given in page.elements if tag == "th"]
    assert heads
    assert all(given.get("scope") in ("col", "row") for given in heads)
    drawings = [given for tag, given in page.elements if tag == "svg"]
    assert drawings
    for given in drawings:
        assert given.get("aria-hidden") == "true" or (given.get("role") == "img" and given.get("aria-label"))
    assert next(given for tag, given in page.elements if tag == "html")["lang"] == "en"


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        digits = colour.lstrip("#")
        digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
        parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours_can_be_read_in_light_in_dark_and_on_paper(written):
    themes = THEME.findall(written[1])
    assert len(themes) == 3
    for theme in themes:
        colours = dict(re.findall(r"--(\w+):(#\w+)", theme))
        for name in ("text", "soft", "good", "bad", "plan", "scenario", "asked"):
            for back in ("back", "card"):
                assert contrast(colours[name], colours[back]) >= 4.5, (name, back)


def test_the_page_suits_phones_and_printers(written):
    text = written[1]
    assert 'name="viewport" content="width=device-width' in text
    assert "prefers-color-scheme:dark" in text
    assert ".runbook{break-before:page" in text


def test_the_runbook_is_a_page_of_its_own_as_well(written):
    file, text, report = written
    alone = file.with_name("sale-runbook-prod-diwali.html").read_text()
    section = text[text.index('<section id="runbook"') :].partition("</section>")[0]
    assert section in alone
    assert len(report["runbook"]) == section.count("<tr>") - 1


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(-75, "T-75 min"), (0, "T+0 min"), (180, "T+03:00"), (-1440, "T-1 d 00:00"), (3075, "T+2 d 03:15")],
)
def test_times_are_told_from_the_opening(minutes, text):
    assert relative(minutes) == text


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
