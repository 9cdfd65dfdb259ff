"""What is kept of the engine's events."""

from __future__ import annotations

from typing import Any

import pytest

from devtools.rehearsal.events import SECRET_KEY, UNKNOWN, Record

STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
QUEUE = "urn:pulumi:dev::shop::saleday:data:Data$aws:sqs/queue:Queue::orders"


def step(urn: str, op: str = "create", **state: Any) -> dict[str, Any]:
    kind = urn.split("::")[2].rpartition("$")[2]
    new = {"type": kind, "urn": urn, "parent": STACK, "custom": kind.startswith("aws:"), **state}
    return {"metadata": {"op": op, "urn": urn, "type": kind, "new": new}}


def recorded(*events: dict[str, Any]) -> Record:
    record = Record()
    for event in events:
        record.add(event)
    return record


def test_a_resource_is_kept_with_its_tier_and_the_stack_itself_is_not() -> None:
    record = recorded(
        {"resourcePreEvent": step(STACK)},
        {"resourcePreEvent": step(QUEUE, inputs={"tags": {"Tier": "data"}}, protect=True)},
    )
    (resource,) = record.resources.values()
    assert (resource.name, resource.type, resource.tier) == ("orders", "aws:sqs/queue:Queue", "data")
    assert resource.custom
    assert resource.protected


def test_what_stays_the_same_is_no_change() -> None:
    assert recorded({"resourcePreEvent": step(QUEUE, "same")}).changed == {}


def test_a_change_names_the_properties_that_differ() -> None:
    event = step(QUEUE, "update")
    event["metadata"]["detailedDiff"] = {"tags.Owner": {"diffKind": "update"}, "name": {"diffKind": "update"}}
    assert str(recorded({"resourcePreEvent": event}).changed[QUEUE]) == "update (name, tags.Owner)"


@pytest.mark.parametrize("order", [("create-replacement", "replace", "delete-replaced"),
                                   ("delete-replaced", "replace", "create-replacement")])  # fmt: skip
def test_a_replacement_is_one_change_with_its_cause_whichever_step_comes_first(order: tuple[str, ...]) -> None:
    events = []
    for operation in order:
        event = step(QUEUE, operation)
        if operation != "delete-replaced":
            event["metadata"]["detailedDiff"] = {"tags": {"diffKind": "update"}, "name": {"diffKind": "add-replace"}}
        events.append({"resourcePreEvent": event})
    change = recorded(*events).changed[QUEUE]
    assert (change.operation, change.causes) == ("replace", ("name",))


def test_a_line_that_is_no_event_is_remembered() -> None:
    record = Record()
    record.read(b'{"summaryEvent": {"resourceChanges": {"same": 1}}}')
    assert record.ended
    assert not record.cut
    record.read(b'{"summaryEv')
    assert record.cut


def test_secret_and_unknown_outputs_are_shown_as_such_at_any_depth() -> None:
    secret = {SECRET_KEY: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
    event = step(STACK, outputs={"password": secret, "all": {"keys": [secret, "plain"]}, "arn": UNKNOWN})
    assert recorded({"resOutputsEvent": event}).outputs == {
        "password": "[secret]",
        "all": {"keys": ["[secret]", "plain"]},
        "arn": "[unknown]",
    }


def test_policies_that_judged_are_known_by_name_and_violations_by_their_own_words() -> None:
    violation = {
        "policyName": "queue-encrypted",
        "enforcementLevel": "mandatory",
        "resourceUrn": QUEUE,
        "message": "What the rule is about\nqueue-encrypted: orders has no key",
    }
    record = recorded(
        {"policyAnalyzeSummaryEvent": {"passed": ["queue-named"], "failed": ["queue-encrypted"]}},
        {"policyAnalyzeStackSummaryEvent": {"passed": ["stack-whole"]}},
        {"policyEvent": violation},
        {"policyEvent": {**violation, "enforcementLevel": "advisory", "message": "no description"}},
    )
    assert record.policies == {"queue-named", "queue-encrypted", "stack-whole"}
    assert [(found.mandatory, found.message) for found in record.violations] == [
        (True, "queue-encrypted: orders has no key"),
        (False, "no description"),
    ]


def test_a_programs_error_is_told_once() -> None:
    message = "shop:size: has to be at least 1 (got 0); name a larger one"
    record = recorded(
        {"diagnosticEvent": {"severity": "error", "prefix": "error: ", "message": f"{message}\n"}},
        {"diagnosticEvent": {"severity": "error", "message": f"an unhandled error occurred: {message}"}},
        {"diagnosticEvent": {"severity": "error", "message": "only shown while it works", "ephemeral": True}},
        {"diagnosticEvent": {"severity": "info", "message": "by the way"}},
    )
    assert record.errors == [message]


def test_events_and_fields_that_are_not_known_are_passed_over() -> None:
    record = recorded({"sequence": 1, "timestamp": 2, "someLaterEvent": {"a": 1}, "policyEvent": None})
    assert record.violations == []


def test_counts_and_packs_are_the_engines_own() -> None:
    summary = {"resourceChanges": {"create": 3, "same": 0}, "PolicyPacks": {"saleday|local|/somewhere/policy": "0.1.0"}}
    record = recorded({"summaryEvent": summary})
    assert dict(record.changes) == {"create": 3}
    assert record.packs == {"saleday": "0.1.0"}
