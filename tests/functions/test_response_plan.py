"""Plans: what each kind of finding leads to, and what is left alone. The documents keep to GuardDuty's own format."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import botocore
import pytest

from functions.response_plan import is_sample, report, suspects
from tests.functions.response_world import ATTACKER, EXECUTION, FINDINGS, OPT_OUT, World, world

DOCUMENTS = sorted(file.stem for file in FINDINGS.glob("*.json"))


@pytest.fixture
def attacked() -> Iterator[World]:
    with world() as made:
        yield made


def shapes() -> dict[str, Any]:
    """GuardDuty's API model: which members a finding has, and which values some of them take."""
    file = Path(botocore.__file__).parent / "data/guardduty/2017-11-28/service-2.json.gz"
    found: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))["shapes"]
    return found


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_finding_documents_keep_to_guarddutys_own_format(name: str) -> None:
    known = shapes()

    def check(value: Any, shape: str, path: str) -> None:
        model = known[shape]
        if model["type"] == "structure":
            members = {one.get("locationName", key): one["shape"] for key, one in model["members"].items()}
            assert value.keys() <= members.keys(), path
            for key, inner in value.items():
                check(inner, members[key], f"{path}.{key}")
        elif model["type"] == "list":
            for inner in value:
                check(inner, model["member"]["shape"], path)
        elif "enum" in model:
            assert value in model["enum"], path

    check(json.loads((FINDINGS / f"{name}.json").read_text())["detail"], "Finding", name)


def steps(answer: Any) -> list[tuple[str, ...]]:
    """Kinds of steps with what they are about."""
    about = ("instance", "task", "role", "address")
    return [(step["step"], *(step[key] for key in about if key in step)) for step in answer["steps"]]


def test_an_instance_that_calls_home_is_isolated_kept_as_evidence_and_loses_its_sessions(attacked: World) -> None:
    answer = attacked.plan(attacked.event("instance_command_and_control"))
    assert answer["mode"] == "armed"
    assert steps(answer) == [
        ("isolate-instance", attacked.instance),
        ("snapshot-volumes", attacked.instance),
        ("revoke-sessions", "saleday-prod-hosts"),
    ], "containment first; an address that one calls is not blocked at the door"


def test_whoever_probes_is_blocked(attacked: World) -> None:
    answer = attacked.plan(attacked.event("instance_port_probe"))
    assert [step for step in steps(answer) if step[0] == "block-address"] == [
        ("block-address", ATTACKER),
        ("block-address", "193.32.162.40"),
    ]


def test_a_task_that_runs_malware_is_stopped_and_its_role_loses_its_sessions(attacked: World) -> None:
    answer = attacked.plan(attacked.event("task_malicious_file"))
    assert steps(answer) == [("stop-task", attacked.task), ("revoke-sessions", "saleday-prod-cart-task")]


def test_stolen_credentials_lose_their_sessions_and_the_thief_the_shop(attacked: World) -> None:
    answer = attacked.plan(attacked.event("role_credentials_outside"))
    assert steps(answer) == [("revoke-sessions", "saleday-prod-cart-task"), ("block-address", ATTACKER)]


def test_a_login_to_a_database_blocks_where_it_came_from(attacked: World) -> None:
    assert steps(attacked.plan(attacked.event("database_login"))) == [("block-address", "193.32.162.40")]


def test_an_attack_sequence_is_answered_for_all_that_it_joins(attacked: World) -> None:
    answer = attacked.plan(attacked.event("attack_sequence"))
    assert steps(answer) == [
        ("isolate-instance", attacked.instance),
        ("stop-task", attacked.task),
        ("snapshot-volumes", attacked.instance),
        ("revoke-sessions", "saleday-prod-cart-task"),
        ("revoke-sessions", "saleday-prod-hosts"),
        ("block-address", ATTACKER),
    ]


def test_users_and_root_are_told_of_and_left_to_people(attacked: World) -> None:
    event = attacked.event("role_credentials_outside")
    event["detail"]["resource"]["accessKeyDetails"] |= {"userType": "Root", "userName": "Root"}
    answer = attacked.plan(event)
    assert steps(answer) == [("block-address", ATTACKER)]
    assert answer["left"] == ["Root Root: has no role; disable it by hand"]


def test_unarmed_it_says_what_it_would_do(attacked: World) -> None:
    answer = attacked.plan(attacked.event("attack_sequence"), armed=False)
    assert answer["mode"] == "dry run"
    assert "nothing is done" in answer["message"]
    assert "aws lambda invoke" not in answer["message"], "there is nothing to approve"


@pytest.mark.parametrize("info", [{"sample": True}, {"value": '{"sample":true}', "type": "default"}])
def test_a_sample_finding_is_a_dry_run_however_armed(attacked: World, info: dict[str, Any]) -> None:
    event = attacked.event("role_credentials_outside")
    event["detail"]["service"]["additionalInfo"] = info
    assert is_sample(event["detail"])
    assert attacked.plan(event)["mode"] == "dry run"


@pytest.mark.parametrize("value", ["{", '{"sample": ' + "9" * 5000 + "}", '{"a":' * 100_000, "[true]", None, 7])
def test_details_that_nobody_can_read_make_no_sample_and_no_plan_fail(attacked: World, value: object) -> None:
    event = attacked.event("role_credentials_outside")
    event["detail"]["service"]["additionalInfo"] = {"value": value}
    assert attacked.plan(event)["mode"] == "armed"


def test_an_address_that_is_none_holds_up_nothing_else(attacked: World) -> None:
    event = attacked.event("role_credentials_outside")
    event["detail"]["service"]["action"]["awsApiCallAction"]["remoteIpDetails"]["ipAddressV4"] = "unknown"
    answer = attacked.plan(event)
    assert {step[0] for step in steps(answer)} == {"revoke-sessions"}
    assert any("unknown" in reason for reason in answer["left"])


def test_what_is_gone_is_left(attacked: World) -> None:
    attacked.ec2.terminate_instances(InstanceIds=[attacked.instance])
    attacked.ecs.stop_task(cluster="saleday-prod", task=attacked.task)
    attacked.iam.delete_role(RoleName="saleday-prod-cart-task")
    answer = attacked.plan(attacked.event("attack_sequence"))
    assert steps(answer) == [("block-address", ATTACKER)]
    assert len(answer["left"]) == 3
    assert all(reason.endswith("is gone") for reason in answer["left"])


def test_what_never_was_is_left(attacked: World) -> None:
    """A finding outlives what it is about: EC2 forgets an instance within the hour."""
    attacked.instance, attacked.task = "i-0feedbeef0feedbee", attacked.task[:-32] + "f" * 32
    answer = attacked.plan(attacked.event("instance_command_and_control"))
    assert (answer["mode"], steps(answer)) == ("nothing", [])
    assert steps(attacked.plan(attacked.event("task_malicious_file"))) == []


def test_a_cluster_that_is_gone_is_no_error(attacked: World) -> None:
    attacked.task = attacked.task.replace("saleday-prod", "another")
    answer = attacked.plan(attacked.event("task_malicious_file"))
    assert answer["mode"] == "nothing"
    assert answer["left"] == [f"task {attacked.task}: is gone"]


def test_whatever_opts_out_is_left_alone(attacked: World) -> None:
    attacked.ec2.create_tags(Resources=[attacked.instance], Tags=[OPT_OUT])
    attacked.ecs.tag_resource(resourceArn=attacked.task, tags=[{"key": "IncidentResponse", "value": "Off"}])
    attacked.iam.tag_role(RoleName="saleday-prod-cart-task", Tags=[OPT_OUT])
    answer = attacked.plan(attacked.event("attack_sequence"))
    assert steps(answer) == [("block-address", ATTACKER)]
    assert sum("opts out" in reason for reason in answer["left"]) == 3


def test_an_instance_in_a_group_of_the_edge_is_never_touched(attacked: World) -> None:
    attacked.ec2.modify_instance_attribute(InstanceId=attacked.instance, Groups=[attacked.hosts, attacked.edge])
    answer = attacked.plan(attacked.event("instance_command_and_control"))
    assert steps(answer) == []
    assert answer["left"] == [f"instance {attacked.instance}: is in a group of the edge, which is never touched"]


def test_a_role_that_is_none_of_the_stacks_is_left_to_people(attacked: World) -> None:
    event = attacked.event("role_credentials_outside")
    event["detail"]["resource"]["accessKeyDetails"]["userName"] = "saleday-prod-break-glass"
    answer = attacked.plan(event)
    assert steps(answer) == [("block-address", ATTACKER)]
    assert "by hand" in answer["left"][0]


def test_no_address_of_the_settings_of_the_inside_or_of_its_own_is_blocked(attacked: World) -> None:
    nat = "13.232.7.9"
    with mock.patch("moto.ec2.models.elastic_ip_addresses.random_ip", return_value=nat):
        own = attacked.ec2.allocate_address(Domain="vpc")
    attacked.ec2.create_nat_gateway(SubnetId=attacked.subnet, AllocationId=own["AllocationId"])
    for address, reason in (("10.20.0.9", "none of the internet's"), (ATTACKER, "by the settings"), (nat, "NAT")):
        event = attacked.event("role_credentials_outside")
        event["detail"]["service"]["action"]["awsApiCallAction"]["remoteIpDetails"]["ipAddressV4"] = address
        answer = attacked.plan(event, never_blocked=("45.155.205.0/24", "2001:db8::/32"))
        assert not [step for step in steps(answer) if step[0] == "block-address"], address
        assert reason in answer["left"][0]


def test_the_message_tells_finding_steps_and_how_to_approve_without_the_token(attacked: World) -> None:
    event = attacked.event("task_malicious_file")
    event["detail"]["region"] = "us-east-1"
    answer = attacked.plan(event)
    message = answer["message"]
    assert "(us-east-1)" in message
    assert "30c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5" in message
    assert f"1. stop task {attacked.task}" in message
    assert "aws lambda invoke --region ap-south-1 --function-name saleday-prod-response-decide" in message
    assert EXECUTION in message
    assert "docs/incident-response.md" in message
    assert len(answer["subject"]) <= 100
    assert answer["subject"].isascii()


def test_outbound_connections_name_nobody_to_block() -> None:
    detail = json.loads((FINDINGS / "instance_command_and_control.json").read_text())["detail"]
    assert suspects(detail).addresses == ()
    detail["service"]["action"]["networkConnectionAction"]["connectionDirection"] = "INBOUND"
    assert suspects(detail).addresses == (ATTACKER,)


def test_a_finding_of_a_kind_that_nobody_knows_yet_plans_nothing() -> None:
    found = suspects({"resource": {"resourceType": "SomethingNew"}, "service": {"serviceName": "guardduty"}})
    assert (found.instances, found.tasks, found.roles, found.addresses, found.others) == ((), (), (), (), ())


def test_the_report_says_what_has_been_done_by_whose_word_and_what_has_failed() -> None:
    plan = {"finding": {"id": "1", "type": "T:EC2/X", "severity": 8, "title": "Something", "region": "ap-south-1"}}
    outcomes = [{"outcome": "done", "what": "a"}, {"outcome": "failed", "what": "b"}]
    told = report(plan, outcomes, "Asha")
    assert told["failed"] is True
    assert "Approved by: Asha" in told["message"]
    assert "failed: b" in told["message"]
    assert report(plan, outcomes[:1], "Asha")["failed"] is False
