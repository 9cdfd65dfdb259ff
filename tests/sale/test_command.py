"""`sale-plan`: the timeline and margins in text, and what is refused in one line."""

from __future__ import annotations

import pytest

from saleday import sale_plan
from saleday.__main__ import main
from saleday.shared import UNMET

NOW = "2030-09-01T00:00:00+05:30"


def test_the_plan_of_the_example_is_printed_and_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sale-plan", "--stack", "prod", "--event", "diwali", "--now", NOW]) == 0
    printed = capsys.readouterr().out
    for said in ("when", "from → to", "why", "quota", "cost", "service ui: fewest tasks", "3 tasks → 90 tasks"):
        assert said in printed
    assert "every link holds; the weakest is" in printed
    assert "advice: load balancer reservation has 0 of 324 LCU: quotas.granted.albReservedLcu" in printed


def test_a_late_plan_says_what_is_still_possible(capsys: pytest.CaptureFixture[str]) -> None:
    main(["sale-plan", "--stack", "prod", "--now", "2030-10-18T23:30:00+05:30"])
    printed = capsys.readouterr().out
    assert "too late for its time, still possible:" in printed
    assert "87 tasks take" in printed


def test_a_plan_that_falls_short_ends_with_a_code_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.sale.events import sale, shop

    short = shop(sale())
    monkeypatch.setattr(sale_plan, "read", lambda stack: short)
    assert main(["sale-plan", "--stack", "prod", "--now", "2027-09-01T00:00:00+00:00"]) == UNMET
    assert "fall short; the weakest is" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--stack", "nope"], "STACK: there is no Pulumi.nope.yaml (got nope); use one of dev, "),
        ([], "STACK: has to name a stack (got nothing); use one of dev, "),
        (["--stack", "dev"], "EVENT: the stack has no event to come (got dev)"),
        (["--stack", "prod", "--event", "xmas"], "EVENT: no event has this name (got xmas); use one of diwali"),
        (["--stack", "prod", "--event", "diwali", "--now", "2030-10-22T00:00:00+05:30"], "EVENT: this event is over"),
        (["--stack", "prod", "--now", "2031-10-22T00:00:00+05:30"], "EVENT: the stack has no event to come (got prod)"),
        (["--stack", "prod", "--now", "tomorrow"], "NOW: a time is written as"),
        (["--stack", "prod", "--now", "2030-10-18T22:00:00"], "NOW: a time needs a time zone"),
    ],
)
def test_bad_input_is_told_in_one_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sale-plan", *arguments]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert says in told.err
    assert told.err.count("\n") == 1
