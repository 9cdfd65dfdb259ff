"""A verdict as text, JSON, SARIF 2.1.0 and JUnit XML."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from .rule import Rule, Severity
from .stacks import Source
from .verdict import PolicyReport, Violation

NAME = "saleday"

# SARIF knows three levels of a result; code scanning sorts by a number from 0 to 10 in the text of this property.
_SECURITY = {Severity.LOW: "3.0", Severity.MEDIUM: "5.5", Severity.HIGH: "8.0", Severity.CRITICAL: "9.5"}


def text(verdict: PolicyReport, source: str) -> str:
    """A line for each fault, then the count."""
    lines = [f"{violation.level}: {violation.message}\n    {violation.urn}" for violation in verdict.violations]
    lines += [f"undecided: {item.message}" for item in verdict.undecided]
    blocking = sum(violation.blocks for violation in verdict.violations)
    advice = len(verdict.violations) - blocking
    lines.append(
        f"{verdict.stack or source}: {verdict.resources} resources by {len(verdict.rules)} rules: "
        f"{blocking} violations, {advice} advisories, {len(verdict.undecided)} rules undecided"
    )
    return "\n".join(lines) + "\n"


def as_json(verdict: PolicyReport, source: str) -> str:
    return _dump(
        {
            "pack": NAME,
            "source": source,
            "stack": verdict.stack,
            "resources": verdict.resources,
            "passed": verdict.passed,
            "rules": [rule.name for rule in verdict.rules],
            "violations": [
                {
                    "rule": violation.rule.name,
                    "level": violation.level,
                    "severity": violation.rule.severity.value,
                    "controls": list(violation.rule.controls),
                    "urn": violation.urn,
                    "message": violation.message,
                    **({"source": f"{violation.source.path}#{violation.source.line}"} if violation.source else {}),
                }
                for violation in verdict.violations
            ],
            "undecided": [{"rule": item.rule.name, "message": item.message} for item in verdict.undecided],
        }
    )


def sarif(verdict: PolicyReport, source: str) -> str:
    """SARIF 2.1.0 for code scanning: each resource by its URN as a logical location, with the program's source line
    where the file has it, otherwise the file.
    """
    index = {rule.name: number for number, rule in enumerate(verdict.rules)}
    file, bases = _artifact(source)
    marks = Counter[str]()
    results = [
        _result(it.rule, index, _place(it.source, file), it.message, it.urn, _sarif_level(it), marks)
        for it in verdict.violations
    ]
    results += [
        _result(item.rule, index, _place(None, file), item.message, "", "note", marks, kind="open")
        for item in verdict.undecided
    ]
    driver = {"name": NAME, "rules": [_descriptor(rule) for rule in verdict.rules]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return _dump(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [run | ({"originalUriBaseIds": bases} if bases else {})],
        }
    )


def _artifact(source: str) -> tuple[dict[str, str], dict[str, Any]]:
    """The judged file as a relative URI, and the folder that it is relative to where that is not the working folder."""
    path = Path(source)
    if not path.is_absolute():
        return {"uri": quote(path.as_posix())}, {}
    if path.is_relative_to(Path.cwd()):
        return {"uri": quote(path.relative_to(Path.cwd()).as_posix())}, {}
    return {"uri": quote(path.name), "uriBaseId": "STATE"}, {"STATE": {"uri": f"{path.parent.as_uri()}/"}}


def _place(source: Source | None, file: dict[str, str]) -> dict[str, Any]:
    if source is None:
        return {"artifactLocation": file, "region": {"startLine": 1}}
    return {"artifactLocation": {"uri": source.path}, "region": {"startLine": source.line}}


def _sarif_level(violation: Violation) -> str:
    return "error" if violation.blocks else "warning"


def _result(
    rule: Rule,
    index: dict[str, int],
    place: dict[str, Any],
    message: str,
    urn: str,
    level: str,
    marks: Counter[str],
    kind: str = "fail",
) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": place}
    if urn:
        location["logicalLocations"] = [{"fullyQualifiedName": urn, "kind": "resource"}]
    return {
        "ruleId": rule.name,
        "ruleIndex": index[rule.name],
        "kind": kind,
        # The format allows no other level beside a kind that is no failure.
        "level": level if kind == "fail" else "none",
        "message": {"text": message},
        "locations": [location],
        "partialFingerprints": {"fault/v1": _fingerprint(rule, urn, message, marks, kind)},
    }


def _fingerprint(rule: Rule, urn: str, message: str, marks: Counter[str], kind: str) -> str:
    """Fingerprint of a fault, stable across runs and unique per fault: hashes the problem, not the remedy.

    An undecided rule has one fingerprint, whichever value it waits for.
    """
    problem = message.removesuffix(f". {rule.remedy}") if kind == "fail" else kind
    mark = f"{rule.name}:{urn}:{hashlib.sha256(problem.encode('utf-8', 'replace')).hexdigest()[:16]}"
    marks[mark] += 1
    return mark if marks[mark] == 1 else f"{mark}:{marks[mark]}"


def _descriptor(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.title},
        "help": {"text": f"{rule.remedy}."},
        "defaultConfiguration": {"level": "error" if rule.level.value == "mandatory" else "warning"},
        "properties": {"tags": list(rule.controls), "security-severity": _SECURITY[rule.severity]},
    }


def junit(verdict: PolicyReport, source: str) -> str:
    """JUnit XML with one test case per rule; advisories go to its output, as they fail nothing."""
    suite = ET.Element("testsuite", name=f"{NAME} {verdict.stack or source}".strip())
    counts = dict.fromkeys(("failures", "skipped"), 0)
    for rule in verdict.rules:
        case = ET.SubElement(suite, "testcase", classname=f"{NAME}.{rule.severity.value}", name=rule.name)
        found = [violation for violation in verdict.violations if violation.rule is rule]
        open_ = [item.message for item in verdict.undecided if item.rule is rule]
        if blocking := [violation for violation in found if violation.blocks]:
            failure = ET.SubElement(case, "failure", message=rule.title, type=rule.severity.value)
            failure.text = "\n".join(f"{violation.message}\n{violation.urn}" for violation in blocking)
            counts["failures"] += 1
        elif open_:
            ET.SubElement(case, "skipped", message=_printable("; ".join(open_)))
            counts["skipped"] += 1
        if advice := [violation.message for violation in found if not violation.blocks]:
            ET.SubElement(case, "system-out").text = "\n".join(advice)
    suite.set("tests", str(len(verdict.rules)))
    suite.set("errors", "0")
    for name, count in counts.items():
        suite.set(name, str(count))
    for element in suite.iter():
        element.text = _printable(element.text) if element.text else element.text
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True).decode() + "\n"


def _printable(text: str) -> str:
    """Without the control characters that XML has no way to write."""
    return "".join(_printable_characters(text))


def _printable_characters(text: str) -> Iterator[str]:
    for character in text:
        code = ord(character)
        yield (
            character
            if character in "\t\n\r" or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code > 0xFFFF
            else "?"
        )


def _dump(body: Any) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


FORMATS: dict[str, Callable[[PolicyReport, str], str]] = {"text": text, "json": as_json, "sarif": sarif, "junit": junit}
