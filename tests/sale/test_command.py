"""`sale-plan`: the timeline and margins in text, and what is refused in one line."""

from __future__ import annotations

import pytest

from sale import cli_args
from saleday.__main__ import main
from saleday.shared import UNMET

NOW = "2030-09-01T00:00:00+05:30"


@pytest.fixture
def granted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What AWS Support grants an account that asks: the load balancer's reservation."""
    shop = cli_args.read("prod")
    quotas = shop.quotas.model_copy(update={"granted": {"albReservedLcu": 400}})
    monkeypatch.setattr(cli_args, "read", lambda _: shop.model_copy(update={"quotas": quotas}))


def test_a_load_balancer_without_a_reservation_breaks_the_promise(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sale-plan", "--stack", "prod", "--now", NOW]) == UNMET
    printed = capsys.readouterr().out
    assert "the promise breaks at x0.5 the forecast: load balancer as it stands; quotas.granted.albRes" in printed
    assert "AWS Support has to grant first, and quotas.granted to say so: 330 LCU: albReservedLcu; with that" in printed
    assert "with that the promise breaks at x1.55 the forecast: tasks of cart" in printed
    assert "fall short; the weakest is" in printed
    assert "every link carries" not in printed


@pytest.mark.usefixtures("granted")
def test_the_plan_of_the_example_opens_with_the_multiple_that_breaks_it_and_holds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["sale-plan", "--stack", "prod", "--event", "diwali", "--now", NOW]) == 0
    printed = capsys.readouterr().out
    stress, links = printed.index("breaks at x1.55 the forecast"), printed.index("raised by")
    assert stress < links < printed.index("from → to"), "stress first, then links, then the timeline"
    assert "+0 %" not in printed
    assert "x1.5, as planned" in printed, "rounding of the plan is no margin"
    assert "more take at least x" in printed, "links far from their limits are one line"
    assert "tasks per service checkout" not in printed
    for said in ("when", "from → to", "why", "quota", "cost", "service ui: fewest tasks", "3 tasks → 90 tasks"):
        assert said in printed
    assert printed.endswith("every link carries the forecast with its headroom\n")
    assert "AWS Support has to grant" not in printed


@pytest.mark.usefixtures("granted")
def test_what_was_due_before_the_first_deployment_is_not_done(capsys: pytest.CaptureFixture[str]) -> None:
    late = ["sale-plan", "--stack", "prod", "--now", "2030-10-18T23:59:30+05:30"]
    assert main(late) == UNMET
    printed = capsys.readouterr().out
    assert "taken as first deployed at 2030-10-18T23:59:30+05:30: nothing due before has been done" in printed
    assert "task launches before the opening" in printed
    assert "every link carries" not in printed
    assert main([*late, "--deployed", "2030-09-01T00:00:00+05:30"]) == 0, "the same minute, weeks after the deployment"
    assert "every link carries" in capsys.readouterr().out


@pytest.mark.usefixtures("granted")
def test_a_sale_that_is_on_is_taken_as_deployed_in_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sale-plan", "--stack", "prod", "--now", "2030-10-19T21:00:00+05:30"]) == 0
    assert "taken as deployed in time; DEPLOYED=" in capsys.readouterr().out


def test_a_late_plan_says_what_is_still_possible(capsys: pytest.CaptureFixture[str]) -> None:
    main(["sale-plan", "--stack", "prod", "--now", "2030-10-18T23:30:00+05:30"])
    printed = capsys.readouterr().out
    assert "too late for its time, still possible:" in printed
    assert "87 tasks take" in printed


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
        (["--stack", "prod", "--now", "0001-01-01T00:00:00+14:00"], "NOW: a time lies in the years "),
        (["--stack", "prod", "--now", NOW, "--deployed", "soon"], "DEPLOYED: a time is written as"),
        (
            ["--stack", "prod", "--now", NOW, "--deployed", "2030-09-02T00:00:00+05:30"],
            "DEPLOYED: has to be no later than NOW",
        ),
        (["--stack", "prod", "--now", "2030-10-18T22:00:00"], "NOW: a time needs a time zone"),
    ],
)
def test_bad_input_is_told_in_one_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sale-plan", *arguments]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert says in told.err
    assert told.err.count("\n") == 1
