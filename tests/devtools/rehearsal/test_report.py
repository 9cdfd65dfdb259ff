"""What people and machines read of a stack."""

from __future__ import annotations

from collections import Counter

import pytest

from devtools.rehearsal import report
from devtools.rehearsal.engine import EngineOutcome
from devtools.rehearsal.events import EngineResource, PolicyViolation, Record


def resource(
    kind: str, name: str, *, parent: str = "", tier: str | None = None, custom: bool | None = None
) -> EngineResource:
    is_custom = kind.startswith("aws:") if custom is None else custom
    return EngineResource(
        urn=f"urn::{kind}::{name}", type=kind, parent=parent, tier=tier, custom=is_custom, protected=False
    )


def record_of(*resources: EngineResource) -> Record:
    record = Record()
    record.resources.update({one.urn: one for one in resources})
    return record


def outcome(record: Record, exit_code: int = 0, stderr: str = "") -> EngineOutcome:
    return EngineOutcome(record=record, exit_code=exit_code, stdout="", stderr=stderr, seconds=1.5)


DATA = resource("saleday:data:DataTier", "data")


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        ("aws:ec2/subnet:Subnet", "ec2.Subnet"),
        ("aws:sqs/queue:Queue", "sqs.Queue"),
        ("awsx:ec2:Vpc", "awsx.ec2.Vpc"),
        ("saleday:data:DataTier", "saleday.data.DataTier"),
    ],
)
def test_types_are_shown_as_programs_write_them(token: str, shown: str) -> None:
    assert report.short_type(token) == shown


def test_a_tier_tag_counts_before_the_component_above() -> None:
    record = record_of(DATA, resource("aws:sqs/queue:Queue", "a", parent=DATA.urn, tier="edge"))
    assert report.by_tier(record) == {"edge": Counter({"sqs.Queue": 1})}


def test_without_a_tag_the_nearest_component_or_tagged_parent_gives_the_tier() -> None:
    tagged = resource("aws:ec2/vpc:Vpc", "net", tier="network")
    record = record_of(
        DATA,
        tagged,
        resource("aws:iam/rolePolicy:RolePolicy", "under component", parent=DATA.urn),
        resource("aws:ec2/route:Route", "under tagged", parent=tagged.urn),
        resource("aws:sqs/queue:Queue", "alone"),
    )
    assert report.by_tier(record) == {
        report.NO_TIER: Counter({"sqs.Queue": 1}),
        "data": Counter({"iam.RolePolicy": 1}),
        "network": Counter({"ec2.Vpc": 1, "ec2.Route": 1}),
    }


def test_components_are_counted_apart_from_what_aws_gets() -> None:
    record = record_of(DATA, resource("aws:sqs/queue:Queue", "a", parent=DATA.urn))
    assert next(report.lines("dev", [("up", outcome(record))])) == "dev: 1 resources in 1 tiers, 1 components"


def test_lines_fit_the_width_however_many_types_there_are() -> None:
    kinds = [resource(f"aws:module{i}/kind:Kind{i}", f"r{i}", parent=DATA.urn) for i in range(60)]
    lines = list(report.lines("dev", [("up", outcome(record_of(DATA, *kinds)))]))
    assert max(map(len, lines)) <= 80, "where the output is no terminal"
    (tier,) = [line for line in lines if line.startswith("  data")]
    shown = tier.count(".Kind")
    assert tier.endswith(f"and {60 - shown} types more")
    assert shown > 1
    machine = report.as_json("dev", [("up", outcome(record_of(DATA, *kinds)))], [])
    assert len(machine["resources"]["tiers"]["data"]) == 60, "no type is left out for machines"


def test_a_list_among_the_outputs_is_one_line_an_item() -> None:
    record = record_of(DATA)
    record.outputs |= {
        "commitments": ["6 nodes: reserve them", "13 vCPU: a Savings Plan"],
        "none": [],
        "url": "https://x",
    }
    lines = list(report.lines("dev", [("up", outcome(record))]))
    start = lines.index("outputs") + 1
    assert lines[start : start + 4] == [
        "  commitments  6 nodes: reserve them",
        "               13 vCPU: a Savings Plan",
        "  none         []",
        "  url          https://x",
    ]


def test_a_policy_with_any_violation_has_not_passed() -> None:
    record = record_of(DATA)
    record.policies.update({"a", "b", "c"})
    record.packs["pack"] = "1.0.0"
    place = "urn:pulumi:dev::shop::saleday:data:DataTier$aws:sqs/queue:Queue::orders"
    record.violations += [
        PolicyViolation(policy="a", mandatory=True, resource=place, message="a: no key"),
        PolicyViolation(policy="b", mandatory=False, resource="", message="b: not\n  whole"),
    ]
    lines = list(report.lines("dev", [("up", outcome(record))]))
    assert "policies (pack 1.0.0): 1 passed, 1 violated, 1 advisories" in lines
    assert "  policy a violated, sqs.Queue orders: a: no key" in lines
    assert "  policy b advises, the stack: b: not whole" in lines
    machine = report.as_json("dev", [("up", outcome(record))], [])["policies"]
    assert machine["passed"] == ["c"]
    assert [found["policy"] for found in machine["violated"]] == ["a"]


def test_the_report_tells_of_what_up_made_and_not_of_what_destroy_removed() -> None:
    phases = [
        ("preview", outcome(record_of(DATA))),
        ("up", outcome(record_of(DATA, resource("aws:sqs/queue:Queue", "a")))),
        ("destroy", outcome(record_of())),
    ]
    machine = report.as_json("dev", phases, [])
    assert machine["resources"]["total"] == 1
    assert [phase["name"] for phase in machine["phases"]] == ["preview", "up", "destroy"]
    assert sum(phase["seconds"] for phase in machine["phases"]) == pytest.approx(4.5)


def test_a_failed_run_of_the_engine_says_why() -> None:
    told = Record(errors=["shop:size: too small"])
    assert outcome(told, 255, "error: update failed").error == "shop:size: too small"
    assert outcome(Record(), 255, "error: no such stack\n").error == "no such stack"
    assert outcome(Record(), -9).error == "the engine was ended by SIGKILL"
    assert "255" in outcome(Record(), 255).error
