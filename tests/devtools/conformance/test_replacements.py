"""The offline plugin is held to the real provider: the same changes replace, and the same ones update."""

from __future__ import annotations

import json
from typing import Any

import pytest

from devtools.conformance import replacements, tables
from devtools.conformance.program import path_of, with_value
from devtools.rehearsal.plugins.diffs import difference
from devtools.rehearsal.schema import resource_type
from tests.each import for_each

FILE = tables.DATA / "replacements.json"
TABLE: dict[str, Any] = json.loads(FILE.read_text())["types"] if FILE.exists() else {}


def offline(token: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    found = difference(resource_type(token), before, after, {})
    return "replace" if found.replaces else "update" if found.changes else "same"


@for_each(sorted(TABLE))
def test_the_offline_plugin_replaces_and_updates_as_the_real_provider_does(token: str) -> None:
    wrong = []
    for place, entry in TABLE[token]["paths"].items():
        before = TABLE[token]["samples"][entry["sample"]]
        said = offline(token, before, with_value(before, path_of(entry["path"]), entry["value"]))
        if said != entry["verdict"]:
            wrong.append(f"{place}: the provider says {entry['verdict']}, the offline plugin {said}")
    assert not wrong, "a rehearsal that keeps what AWS would replace hides an outage:\n" + "\n".join(wrong)


def test_the_table_covers_what_a_shop_is_made_of() -> None:
    assert len(TABLE) >= 80, "the table is made of everything that the program's variants set"
    verdicts = {entry["verdict"] for kind in TABLE.values() for entry in kind["paths"].values()}
    assert {"replace", "update"} <= verdicts, "both kinds of change have been asked about"


def test_every_plain_value_is_asked_about_once_per_place() -> None:
    inputs = {"name": "x", "rules": [{"a": 1}, {"a": 2, "b": True}], "tags": {"T": "v"}, "list": ["p", "q"], "__x": 1}
    places = {replacements.general(path) for path in replacements.leaves(inputs)}
    assert places == {"name", "rules[*].a", "rules[*].b", "tags.*", "list[*]"}, "no place is forgotten"


@pytest.mark.parametrize("value", [True, 3, 0.5, "text", "42", "true", '{"Statement": []}', "[1]"])
def test_a_changed_value_is_of_the_same_kind_and_differs(value: Any) -> None:
    changed = replacements.other(value)
    assert changed != value, "an equal value would ask nothing"
    assert isinstance(changed, type(value)), "another kind would be refused instead of judged"


def test_unknown_and_secret_values_get_stand_ins_of_their_kind() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "s"}
    given = {"subnetIds": replacements.UNKNOWN, "name": secret, "roleArn": replacements.UNKNOWN}
    plain = replacements.known(given, resource_type("aws:ec2/networkAcl:NetworkAcl").properties)
    assert plain["subnetIds"] == [replacements.STAND_IN], "a list stays a list"
    assert plain["name"] == "s"
    assert plain["roleArn"].startswith("arn:aws:"), "an ARN by its name looks like one"
