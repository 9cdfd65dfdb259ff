"""A verdict passes only when every AWS resource was judged and nothing was found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devtools.conformance import judge, report
from devtools.conformance.coverage import Coverage
from devtools.conformance.program import path_of, with_value
from devtools.conformance.unsupported_properties import Unjudged
from devtools.rehearsal.engine import EngineOutcome
from devtools.rehearsal.events import Record

BUCKET = "urn:pulumi:dev::saleday::saleday:data:Media$aws:s3/bucket:Bucket::media"
TOPIC = "urn:pulumi:dev::saleday::aws:sns/topic:Topic::alerts"


def notes(folder: Path, *lines: dict[str, Any]) -> Path:
    path = folder / judge.NOTES
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def registered(*urns: str) -> Record:
    record = Record()
    for urn in urns:
        step = {"op": "create", "urn": urn, "type": judge.type_of(urn), "new": {"custom": True, "inputs": {}}}
        record.add({"resourcePreEvent": {"metadata": step}})
    return record


def outcome(record: Record, exit_code: int = 0) -> EngineOutcome:
    return EngineOutcome(record=record, exit_code=exit_code, stdout="", stderr="error: no luck", seconds=1.0)


def test_a_resource_that_the_provider_saw_and_found_right_passes(tmp_path: Path) -> None:
    record = registered(BUCKET)
    verdict = judge.read("dev", notes(tmp_path, {"urn": BUCKET, "step": "seen"}), record, outcome(record))
    assert verdict.passed, f"nothing was found: {verdict}"
    assert verdict.judged == {"aws:s3/bucket:Bucket": 1}, "types are counted"


def test_a_resource_that_the_provider_never_saw_fails_the_variant(tmp_path: Path) -> None:
    record = registered(BUCKET, TOPIC)
    verdict = judge.read("dev", notes(tmp_path, {"urn": BUCKET, "step": "seen"}), record, outcome(record))
    assert verdict.silent == [TOPIC], "silence is no consent"
    assert not verdict.passed, "what was not judged can't pass"


@pytest.mark.parametrize("step", ["check", "plan"])
def test_what_the_provider_finds_fails_the_variant_and_is_named(tmp_path: Path, step: str) -> None:
    record = registered(BUCKET)
    found = {"urn": BUCKET, "step": step, "property": "bucket", "reason": "too\n  long"}
    verdict = judge.read("dev", notes(tmp_path, found, {"urn": BUCKET, "step": "seen"}), record, outcome(record))
    assert not verdict.passed, "a finding has to be mended"
    assert "aws:s3/bucket:Bucket media.bucket: too long" in "\n".join(report.lines([verdict], Coverage())), (
        "one line says which"
    )


def test_inputs_that_only_aws_would_refuse_fail_the_variant(tmp_path: Path) -> None:
    record = registered(BUCKET)
    given = {"urn": BUCKET, "step": "inputs", "inputs": {"bucket": "Upper_Case"}}
    verdict = judge.read("dev", notes(tmp_path, given, {"urn": BUCKET, "step": "seen"}), record, outcome(record))
    assert [finding.property for finding in verdict.findings] == ["bucket"], "the provider passes such a name on"


def test_a_preview_that_fails_or_makes_nothing_never_passes(tmp_path: Path) -> None:
    record = registered(BUCKET)
    seen = notes(tmp_path, {"urn": BUCKET, "step": "seen"})
    assert judge.read("dev", seen, record, outcome(record, 255)).errors == ["no luck"], "the engine's reason"
    empty = Record()
    assert not judge.read("dev", tmp_path / "none", empty, outcome(empty)).passed, "no resource, nothing proven"


def test_what_cannot_be_judged_is_left_out_and_counted_with_its_reason() -> None:
    unjudged = Unjudged({"aws:s3/bucket:Bucket": {"rules[0].new": "newer than the provider"}})
    given = {"bucket": "x", "rules": [{"new": 1, "old": 2}]}
    assert unjudged("aws:s3/bucket:Bucket", "media", given) == {"bucket": "x", "rules": [{"old": 2}]}, "only that"
    assert given["rules"] == [{"new": 1, "old": 2}], "the program's own values stay"
    assert unjudged.left_out == {("aws:s3/bucket:Bucket.rules[0].new", "newer than the provider"): 1}, "and it is told"
    assert unjudged("aws:sns/topic:Topic", "alerts", {"name": "x"}) is None, "others pass unchanged"


def test_a_value_is_put_at_its_path_and_copies_what_is_on_the_way() -> None:
    given = {"rules": [{"filter": {"prefix": "a"}}, {}]}
    assert with_value(given, path_of("rules[1].filter.prefix"), "b")["rules"][1] == {"filter": {"prefix": "b"}}
    assert with_value(given, path_of("rules[0].filter"), None)["rules"][0] == {}, "None takes it away"
    assert given == {"rules": [{"filter": {"prefix": "a"}}, {}]}, "the original is another resource's too"
    with pytest.raises(IndexError):
        with_value(given, path_of("rules[7].filter"), 1)
