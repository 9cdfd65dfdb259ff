"""Who judges which property is found by trying, and told in the report."""

from __future__ import annotations

from devtools.conformance import coverage
from devtools.conformance.client import UNKNOWN

GROUP = "aws:ec2/securityGroup:SecurityGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def measured(token: str, **inputs: object) -> coverage.Coverage:
    return coverage.measure({"urn": (token, inputs)}, {GROUP: ["name"]})


def test_a_source_covers_what_it_refuses_a_wrong_value_of() -> None:
    found = measured(GROUP, description="Tasks", name="tasks")
    assert "cfn-lint" in found.judged[f"{GROUP}.description"], "its schema has the characters of it"
    assert coverage.PROVIDER in found.judged[f"{GROUP}.name"], "it is in the table of what the provider refused"


def test_what_nobody_judges_is_listed() -> None:
    found = measured(ALARM, dimensions={"QueueName": "orders", "Other": "x"})
    assert found.free == [f"{ALARM}.dimensions.*"], "keys of the program's own are one property"
    assert f"  {ALARM}: dimensions.*" in coverage.lines(found)


def test_booleans_and_what_other_resources_give_need_nobody() -> None:
    found = measured(ALARM, actionsEnabled=True, alarmActions=[UNKNOWN])
    assert (found.booleans, found.references) == ({f"{ALARM}.actionsEnabled"}, {f"{ALARM}.alarmActions"})
    assert found.total == 2


def test_secrets_and_tags_are_nobodys_business() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}
    assert measured(GROUP, tags={"a": "b"}, description=secret).total == 0
