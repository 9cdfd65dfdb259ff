"""What an account has once: each thing is made where its setting says so, and stacks of one account stay apart."""

from __future__ import annotations

import itertools
import json
import re

import botocore.session
import jmespath
import pytest
from botocore import xform_name

from aws_facts.regions import EDGE_REGION
from aws_facts.singletons import NO_SINGLETONS, SINGLETONS
from devtools.conformance.variants import Variant, examples_and_overlays, lay_over
from devtools.recording.programs import run, stack_values
from devtools.recording.recorded import Recorded, Resource
from devtools.recording.state import exported
from devtools.rehearsal.fake_outputs import AccountRegion
from devtools.rehearsal.plugins.identities import ResourceIds
from policy.pack.judge import Judge
from policy.pack.registry import RULES
from policy.pack.stacks import parse
from policy.pack.verdict import judge_stack
from specs.account import Account
from tests.program.variants import NAMES, recorded_variant

REGION = "ap-south-1"
ALL = examples_and_overlays()
STACKS = sorted({variant.stack for variant in ALL})
# The stacks and what has other resources, which other tests record too, and what settles the account otherwise.
VARIANTS = {one.name: one for one in ALL if one.name in NAMES or "saleday:account" in one.config}
SAMPLED = [name if name in STACKS else pytest.param(name, marks=pytest.mark.thorough) for name in VARIANTS]
FIELDS = {field.alias: name for name, field in Account.model_fields.items()}


def values(variant: Variant) -> dict[str, object]:
    stack = stack_values(variant.stack)
    laid = lay_over(stack, variant.config)
    return {key: laid.get(key) for key in {*stack, *laid}}


def account(variant: Variant) -> Account:
    return Account.model_validate(values(variant).get("saleday:account") or {})


def place(resource: Resource, home: str = REGION) -> str:
    return EDGE_REGION if f"::{EDGE_REGION}::" in resource.provider else home


def things(shop: Recorded, home: str = REGION) -> set[tuple[str, str]]:
    """What the stack makes of what an account has once: the setting, and the region."""
    found = set()
    for one, resource in itertools.product(SINGLETONS.values(), shop.all):
        at_edge = place(resource, home) == EDGE_REGION != home
        if one.made_by(resource.token, resource.inputs) and at_edge == (one.scope == "us-east-1"):
            found.add((one.setting, place(resource, home)))
    return found


def test_each_thing_has_one_setting_and_each_setting_one_thing() -> None:
    assert SINGLETONS.keys() == FIELDS.keys()
    assert set(Account().model_dump().values()) == {"leave"}, "an account that has all of them takes the stack"


@pytest.mark.parametrize("name", SAMPLED)
def test_nothing_that_an_account_has_once_is_made_unless_its_setting_says_create(name: str) -> None:
    variant = VARIANTS[name]
    home = str(values(variant)["aws:region"])
    settings = account(variant)
    created = {alias for alias, field in FIELDS.items() if getattr(settings, field) == "create"}
    assert {setting for setting, _ in things(recorded_variant(name), home)} == created


@pytest.mark.parametrize("name", SAMPLED)
def test_stacks_of_one_account_share_neither_a_thing_nor_a_name(name: str) -> None:
    variant = VARIANTS[name]
    home = str(values(variant)["aws:region"])
    others = [stack for stack in STACKS if stack != variant.stack]
    known = ResourceIds()
    taken: set[tuple[str, str]] = set()
    for shop, region in ((recorded_variant(name), home), *((recorded_variant(stack), REGION) for stack in others)):
        for resource in shop.resources:
            if resource.custom and resource.token.startswith("aws:"):
                where = AccountRegion.of(place(resource, region))
                known.claim(resource.token, resource.urn, str(resource.outputs["id"]), resource.inputs, where)
        assert not taken & things(shop, region)
        taken |= things(shop, region)


@pytest.mark.parametrize(("holding", "faults"), [pytest.param("adopt", 0, marks=pytest.mark.thorough), ("leave", 1)])
def test_production_comes_up_in_an_account_that_has_everything(holding: str, faults: int) -> None:
    has = {alias: holding for alias in FIELDS if alias != "costMonitor"}
    shop = run("prod", {"saleday:account": has})
    assert not things(shop)
    verdict = judge_stack(parse(json.dumps(exported(shop, "prod"))), RULES, Judge())
    told = [violation.message for violation in verdict.violations]
    assert len(told) == faults, told
    assert all("no GuardDuty detector covers it" in message for message in told), (
        "production is never left unwatched in silence"
    )


def test_what_looks_like_one_of_a_kind_and_is_none_is_told() -> None:
    singular = {token for one in SINGLETONS.values() for token, wanted in one.tokens.items() if not wanted}
    assert not singular & NO_SINGLETONS.keys()


def test_every_look_is_a_call_that_boto3_has_with_members_that_aws_answers_with() -> None:
    session = botocore.session.get_session()
    for one in SINGLETONS.values():
        model = session.get_service_model(one.look.client)
        operations = {xform_name(name): name for name in model.operation_names}
        operation = model.operation_model(operations[one.look.call])
        assert set(one.look.arguments) <= set(operation.input_shape.members if operation.input_shape else ())
        answered = operation.output_shape.members
        first = re.match(r"\w+", one.look.found)
        assert first is not None
        assert first[0] in answered, one.setting
        jmespath.compile(one.look.found)
        assert set(one.look.absent) <= {error.name for error in operation.error_shapes}, one.setting
        assert one.source, one.setting
        assert re.fullmatch(r"[a-z0-9-]+:[A-Z]\w+", one.look.action), one.setting
