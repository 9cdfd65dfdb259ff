"""Steps: each one does what it says, twice is as good as once, and none is taken unarmed or against what opts out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.response_act import MAX_ADDRESSES, NotArmed, Responder, Rules
from tests.functions.response_world import ATTACKER, OPT_OUT, World, world

FINDING = "16afba5c5c43e07c9e3e5e2e544e95df"


@pytest.fixture
def attacked() -> Iterator[World]:
    with world() as made:
        yield made


def test_an_isolated_instance_is_out_of_its_group_and_in_quarantine_alone(attacked: World) -> None:
    step = {"step": "isolate-instance", "instance": attacked.instance}
    outcome = attacked.responder().take(step)
    assert outcome["outcome"] == "done"
    assert attacked.groups_of(attacked.instance) == [attacked.quarantine]
    assert attacked.instance not in attacked.members(), "the group would end it, and the evidence with it"
    assert len(attacked.members()) == 1, "and starts another in its place"
    assert attacked.hosts in outcome["what"], "whoever undoes it has to know where it was"


def test_where_an_isolated_instance_was_is_written_on_its_interface(attacked: World) -> None:
    attacked.responder().take({"step": "isolate-instance", "instance": attacked.instance})
    [interface] = attacked.ec2.describe_network_interfaces(
        Filters=[{"Name": "attachment.instance-id", "Values": [attacked.instance]}]
    )["NetworkInterfaces"]
    tags = {tag["Key"]: tag["Value"] for tag in interface["TagSet"]}
    assert tags["GroupsBeforeIsolation"] == attacked.hosts
    assert (tags["Project"], tags["Stack"]) == ("saleday", "prod"), "break-glass moves it back by these tags"


def test_all_volumes_are_kept_once_for_a_finding(attacked: World) -> None:
    responder = attacked.responder()
    step = {"step": "snapshot-volumes", "instance": attacked.instance, "finding": FINDING}
    assert responder.take(step)["outcome"] == "done"
    assert responder.take(step)["outcome"] == "already done"
    [snapshot] = attacked.ec2.describe_snapshots(
        OwnerIds=["self"], Filters=[{"Name": "tag:Finding", "Values": [FINDING]}]
    )["Snapshots"]
    tags = {tag["Key"]: tag["Value"] for tag in snapshot["Tags"]}
    assert tags["Instance"] == attacked.instance
    assert tags["Keep"] == "true", "no clean-up may take the evidence"
    other = {**step, "finding": "another"}
    assert responder.take(other)["outcome"] == "done", "a later finding is evidence of its own"


def test_a_stopped_task_says_why(attacked: World) -> None:
    step = {"step": "stop-task", "task": attacked.task, "finding": FINDING}
    assert attacked.responder().take(step)["outcome"] == "done"
    [task] = attacked.ecs.describe_tasks(cluster="saleday-prod", tasks=[attacked.task])["tasks"]
    assert task["desiredStatus"] == "STOPPED"
    assert FINDING in task["stoppedReason"]


def revoked(attacked: World, role: str) -> dict[str, Any]:
    document = attacked.iam.get_role_policy(RoleName=role, PolicyName="AWSRevokeOlderSessions")["PolicyDocument"]
    [statement] = document["Statement"]
    assert isinstance(statement, dict)
    return statement


def test_revoking_refuses_every_session_older_than_now_and_nothing_else(attacked: World) -> None:
    step = {"step": "revoke-sessions", "role": "saleday-prod-cart-task", "since": "2026-11-20T10:05:00Z"}
    before = datetime.now(UTC) - timedelta(seconds=1)
    assert attacked.responder().take(step)["outcome"] == "done"
    statement = revoked(attacked, "saleday-prod-cart-task")
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Deny", ["*"], ["*"])
    moment = datetime.fromisoformat(statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"])
    assert before <= moment <= datetime.now(UTC)


def test_sessions_are_revoked_again_only_for_what_was_told_later(attacked: World) -> None:
    responder = attacked.responder()
    step = {"step": "revoke-sessions", "role": "saleday-prod-cart-task", "since": "2026-11-20T10:05:00Z"}
    responder.take(step)
    first = revoked(attacked, "saleday-prod-cart-task")
    assert responder.take(step)["outcome"] == "already done"
    assert revoked(attacked, "saleday-prod-cart-task") == first, "tasks that have started anew would be cut off again"
    later = {**step, "since": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    assert responder.take(later)["outcome"] == "done"


def test_a_role_out_of_reach_is_left_whatever_the_plan_says(attacked: World) -> None:
    attacked.iam.create_role(RoleName="saleday-prod-break-glass", AssumeRolePolicyDocument="{}")
    step = {"step": "revoke-sessions", "role": "saleday-prod-break-glass", "since": "2026-11-20T10:05:00Z"}
    assert attacked.responder().take(step)["outcome"] == "left"
    assert attacked.iam.list_role_policies(RoleName="saleday-prod-break-glass")["PolicyNames"] == []


@pytest.mark.parametrize(("address", "family"), [(ATTACKER, "v4"), ("2606:4700:4700::1111", "v6")])
def test_a_blocked_address_joins_those_that_are_blocked_already(attacked: World, address: str, family: str) -> None:
    responder = attacked.responder()
    responder.take({"step": "block-address", "address": "193.32.162.40"})
    step = {"step": "block-address", "address": address}
    assert responder.take(step)["outcome"] == "done"
    assert responder.take(step)["outcome"] == "already done"
    mask = "/32" if family == "v4" else "/128"
    assert f"{address}{mask}" in attacked.blocked(family)
    assert "193.32.162.40/32" in attacked.blocked(), "nobody is let in again"


def test_an_address_within_a_blocked_range_is_blocked_already(attacked: World) -> None:
    known = attacked.ip_sets["v4"]
    which = {"Name": known["name"], "Id": known["id"], "Scope": "CLOUDFRONT"}
    lock = attacked.wafv2.get_ip_set(**which)["LockToken"]
    attacked.wafv2.update_ip_set(**which, Addresses=["45.155.0.0/16"], LockToken=lock)
    assert attacked.responder().take({"step": "block-address", "address": ATTACKER})["outcome"] == "already done"
    assert attacked.blocked() == ["45.155.0.0/16"]


class Contested:
    """An IP set that somebody else changes first, for the first `times`."""

    def __init__(self, client: Any, times: int) -> None:
        self._client, self._times = client, times
        self.exceptions = client.exceptions

    def get_ip_set(self, **call: Any) -> Any:
        return self._client.get_ip_set(**call)

    def update_ip_set(self, **call: Any) -> Any:
        if self._times:
            self._times -= 1
            raise self.exceptions.WAFOptimisticLockException({"Error": {"Code": "WAFOptimisticLockException"}}, "x")
        return self._client.update_ip_set(**call)


def contested(attacked: World, times: int) -> tuple[Responder, list[float]]:
    slept: list[float] = []
    rules = Rules(
        armed=True,
        quarantine_group=attacked.quarantine,
        revocable=frozenset(),
        ip_sets=attacked.ip_sets,
        tags={},
    )
    clients = attacked.clients | {"wafv2": Contested(attacked.wafv2, times)}
    return Responder(rules, clients, slept.append), slept


def test_two_that_block_at_once_both_succeed(attacked: World) -> None:
    responder, slept = contested(attacked, 2)
    assert responder.take({"step": "block-address", "address": ATTACKER})["outcome"] == "done"
    assert attacked.blocked() == [f"{ATTACKER}/32"]
    assert len(slept) == 2


def test_an_ip_set_that_never_holds_still_is_an_error(attacked: World) -> None:
    responder, _ = contested(attacked, 99)
    with pytest.raises(TimeoutError, match=ATTACKER):
        responder.take({"step": "block-address", "address": ATTACKER})


def test_a_full_ip_set_is_told_and_keeps_what_it_holds(attacked: World) -> None:
    class Full(Contested):
        def get_ip_set(self, **call: Any) -> Any:
            addresses = [f"11.{n >> 8}.{n & 255}.0/24" for n in range(MAX_ADDRESSES)]
            return {"IPSet": {"Addresses": addresses}, "LockToken": "1"}

    responder, _ = contested(attacked, 0)
    responder._wafv2 = Full(attacked.wafv2, 0)
    outcome = responder.take({"step": "block-address", "address": ATTACKER})
    assert outcome["outcome"] == "left"
    assert "full" in outcome["what"]


def everything(attacked: World) -> list[dict[str, str]]:
    """One step of each kind."""
    return [
        {"step": "isolate-instance", "instance": attacked.instance},
        {"step": "snapshot-volumes", "instance": attacked.instance, "finding": FINDING},
        {"step": "stop-task", "task": attacked.task, "finding": FINDING},
        {"step": "revoke-sessions", "role": "saleday-prod-cart-task", "since": "2026-11-20T10:05:00Z"},
        {"step": "block-address", "address": ATTACKER},
    ]


def test_the_same_finding_told_again_does_nothing_twice(attacked: World) -> None:
    event = attacked.event("attack_sequence")
    first = attacked.answer(event)
    assert {one["outcome"] for one in first} == {"done"}
    steps = attacked.plan(event)["steps"]
    again = [attacked.responder().take(step) for step in steps]
    assert {one["outcome"] for one in again} == {"already done"}
    assert not [step for step in steps if step["step"] == "stop-task"], "a stopped task is not planned for again"


def test_steps_that_are_taken_twice_from_one_plan_are_taken_once(attacked: World) -> None:
    responder = attacked.responder()
    steps = everything(attacked)
    assert {responder.take(step)["outcome"] for step in steps} == {"done"}
    assert {responder.take(step)["outcome"] for step in steps} == {"already done"}


def test_what_has_gone_since_the_plan_is_left(attacked: World) -> None:
    steps = everything(attacked)[:4]
    attacked.ec2.terminate_instances(InstanceIds=[attacked.instance])
    steps[2]["task"] = attacked.task[:-32] + "f" * 32
    attacked.iam.delete_role(RoleName="saleday-prod-cart-task")
    assert {attacked.responder().take(step)["outcome"] for step in steps} == {"left"}


def test_what_has_opted_out_since_the_plan_is_left(attacked: World) -> None:
    attacked.ec2.create_tags(Resources=[attacked.instance], Tags=[OPT_OUT])
    attacked.ecs.tag_resource(resourceArn=attacked.task, tags=[{"key": "IncidentResponse", "value": "off"}])
    attacked.iam.tag_role(RoleName="saleday-prod-cart-task", Tags=[OPT_OUT])
    assert {attacked.responder().take(step)["outcome"] for step in everything(attacked)[:4]} == {"left"}
    assert attacked.groups_of(attacked.instance) == [attacked.hosts]
    assert attacked.instance in attacked.members()


def test_unarmed_no_step_is_taken_whoever_asks(attacked: World) -> None:
    responder = attacked.responder(armed=False)
    for step in everything(attacked):
        with pytest.raises(NotArmed):
            responder.take(step)
    assert attacked.groups_of(attacked.instance) == [attacked.hosts]
    assert attacked.blocked() == []


def test_an_unknown_step_is_an_error(attacked: World) -> None:
    with pytest.raises(ValueError, match="destroy-everything"):
        attacked.responder().take({"step": "destroy-everything"})
