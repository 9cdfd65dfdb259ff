"""docs/architecture.md says what the program builds, and every line of the case study is carried by it."""

from __future__ import annotations

import pytest

from devtools.docsgen.architecture import page, stacks, table
from devtools.docsgen.architecture.graph import Graph, amount
from devtools.docsgen.architecture.lines import LINES, Carrier, Line


@pytest.fixture(scope="module")
def production() -> Graph:
    return stacks.production()


def test_every_line_of_the_case_study_is_carried(production: Graph) -> None:
    rows = table.render(page.CASE.read_text(), LINES, production, stacks.by_setting())
    assert len(rows.splitlines()) == 2 + len(table.case_lines(page.CASE.read_text()))
    assert page.table_of(page.PAGE.read_text()) == rows, "the table is that of the example stacks: run make docs"


@pytest.mark.parametrize(
    ("number", "told"), [(1, "1"), (10, "10"), (11, "over 10"), (20, "over 10"), (67, "over 50"), (999, "over 200")]
)
def test_small_numbers_are_told_exactly_and_large_ones_by_steps(number: int, told: str) -> None:
    assert amount(number) == told


CASE = """# Title

## Part
- VPC
**bold title:**
Savings Plans: commit.
![Image](x)
"""


class Made:
    def __init__(self, token: str, **inputs: object) -> None:
        self.token, self.name, self.inputs = token, "name", inputs
        self.outputs: dict[str, object] = {}


VPC = Line("VPC", "one", (Carrier("ec2.Vpc"),))
PLANS = Line("Savings Plans:", "named", (Carrier("savingsplans.SavingsPlan", setting="cost"),))
WITH_VPC = Graph.of([Made("aws:ec2/vpc:Vpc", logged=True)])
WITH_PLAN = Graph.of([Made("aws:savingsplans/savingsPlan:SavingsPlan")])


def test_titles_and_pictures_carry_nothing() -> None:
    assert table.case_lines(CASE) == ["VPC", "Savings Plans: commit."]


def test_the_table_counts_what_carries_each_line() -> None:
    rows = table.render(CASE, [VPC, PLANS], WITH_VPC, {"cost": WITH_PLAN}).splitlines()[2:]
    assert rows == [
        "| VPC | one | `ec2.Vpc` 1 | - |",
        "| Savings Plans | named | - | `cost`: `savingsplans.SavingsPlan` 1 |",
    ]


@pytest.mark.parametrize(
    ("lines", "production", "by_setting", "says"),
    [
        ([PLANS], WITH_VPC, {"cost": WITH_PLAN}, "no entry for the line: VPC"),
        ([VPC, PLANS], Graph(()), {"cost": WITH_PLAN}, "nothing carries 'VPC': no fitting ec2.Vpc with production"),
        ([VPC, PLANS], WITH_VPC, {"cost": WITH_VPC}, "no fitting savingsplans.SavingsPlan with cost"),
        ([VPC, PLANS, Line("X", "", ())], WITH_VPC, {"cost": WITH_PLAN}, "no line of the case study starts with 'X'"),
        (
            [Line("VPC", "", (Carrier("ec2.Vpc", lambda inputs: not inputs["logged"]),)), PLANS],
            WITH_VPC,
            {"cost": WITH_PLAN},
            "nothing carries 'VPC'",
        ),
        (
            [Line("VPC", "", (Carrier("ec2.Vpc", lambda inputs: "logged" in inputs, every=True),)), PLANS],
            Graph.of([Made("aws:ec2/vpc:Vpc", logged=True), Made("aws:ec2/vpc:Vpc")]),
            {"cost": WITH_PLAN},
            "'VPC' holds for 1 of 2 ec2.Vpc only",
        ),
    ],
)
def test_a_line_that_is_not_carried_is_an_error(
    lines: list[Line], production: Graph, by_setting: dict[str, Graph], says: str
) -> None:
    with pytest.raises(table.NotCarriedError, match=says):
        table.render(CASE, lines, production, by_setting)


def test_every_entry_has_something_that_carries_it() -> None:
    assert not [line.start for line in LINES if not line.carriers]


def test_a_page_without_its_marks_is_not_written_over() -> None:
    with pytest.raises(ValueError, match="lost the marks"):
        page.with_table("# Architecture", "| |")
    text = f"before {page.START}\nold\n{page.END} after"
    assert page.with_table(text, "new") == f"before {page.START}\n\nnew\n\n{page.END} after"
    assert page.table_of(page.with_table(text, "new")) == "new"
