"""The pack's SARIF: right by the format's schema, in place in the program, and each result told from the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft7Validator

from devtools.recording.programs import recorded
from devtools.recording.state import exported as recorded_state
from policy.pack.formats import sarif
from policy.pack.judge import Judge
from policy.pack.registry import SHIPPED
from policy.pack.stacks import parse
from policy.pack.verdict import PolicyReport, judge_stack
from tests.policy.harness import It
from tests.policy.states import exported

KEY = It("aws:kms/key:Key", "data", {"enableKeyRotation": False, "tags": {}})

URI = {
    "type": "string",
    "format": "uri-reference",
    "pattern": r"^(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$",
}
ARTIFACT = {
    "type": "object",
    "properties": {"uri": URI, "uriBaseId": {"type": "string"}},
    "additionalProperties": False,
}
# What SARIF 2.1.0 (sections 3.13 to 3.30) asks of the objects that the pack writes; names that it doesn't have fail.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": {"$ref": "#/definitions/run"}},
    },
    "definitions": {
        "run": {
            "type": "object",
            "required": ["tool"],
            "additionalProperties": False,
            "properties": {
                "tool": {
                    "type": "object",
                    "required": ["driver"],
                    "properties": {"driver": {"$ref": "#/definitions/driver"}},
                    "additionalProperties": False,
                },
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "originalUriBaseIds": {"type": "object", "additionalProperties": ARTIFACT},
                "results": {"type": "array", "items": {"$ref": "#/definitions/result"}},
            },
        },
        "driver": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": False,
            "properties": {
                "name": {"type": "string"},
                "rules": {
                    "type": "array",
                    "uniqueItems": True,
                    "items": {
                        "type": "object",
                        "required": ["id"],
                        "additionalProperties": False,
                        "properties": {
                            "id": {"type": "string"},
                            "shortDescription": {"$ref": "#/definitions/text"},
                            "help": {"$ref": "#/definitions/text"},
                            "defaultConfiguration": {
                                "type": "object",
                                "properties": {"level": {"enum": ["none", "note", "warning", "error"]}},
                                "additionalProperties": False,
                            },
                            "properties": {"type": "object"},
                        },
                    },
                },
            },
        },
        "text": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
        "result": {
            "type": "object",
            "required": ["message"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": -1},
                "kind": {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
                "level": {"enum": ["none", "note", "warning", "error"]},
                "message": {"$ref": "#/definitions/text"},
                "locations": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "physicalLocation": {
                                "type": "object",
                                "required": ["artifactLocation"],
                                "additionalProperties": False,
                                "properties": {
                                    "artifactLocation": ARTIFACT,
                                    "region": {
                                        "type": "object",
                                        "properties": {"startLine": {"type": "integer", "minimum": 1}},
                                        "additionalProperties": False,
                                    },
                                },
                            },
                            "logicalLocations": {
                                "type": "array",
                                "uniqueItems": True,
                                "items": {
                                    "type": "object",
                                    "properties": {
                                        "fullyQualifiedName": {"type": "string"},
                                        "kind": {"type": "string"},
                                    },
                                    "additionalProperties": False,
                                },
                            },
                        },
                    },
                },
                "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
    },
}


def judged(body: Any) -> PolicyReport:
    return judge_stack(parse(json.dumps(body)), SHIPPED, Judge())


def results(verdict: PolicyReport, source: str = "state.json") -> list[dict[str, Any]]:
    log = json.loads(sarif(verdict, source))
    Draft7Validator(SCHEMA).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    return run["results"]


def many_faults() -> dict[str, Any]:
    """Faults of which one rule finds several on one resource."""
    rules = [{"protocol": "tcp", "fromPort": n, "toPort": n, "cidrBlocks": ["0.0.0.0/0"]} for n in (22, 3389, 5432)]
    group = It("aws:ec2/securityGroup:SecurityGroup", "open", {"ingress": rules, "egress": rules})
    return exported(KEY, group, group, It("aws:rds/cluster:Cluster", "db", {"engine": "aurora-mysql"}))


def test_a_result_names_rule_level_and_resource() -> None:
    (result,) = [it for it in results(judged(exported(KEY))) if it["ruleId"] == "kms-rotation"]
    assert result["level"] == "error"
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": "state.json"}
    assert location["logicalLocations"][0]["fullyQualifiedName"].endswith("::data")


def test_every_result_has_a_fingerprint_of_its_own_and_the_same_in_every_run() -> None:
    first, again = (
        [result["partialFingerprints"]["fault/v1"] for result in results(judged(many_faults()))] for _ in range(2)
    )
    assert len(first) > 10
    assert first == again
    assert len(set(first)) == len(first)


def test_a_fault_keeps_its_fingerprint_when_another_is_mended() -> None:
    all_of_them = {it["partialFingerprints"]["fault/v1"] for it in results(judged(many_faults()))}
    fewer = many_faults()
    for item in fewer["deployment"]["resources"]:
        item.get("inputs", {}).pop("egress", None)
        item.get("outputs", {}).pop("egress", None)
    left = {it["partialFingerprints"]["fault/v1"] for it in results(judged(fewer))}
    assert left < all_of_them


@pytest.mark.parametrize("name", ["a b.json", "a[1].json", "a#1.json", "wählen.json", "a?b.json", "100%.json"])
def test_a_path_is_a_relative_uri_with_everything_encoded(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    verdict = judged(exported(KEY))
    for source in (name, str(tmp_path / name)):
        for folder in (tmp_path, tmp_path.parent):
            monkeypatch.chdir(folder)
            uri = results(verdict, source)[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            parts = urlsplit(uri)
            assert not parts.scheme
            assert not parts.query + parts.fragment
            assert not uri.startswith("/")
    log = json.loads(sarif(verdict, "/elsewhere/" + name))
    assert log["runs"][0]["originalUriBaseIds"] == {"STATE": {"uri": "file:///elsewhere/"}}


@pytest.mark.parametrize(
    ("position", "place"),
    [
        ("project:///components/keys.py#42", ("components/keys.py", 42)),
        ("project:///src/my%20app/index.ts#19,8", ("src/my%20app/index.ts", 19)),
        ("project:///index.ts#0", ("index.ts", 1)),
        ("project:///../../etc/passwd#1", ("state.json", 1)),
        ("https://example.org/x.py#1", ("state.json", 1)),
        ("project:///x.py", ("state.json", 1)),
        (7, ("state.json", 1)),
    ],
)
def test_a_result_stands_in_the_program_where_the_state_says_so(position: Any, place: tuple[str, int]) -> None:
    body = exported(KEY)
    body["deployment"]["resources"][1]["sourcePosition"] = position
    (result,) = [it for it in results(judged(body)) if it["ruleId"] == "kms-rotation"]
    physical = result["locations"][0]["physicalLocation"]
    assert (physical["artifactLocation"]["uri"], physical["region"]["startLine"]) == place


def test_a_recorded_program_says_which_line_made_each_resource() -> None:
    program = recorded("dev")
    stack = parse(json.dumps(recorded_state(program, "dev")))
    root = Path(__file__).parents[2]
    made = [resource for resource in program.resources if resource.custom]
    assert made
    for resource in made:
        source = stack.sources[resource.urn]
        lines = (root / source.path).read_text(encoding="utf-8").splitlines()
        assert source.line <= len(lines)
    (topic, *_) = program.of("aws:sns/topic:Topic")
    source = stack.sources[topic.urn]
    assert "aws.sns.Topic(" in (root / source.path).read_text(encoding="utf-8").splitlines()[source.line - 1]
