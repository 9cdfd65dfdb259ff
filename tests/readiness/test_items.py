"""Every item: green where all is done, and what makes it amber or red."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from policy.pack.waivers import Waiver
from readiness.evidence import Evidence
from readiness.facts import Facts
from readiness.items import Item, items, worst
from sale.measurements import Footing
from specs.load_test import Calibration
from tests.load.shops import event_shop

TODAY = date(2030, 10, 12)
ENDS = date(2030, 10, 21)
RECENT = "2030-10-10"
LONG_AGO = "2029-01-01"
DIGEST = "sha256:" + "0" * 64


def measured(standing: Any = "measured", day: str = RECENT) -> Footing:
    service = event_shop().services[0]
    calibration = Calibration(date=date.fromisoformat(day), image=service.image, requests=1000)
    known = service.measured.model_copy(update={"calibration": calibration})
    return Footing(service=service.model_copy(update={"measured": known}), standing=standing, detail="as told")


def waiver(expires: date) -> Waiver:
    return Waiver(rule="tags", urn="urn:*", reason="for now", owner="ops", ticket="OPS-1", expires=expires)


FACTS = Facts(
    stack="prod",
    event="diwali",
    today=TODAY,
    ends=ENDS,
    revision="a" * 40,
    changed=(),
    settings_digest=DIGEST,
    graph_digest=DIGEST,
    resources=800,
    rules=100,
    blocking=(),
    advised=(),
    undecided=0,
    waivers=(),
    links=40,
    short=(),
    tightest="ui by 10%",
    weakest_setting="saleEvents[].headroom",
    stress="holds at x10 the forecast, the most that was tried",
    holds_to=10.0,
    headroom=1.5,
    footings=(measured(),),
    max_age_days=90,
    faults=("az-lost",),
    stores=("orders",),
    freeze_start="2030-10-18T00:00:00+05:30",
)
EVIDENCE: dict[str, Any] = {
    "preflight": {"date": RECENT, "by": "asha", "fails": 0},
    "loadTests": [{"date": RECENT, "by": "asha", "event": "diwali", "scale": 1, "kept": True, "digest": DIGEST}],
    "gameDays": [{"date": RECENT, "by": "asha", "fault": "az-lost", "passed": True}],
    "restoreTests": [{"date": RECENT, "by": "asha", "store": "orders"}],
    "runbooksRead": [{"date": RECENT, "by": "asha"}, {"date": RECENT, "by": "ravi"}],
    "alarmsTested": {"date": RECENT, "by": "ravi"},
}


def found(facts: Facts = FACTS, **changes: Any) -> dict[str, Item]:
    given = {name: value for name, value in {**EVIDENCE, **changes}.items() if value is not None}
    return {one.name: one for one in items(facts, Evidence.model_validate(given))}


def entry(name: str, **changes: Any) -> list[dict[str, Any]]:
    return [{**EVIDENCE[name][0], **changes}]


def test_everything_is_green_where_all_is_done():
    listed = found()
    assert {one.state for one in listed.values()} == {"green"}
    assert worst(list(listed.values())) == "green"


def test_what_is_dated_says_until_when():
    assert found()["alarms tested"].expires == date(2030, 11, 9)


OF_FACTS = {
    "no revision": ({"revision": ""}, "settings and revision", "red"),
    "changed files": ({"changed": ("Pulumi.prod.yaml",)}, "settings and revision", "red"),
    "a violation": ({"blocking": ("encryption on db",)}, "policy verdict", "red"),
    "an advisory": ({"advised": ("tags",)}, "policy verdict", "amber"),
    "an open question": ({"undecided": 1}, "policy verdict", "amber"),
    "a short link": ({"short": ("ui",)}, "margins", "red"),
    "breaks at the forecast": ({"holds_to": 0.0}, "stress", "red"),
    "holds the forecast alone": ({"holds_to": 1.2}, "stress", "amber"),
    "estimates": ({"footings": (measured("estimates"),)}, "measured: ui", "red"),
    "another image": ({"footings": (measured("another image"),)}, "measured: ui", "red"),
    "old numbers": ({"footings": (measured("old"),)}, "measured: ui", "red"),
    "by hand": ({"footings": (measured("by hand"),)}, "measured: ui", "amber"),
    "old by then": ({"footings": (measured(day="2030-07-20"),)}, "measured: ui", "amber"),
    "no freeze": ({"freeze_start": None}, "freeze", "red"),
    "a waiver": ({"waivers": (waiver(ENDS + timedelta(days=9)),)}, "waivers", "amber"),
    "a waiver that ends": ({"waivers": (waiver(ENDS - timedelta(days=1)),)}, "waivers", "red"),
}
OF_EVIDENCE = {
    "no preflight": ({"preflight": None}, "quotas in the account", "red"),
    "preflight fails": ({"preflight": {"date": RECENT, "by": "a", "fails": 1}}, "quotas in the account", "red"),
    "preflight ends": ({"preflight": {"date": "2030-10-01", "by": "a", "fails": 0}}, "quotas in the account", "amber"),
    "preflight ended": ({"preflight": {"date": LONG_AGO, "by": "a", "fails": 0}}, "quotas in the account", "red"),
    "from the future": ({"preflight": {"date": "2031-01-01", "by": "a", "fails": 0}}, "quotas in the account", "red"),
    "no load test": ({"loadTests": entry("loadTests", event="eid")}, "load test of the whole way", "red"),
    "a broken promise": ({"loadTests": entry("loadTests", kept=False)}, "load test of the whole way", "red"),
    "half the demand": ({"loadTests": entry("loadTests", scale=0.5)}, "load test of the whole way", "amber"),
    "an old load test": ({"loadTests": entry("loadTests", date=LONG_AGO)}, "load test of the whole way", "red"),
    "no game day": ({"gameDays": []}, "game day: az-lost", "red"),
    "a failed game day": ({"gameDays": entry("gameDays", passed=False)}, "game day: az-lost", "red"),
    "an old game day": ({"gameDays": entry("gameDays", date=LONG_AGO)}, "game day: az-lost", "red"),
    "never restored": ({"restoreTests": []}, "restore test: orders", "red"),
    "restored long ago": ({"restoreTests": entry("restoreTests", date=LONG_AGO)}, "restore test: orders", "red"),
    "nobody has read": ({"runbooksRead": entry("runbooksRead", date=LONG_AGO)}, "runbook read", "red"),
    "one has read twice": ({"runbooksRead": entry("runbooksRead") * 2}, "runbook read", "amber"),
    "alarms untested": ({"alarmsTested": None}, "alarms tested", "red"),
    "alarms tested long ago": ({"alarmsTested": {"date": LONG_AGO, "by": "a"}}, "alarms tested", "red"),
}


@pytest.mark.parametrize("case", OF_FACTS)
def test_a_fact_changes_its_item_alone(case):
    changes, name, state = OF_FACTS[case]
    _alone(found(replace(FACTS, **changes)), name, state)


@pytest.mark.parametrize("case", OF_EVIDENCE)
def test_missing_evidence_changes_its_item_alone(case):
    changes, name, state = OF_EVIDENCE[case]
    _alone(found(FACTS, **changes), name, state)


def _alone(listed: dict[str, Item], name: str, state: str) -> None:
    assert {one.name: one.state for one in listed.values() if one.state != "green"} == {name: state}
    assert listed[name].remedy


def test_each_item_can_be_made_red_by_a_case_above():
    red = {name for _, name, state in (*OF_FACTS.values(), *OF_EVIDENCE.values()) if state == "red"}
    assert red == set(found()) - {"graph"}  # a program that fails makes no certificate at all
