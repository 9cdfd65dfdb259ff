"""AWS's own list of actions, and the reviewed lists that stand beside it."""

from __future__ import annotations

import re
from importlib.util import find_spec, module_from_spec

import pytest

from policy.pack import actions, service_actions
from policy.pack.escalation_paths import LAUNCHES, RUNNING
from policy.pack.service_actions import expand, find, of_service, services
from policy.pack.takeovers import TAKEOVERS


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("s3:?utObject", ["s3:PutObject"]),
        ("S3:PUTOBJECT", ["s3:PutObject"]),
        ("iam:*RolePermissionsBoundary", ["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"]),
        ("i?m:PassRole", ["iam:PassRole"]),
        ("s3:Nothing", []),
        ("nowhere:*", []),
        ("PassRole", []),
        ("", []),
    ],
)
def test_a_pattern_stands_for_the_actions_that_it_matches(pattern: str, names: list[str]) -> None:
    assert sorted(action.name for action in expand(pattern)) == names


def test_a_star_stands_for_every_action_of_every_service() -> None:
    assert len(expand("*")) == sum(len(of_service(service)) for service in services()) > 20_000
    assert set(expand("*:*")) == set(expand("*"))


def test_an_action_says_whether_it_knows_a_resource() -> None:
    passing, listing = find("iam:passrole"), find("s3:ListAllMyBuckets")
    assert passing is not None
    assert listing is not None
    assert passing.resource_types == ("role",)
    assert listing.star_only


def test_every_action_that_the_pack_names_is_one_of_aws() -> None:
    ways = {action for way in (*LAUNCHES, *RUNNING) for group in way.needs for action in group}
    named = {*(takeover.action for takeover in TAKEOVERS), *ways, *actions.EXFILTRATION, *actions.DECRYPTION}
    assert {name for name in named if (found := find(name)) is None or found.name != name} == set()


# Writing who may use something, by the words of AWS's names.
_WRITES = re.compile(
    r"(Put|Set|Add|Create|Update|Modify|Attach|Grant|BatchGrant|Authorize)\w*(Polic|Permission|Grant|Acl$|Attribute)"
)
# Services whose policies say nothing of data, code or keys of an account: of the owner's contracts, dashboards, labels.
_APART = frozenset(
    (
        "arc-region-switch",
        "aws-marketplace",
        "billing",
        "cleanrooms-ml",
        "cloudformation",
        "cloudwatch",
        "codeguru-profiler",
        "datazone",
        "entityresolution",
        "grafana",
        "mediastore",
        "mediatailor",
        "mpa",
        "networkmanager",
        "opsworks",
        "organizations",
        "quicksight",
        "resource-explorer-2",
        "route53-recovery-control-config",
        "route53resolver",
        "servicecatalog",
        "sms-voice",
        "ssm-incidents",
        "ssm-sap",
        "sso",
        "waf",
        "waf-regional",
        "wafv2",
        "workspaces",
    )
)
# What AWS gives to roles of services itself, what doesn't count where ACLs are off, what does nothing until attached.
_HARMLESS = frozenset(
    (
        "apigateway:PutPortalProductSharingPolicy",
        "ec2:CreateCoipPoolPermission",
        "ec2:CreateLocalGatewayRouteTablePermission",
        "ec2:CreateNetworkInterfacePermission",
        "glacier:SetDataRetrievalPolicy",
        "iam:CreatePolicy",
        "iot:CreatePolicy",
        "lakeformation:AttachRLSPolicy",
        "logs:PutResourcePolicy",
        "redshift:CreateSnapshotCopyGrant",
        "s3:CreateAccessGrantsInstance",
        "s3:PutObjectAcl",
        "s3:PutObjectVersionAcl",
        "s3-object-lambda:PutObjectAcl",
        "s3-object-lambda:PutObjectVersionAcl",
        "s3-outposts:PutObjectAcl",
    )
)


def test_every_action_that_writes_who_may_use_a_resource_is_held_to_give_rights() -> None:
    """By AWS's access level "Permissions management" and the names of its actions."""
    writing = {
        action.name
        for service in services() - _APART
        for action in of_service(service).values()
        if "Permissions management" in action.levels and _WRITES.match(action.name.split(":")[1])
    }
    assert len(writing) > 90
    assert writing - _HARMLESS - {takeover.action for takeover in TAKEOVERS} == set()
    assert writing >= _HARMLESS


@pytest.mark.parametrize("name", sorted(actions.STAR_ALLOWED))
def test_an_exception_is_kept_only_where_the_data_says_otherwise(name: str) -> None:
    found = find(name)
    assert found is not None
    assert not found.star_only, "AWS's list says so by itself"


def test_without_the_data_the_pack_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def files(package: str) -> None:
        raise ModuleNotFoundError(package)

    monkeypatch.setattr("importlib.resources.files", files)
    spec = find_spec(service_actions.__name__)
    assert spec is not None
    assert spec.loader is not None
    with pytest.raises(ModuleNotFoundError, match=r"pip install -r requirements\.txt"):
        spec.loader.exec_module(module_from_spec(spec))
