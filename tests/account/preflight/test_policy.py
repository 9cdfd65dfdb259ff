"""The least policy: everything that is asked and nothing else, by AWS's own names."""

from __future__ import annotations

import json
import re
from typing import Any, cast

import boto3
import jmespath
import pytest
from botocore import xform_name

from account.preflight import policy
from account.preflight.checks import all_checks
from account.preflight.kinds import KINDS
from account.preflight.look import Check, Subject, World
from account.preflight.reads import Read
from account.preflight.run import concerning, held
from account.preflight.verdict import Outcome
from aws_facts.quotas import QUOTAS
from devtools.rehearsal.fake_outputs import ACCOUNT_ID
from policy.pack.service_actions import find
from tests.account.preflight.world import REGION, Dns, Images, Stubbed, whole, world
from tests.each import for_each

READS = sorted(
    {read for check in all_checks() for read in check.reads}, key=lambda read: (read.service, read.operation)
)
# Actions that are not called what their operation is (Service Authorization Reference).
RENAMED = {
    ("s3", "list_buckets"): "s3:ListAllMyBuckets",
    ("s3", "head_bucket"): "s3:ListBucket",
    ("budgets", "describe_budgets"): "budgets:ViewBudget",
}


@pytest.fixture(scope="module")
def model() -> Any:
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
    return session._session


def operation(model: Any, read: Read) -> Any:
    service = model.get_service_model(read.service)
    name = next(name for name in service.operation_names if xform_name(name) == read.operation)
    return service.operation_model(name)


@for_each(READS, lambda read: f"{read.service}.{read.operation}")
def test_every_action_is_one_of_awss_that_only_reads(read: Read, model: Any) -> None:
    action = find(read.action)
    assert action is not None, f"{read.action} is no action of AWS's"
    assert action.name == read.action
    assert action.levels in ("Read", "List"), f"{read.action} does more than read"
    if (read.service, read.operation) in RENAMED:
        assert read.action == RENAMED[read.service, read.operation]
    else:
        assert read.action.partition(":")[2] == operation(model, read).name


def sample(shape: Any, depth: int = 0) -> Any:
    """A value of a shape with one of everything."""
    if shape.type_name == "structure":
        return {name: sample(one, depth + 1) for name, one in shape.members.items()} if depth < 9 else {}
    if shape.type_name == "list":
        return [sample(shape.member, depth + 1)]
    if shape.type_name == "map":
        return {"key": sample(shape.value, depth + 1)}
    return {"boolean": True, "integer": 200, "long": 1, "double": 1.0}.get(shape.type_name, "text")


@for_each(READS, lambda read: f"{read.service}.{read.operation}")
def test_what_is_looked_for_is_in_the_answer(read: Read, model: Any) -> None:
    answer = {**sample(operation(model, read).output_shape), "ResponseMetadata": {"HTTPStatusCode": 200}}
    # Values that are looked for, the sample does not have.
    path = re.sub(r"\[\?.*?\]", "[]", re.sub(r"=='[^']*'", "", re.sub(r"\[\?ends_with.*?\)\]", "[]", read.found)))
    found = jmespath.search(path, answer)
    assert found, f"{read.found} is nowhere in the answer"
    assert not isinstance(found, list) or None not in (found[0] if isinstance(found[0], list) else found)
    if read.more:
        assert jmespath.search(read.more[0], answer), f"{read.more[0]} is nowhere in the answer"
        assert read.more[1] in operation(model, read).input_shape.members


@pytest.mark.parametrize("stack", ["prod", "eks", "ec2"])
def test_a_stacks_policy_covers_every_call_and_nothing_is_taken_to_hold_that_was_refused(stack: str) -> None:
    subject, stubbed = whole(stack), Stubbed({})
    checks = concerning(all_checks(), subject)
    findings = held(checks, subject, world(stubbed), lambda line: None)
    allowed = set(json.loads(policy.document(checks))["Statement"][0]["Action"])
    by_call = {(read.service, read.operation): read.action for read in READS}
    assert {by_call[service, xform_name(name)] for service, name, _ in stubbed.asked} <= allowed
    said = [finding for finding in findings if finding.line.outcome is not Outcome.NOT_KNOWN]
    # Neither the DNS nor the registries are AWS's, and some quotas it lists nowhere.
    assert {finding.title for finding in said if "AWS does not list" not in finding.line.text} <= {"domain", "images"}


class Full:
    """An account in which all names of a stack are taken, and that keeps what it was asked."""

    account_id, region = ACCOUNT_ID, REGION

    def __init__(self, subject: Subject) -> None:
        self.asked: set[str] = set()
        self.names = [value for one in subject.program.resources for value in one.inputs.values() if is_name(value)]

    def ask(self, read: Read, region: str = "", **asked: Any) -> list[Any]:
        self.asked.add(read.action)
        answers: dict[str, list[Any]] = {
            "describe_cluster_versions": [["1.35", "STANDARD_SUPPORT"]],
            "list_aws_default_service_quotas": [[quota.code, 1.0] for quota in QUOTAS.values()],
            "get_account_settings": [1000, 1000],
            "list_resource_record_sets": [["shop.example.com.", "A"]],
            "list_distributions": [["arn:of:another", ["shop.example.com"]]],
        }
        if str(asked.get("Path", "")).endswith("/releases"):
            return [["/releases/ui", f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/ui:1"]]
        if read.operation in answers:
            return answers[read.operation]
        return self.names if read in {kind.read for kind in KINDS} else []


def is_name(value: Any) -> bool:
    return isinstance(value, str) and "saleday" in value


@pytest.mark.parametrize("stack", ["prod", "eks", "ec2"])
def test_a_stacks_policy_allows_nothing_that_is_never_asked(stack: str) -> None:
    subject = whole(stack)
    account, checks = Full(subject), concerning(all_checks(), subject)
    around = World(account=cast(Any, account), resolver=Dns(), registry=Images())
    held(checks, subject, around, lambda line: None)
    assert account.asked == set(policy.actions(checks))


def test_a_check_asks_nothing_that_it_did_not_declare() -> None:
    check = Check(title="it", hold=lambda look: look.ask(READS[0]))
    with pytest.raises(AssertionError, match="is not declared"):
        held([check], whole("prod"), world({}), lambda line: None)


def test_a_policy_fits_into_one_managed_policy() -> None:
    text = policy.document(all_checks())
    assert len("".join(text.split())) <= 6144
    assert json.loads(text)["Statement"][0]["Resource"] == "*"
