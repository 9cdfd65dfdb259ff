"""What a preview says of its changes: what would be lost before anything else."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from devtools.rehearsal import changes, report
from devtools.rehearsal.engine import EngineOutcome
from devtools.rehearsal.events import SECRET_KEY, UNKNOWN, Change, EngineResource, PolicyViolation, Record


def record_of(*made: tuple[str, str, Change]) -> Record:
    record = Record()
    for kind, name, change in made:
        urn = f"urn:pulumi:dev::shop::{kind}::{name}"
        record.resources[urn] = EngineResource(
            urn=urn, type=kind, parent="", tier="data", custom=True, protected=False
        )  # fmt: skip
        record.changed[urn] = change
        record.changes[change.operation] += 1
    return record


def update(old: dict[str, Any], new: dict[str, Any], *paths: str) -> Change:
    return Change(operation="update", differing=paths, old=old, new=new)


SUBNET, TABLE, ROLE = "aws:ec2/subnet:Subnet", "aws:dynamodb/table:Table", "aws:iam/role:Role"
REPLACED = Change(
    operation="replace",
    differing=("cidrBlock", "tags.Owner"),
    causes=("cidrBlock",),
    old={"cidrBlock": "10.0.0.0/24"},
    new={"cidrBlock": "10.9.0.0/24"},
)


def test_what_is_lost_comes_first_then_what_is_replaced_deleted_updated_and_made() -> None:
    record = record_of(
        ("aws:sqs/queue:Queue", "new", Change(operation="create")),
        (ROLE, "role", update({"name": "a", "tags": {"Owner": "x"}}, {"tags": {"Owner": "y"}}, "name", "tags.Owner")),
        (ROLE, "gone", Change(operation="delete")),
        (SUBNET, "net", REPLACED),
        (TABLE, "carts", Change(operation="delete")),
        (TABLE, "orders", Change(operation="replace", causes=("hashKey",))),
    )
    record.changes["same"] = 3
    assert list(changes.lines(record, 100)) == [
        "!! DATA WOULD BE LOST: 2 stores would be deleted or made anew",
        "!! +- replace dynamodb.Table orders: hashKey",
        "   +- replace ec2.Subnet net: cidrBlock 10.0.0.0/24 -> 10.9.0.0/24",
        "!! -  delete dynamodb.Table carts",
        "   -  delete iam.Role gone",
        "   ~  update iam.Role role: name a -> none, tags.Owner x -> y",
        "   +  create sqs.Queue new",
        "in all 1 create, 2 delete, 2 replace, 3 same, 1 update",
    ]


def test_every_replaced_and_deleted_one_is_named_and_updates_are_counted_from_some_on() -> None:
    record = record_of(
        *((SUBNET, f"net-{i}", REPLACED) for i in range(60)), *((ROLE, f"r-{i}", update({}, {})) for i in range(50))
    )
    lines = list(changes.lines(record, 80))
    assert sum("replace ec2.Subnet net-" in line for line in lines) == 60
    assert sum("update iam.Role r-" in line for line in lines) == changes.MAX_SHOWN
    assert f"   ~  update {50 - changes.MAX_SHOWN} more: iam.Role {50 - changes.MAX_SHOWN}" in lines


def test_values_are_short_and_secrets_and_the_unknown_are_none() -> None:
    old = {"rules": [{"port": 80}], "text": "x" * 400, "key": {SECRET_KEY: "1b", "ciphertext": "c"}, "many": {"a": 1}}
    new = {"rules": [{"port": 443}], "text": UNKNOWN, "key": "shown", "many": {"a": 2}}
    record = record_of((ROLE, "r", update(old, new, "rules[0].port", "text", "key", "many", "a", "b")))
    text = " ".join(" ".join(changes.lines(record, 500)).split())
    assert "rules[0].port 80 -> 443, text xxxxxxxxxxxxxxxxxxxxxxx… -> [not known yet]" in text
    assert "key [secret] -> shown, many, and 2 more" in text


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_no_line_is_wider_than_asked_but_for_names_that_are(columns: int) -> None:
    record = record_of((ROLE, "role", update({"a": "b c " * 9}, {"a": "d"}, *"abcd")), (SUBNET, "net", REPLACED))
    assert max(len(line) for line in changes.lines(record, columns)) <= columns


def told(record: Record, *, everything: bool = False) -> list[str]:
    outcome = EngineOutcome(record=record, exit_code=0, stdout="", stderr="", seconds=1)
    return list(report.lines("dev", [("preview", outcome)], everything=everything))


def test_the_inventory_is_told_of_what_is_new_or_for_those_who_ask() -> None:
    new = record_of((ROLE, "role", Change(operation="create")))
    assert list(changes.shown(new)) == []
    assert "dev: 1 resources in 1 tiers, 0 components" in told(new)
    there = record_of((ROLE, "role", update({}, {}, "name")))
    assert not any("tiers" in line for line in told(there))
    assert "dev: 1 resources in 1 tiers, 0 components" in told(there, everything=True)


def test_what_a_preview_cannot_know_is_one_line_with_a_count() -> None:
    record = Record(changes=Counter(same=1))
    words = "can't run policy during preview: not known yet: bucket.arn; judged by `pulumi up`"
    record.violations += [
        PolicyViolation(policy=policy, mandatory=False, resource="", message=words) for policy in ("a", "a", "b")
    ]
    record.violations.append(PolicyViolation(policy="c", mandatory=False, resource="", message="c: mind this"))
    assert told(record)[:3] == [
        "policies (no pack in force): 0 passed, 0 violated, 1 advisories",
        "  policy c advises, the stack: c: mind this",
        "  2 policies can't be judged in whole before `up`, which does it (ALL=1 lists them)",
    ]
    assert sum("not known yet" in line for line in told(record, everything=True)) == 3


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    record = record_of((SUBNET, "net", REPLACED))
    assert "\x1b" not in "".join(changes.shown(record))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert next(changes.shown(record)).startswith("\x1b[33m   +- replace")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in "".join(changes.shown(record))
