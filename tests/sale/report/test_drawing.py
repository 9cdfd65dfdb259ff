"""Panels: at most three lines, each told by more than its colour, in the page's own colours."""

from __future__ import annotations

import re
from datetime import UTC
from xml.etree import ElementTree

import pytest

from sale.report.drawing import Axis, Line, milliseconds, number, panel

HOUR = Axis(start=1_918_578_600, seconds=3600, zone=UTC, marked=1_918_579_200)


def line(kind: str, values=(1.0, 5.0, 3.0), label: str = "x") -> Line:
    return Line(label=label, values=values, kind=kind)


def test_a_panel_holds_three_lines_at_most():
    with pytest.raises(ValueError, match="at most 3 lines \\(got 4\\)"):
        panel("x", [line("plan")] * 4, HOUR)


def test_lines_differ_by_stroke_and_marks():
    drawn = panel("x", [line("plan"), line("scenario"), line("asked")], HOUR)
    strokes = [
        next(one for one in re.findall(r'style="([^"]*)"', drawn) if "fill: none" in one and f"--{kind})" in one)
        for kind in ("plan", "scenario", "asked")
    ]
    plan, scenario, asked = (re.findall(r"stroke-dasharray: ([\d., ]+)", stroke) for stroke in strokes)
    assert plan == []
    assert scenario
    assert asked
    assert scenario != asked
    assert drawn.count("<use") > 1, "the scenario's line has marks"


def test_a_panel_is_whole_and_reaches_nowhere():
    drawn = panel("x", [line("plan"), line("scenario")], HOUR, logarithmic=True, limit=4.0)
    ElementTree.fromstring(drawn)
    assert "http" not in drawn
    assert "font-family" not in drawn
    assert not re.search(r"#0000f\d", drawn), "every colour is the style sheet's"


def test_ids_of_two_panels_differ():
    ids = [set(re.findall(r'\bid="([^"]+)"', panel("x", [line("plan")], HOUR))) for _ in range(2)]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_names_cannot_break_the_page():
    drawn = panel('<b>&"', [line("plan", label="<i>")], HOUR)
    assert 'aria-label="&lt;b>&amp;&quot;: &lt;i> at most 5"' in drawn
    ElementTree.fromstring(drawn)


@pytest.mark.parametrize("logarithmic", [True, False])
@pytest.mark.parametrize("values", [(0.0, 0.0), (), (5.0,)])
def test_a_curve_with_little_in_it_is_drawn_all_the_same(values, logarithmic):
    drawn = panel("x", [line("plan", values)], HOUR, logarithmic=logarithmic)
    assert "nan" not in drawn.lower()


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.25, "0.25"), (5, "5"), (1234, "1,234"), (12_345, "12.3k"), (8.15e6, "8.15M")]
)
def test_numbers_are_short(value, text):
    assert number(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0 ms"), (334, "334 ms"), (1000, "1 s"), (4121, "4.12 s")])
def test_times_are_short(value, text):
    assert milliseconds(value) == text
